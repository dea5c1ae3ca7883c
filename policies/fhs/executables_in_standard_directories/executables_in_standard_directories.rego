# METADATA
# title: Programs are where the standard puts them
# description: >-
#   FHS 3.0 has places for programs: /usr/bin and its relatives, /usr/local, /opt/<name>. Programs
#   elsewhere are missed by backups, scanners and noexec mounts. Programs a package owns are the
#   distribution's choice; configuration scripts below /etc and the scripts of package databases are
#   no programs in this sense.
# related_resources:
#   - ref: https://refspecs.linuxfoundation.org/FHS_3.0/fhs/index.html
# custom:
#   severity: low
#   weight: 1
#   needs: [layout, distro, elf, shells]
#   remediation: Install programs below /usr/local or /opt/<name>.
#   effort: low
#   stability: stable
package freehold.fhs.executables_in_standard_directories

import data.freehold.lib.scratch

not_applicable := scratch.reason if scratch.is_scratch

warn contains {"msg": msg, "subject": subject, "evidence": evidence} if {
	some directory in {_top(entry) | some entry in _strays}
	strays := [entry | some entry in _strays; _top(entry) == directory]
	msg := sprintf(
		"%s holds programs outside the standard directories: %d, such as %s (layer %d)",
		[directory, count(strays), strays[0].path, strays[0].layer],
	)
	subject := sprintf("path:%s", [directory])
	evidence := {
		"path": strays[0].path,
		"layer": strays[0].layer,
		"side": strays[0].side,
		"count": count(strays),
	}
}

_strays := [entry |
	not scratch.is_scratch
	some entry in input.layout.stray_executables.items
	is_null(entry.owner)
	not _exempt(entry.path)
	not _judged_elsewhere(entry)
]

# A directory that is not in the hierarchy is charged once, in fhs.no_foreign_top_level.
_judged_elsewhere(entry) if {
	path := split(entry.path, "/")
	count(path) > 2
	not data.freehold.data.fhs.root[path[1]]
}

_exempt(path) if {
	some prefix in data.freehold.fhs.executables_in_standard_directories.parameters.exempt
	startswith(path, prefix)
}

_top(entry) := sprintf("/%s", [split(entry.path, "/")[1]])
