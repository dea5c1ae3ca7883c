# METADATA
# title: The standard directories are there
# description: >-
#   Programs and administrators expect the directories the Filesystem Hierarchy Standard requires. A
#   small image may leave some out for good reasons, so this only informs. The level says how much
#   is asked: strict (all of FHS 3.0), container (without what a container gets from its runtime or
#   has no use for) or vendor (nothing).
# related_resources:
#   - ref: https://refspecs.linuxfoundation.org/FHS_3.0/fhs/index.html
# custom:
#   severity: info
#   weight: 1
#   needs: [layout, distro, elf, shells]
#   remediation: >-
#     Create the directory in the image, or take the package that owns it (base-files, filesystem).
#   effort: low
#   stability: stable
package freehold.fhs.required_directories

import data.freehold.lib.scratch

not_applicable := scratch.reason if scratch.is_scratch

warn contains {"msg": msg, "subject": subject, "evidence": evidence} if {
	not scratch.is_scratch
	some path in _missing
	section := [entry.section | some entry in _required; entry.path == path][0]
	msg := sprintf("%s is missing (FHS 3.0 section %s)", [path, section])
	subject := sprintf("path:%s", [path])
	evidence := {"path": path, "section": section}
}

score := (count(_required) - count(_missing)) / count(_required) if count(_missing) > 0

_required := data.freehold.data.fhs.levels[data.freehold.fhs.required_directories.parameters.level]

_missing := {entry.path | some entry in _required} - _present

_present contains entry.path if {
	some entries in [input.layout.top_level, input.layout.usr, input.layout.var]
	some entry in entries
	entry.kind in {"directory", "symlink"}
}
