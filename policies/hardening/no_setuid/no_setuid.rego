# METADATA
# title: No program changes its user or group when started
# description: >-
#   A setuid or setgid program gives whoever starts it the rights of its owner. Those a
#   distribution's packages bring (su, passwd, mount) are known and low risk; one that no package
#   owns, or that was added on top of the base, is a door somebody built.
# related_resources:
#   - ref: https://man7.org/linux/man-pages/man7/inode.7.html
# custom:
#   severity: high
#   weight: 3
#   needs: [layout, ownership, package_databases]
#   remediation: >-
#     Run `chmod u-s,g-s` on the file in the layer that brings it, or run containers with
#     no-new-privileges and remove programs nobody calls.
#   effort: low
#   stability: stable
#   controls:
#     cis_docker_1.6: ["4.8"]
#     disa_container_guide: ["CCI-002235"]
#     cra_annex_i: ["I.2.j"]
package freehold.hardening.no_setuid

import data.freehold.lib.intruder

deny contains {"msg": msg, "subject": subject, "evidence": _evidence(file)} if {
	some file in input.layout.setuid.items
	reason := intruder.reason(file)
	msg := sprintf("%s is %s and %s (layer %d)", [file.path, _bits(file), reason, file.layer])
	subject := sprintf("path:%s", [file.path])
}

warn contains finding if {
	some file in input.layout.setuid.items
	not intruder.reason(file)
	is_string(file.owner)
	finding := {
		"msg": sprintf(
			"%s is %s; package %s owns it (layer %d)",
			[file.path, _bits(file), file.owner, file.layer],
		),
		"subject": sprintf("path:%s", [file.path]),
		"severity": "low",
		"evidence": _evidence(file),
	}
}

warn contains finding if {
	some file in input.layout.setuid.items
	not intruder.reason(file)
	is_null(file.owner)
	finding := {
		"msg": sprintf(
			"%s is %s; whether a package owns it is not known (layer %d)",
			[file.path, _bits(file), file.layer],
		),
		"subject": sprintf("path:%s", [file.path]),
		"severity": "medium",
		"evidence": _evidence(file),
	}
}

# Deleting the package database must not make an intruder look better.
score := 0 if {
	some file in input.layout.setuid.items
	not intruder.reason(file)
	is_null(file.owner)
}

_bits(file) := sprintf("setuid (user %d)", [file.uid]) if {
	file.setuid
} else := sprintf("setgid (group %d)", [file.gid])

_evidence(file) := {
	"path": file.path,
	"layer": file.layer,
	"side": file.side,
	"mode": file.mode,
	"owner": file.owner,
}
