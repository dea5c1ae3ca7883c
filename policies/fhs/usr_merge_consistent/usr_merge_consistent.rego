# METADATA
# title: The root and /usr agree on where programs are
# description: >-
#   Both layouts are legal: /bin, /sbin and /lib as links into /usr, or as directories of their own.
#   An image that replaced one of those links by a directory has two places for the same files, and
#   packages installed later may overwrite or miss half of them.
# related_resources:
#   - ref: https://wiki.debian.org/UsrMerge
#   - ref: https://www.freedesktop.org/wiki/Software/systemd/TheCaseForTheUsrMerge/
# custom:
#   severity: low
#   weight: 1
#   needs: [layout]
#   remediation: >-
#     Copy files to /usr/bin, /usr/sbin and /usr/lib in the Dockerfile, not to the links.
#   effort: low
#   stability: stable
package freehold.fhs.usr_merge_consistent

import data.freehold.lib.coverage

not_applicable := "the image has neither /bin, /sbin nor /lib" if {
	every state in _states {
		state == "absent"
	}
	coverage.complete({"layout"})
}

deny contains {"msg": msg, "subject": subject, "evidence": evidence} if {
	some entry in input.layout.usr_merge.broken
	msg := sprintf(
		"%s was a link into /usr and layer %d made it a directory: files now lie on both sides",
		[entry.path, entry.layer],
	)
	subject := sprintf("path:%s", [entry.path])
	evidence := {"path": entry.path, "layer": entry.layer, "side": entry.side}
}

warn contains {"msg": msg, "subject": subject, "evidence": {"states": _states}} if {
	"merged" in _values
	some name in ["bin", "sbin", "lib"]
	_states[name] == "directory"
	not sprintf("/%s", [name]) in _broken
	msg := sprintf("/%s is a directory while others of /bin, /sbin, /lib lead to /usr", [name])
	subject := sprintf("path:/%s", [name])
}

_states := {
	"bin": input.layout.usr_merge.bin,
	"sbin": input.layout.usr_merge.sbin,
	"lib": input.layout.usr_merge.lib,
}

_values := {state | some state in _states}

_broken contains entry.path if some entry in input.layout.usr_merge.broken
