# METADATA
# title: No program holds capabilities that nobody answers for
# description: >-
#   A file capability gives whoever starts the program a part of root's rights, as setuid gives all
#   of them. A few programs are packaged with one everywhere (ping, newuidmap); one that no package
#   owns, or that was added on top of the base, is a door somebody built. Which capabilities a file
#   holds is not read: that it holds any is.
# related_resources:
#   - ref: https://man7.org/linux/man-pages/man7/capabilities.7.html
# custom:
#   severity: high
#   weight: 2
#   needs: [layout, ownership, package_databases]
#   remediation: >-
#     Run `setcap -r` on the file in the layer that brings it, or give the capability to the
#     container that needs it.
#   effort: low
#   stability: stable
#   controls:
#     cis_docker_1.6: ["4.8"]
#     cra_annex_i: ["I.2.j"]
package freehold.hardening.file_capabilities

import data.freehold.lib.intruder

deny contains {"msg": msg, "subject": subject, "evidence": _evidence(file)} if {
	some file in input.layout.file_capabilities.items
	reason := intruder.reason(file)
	msg := sprintf("%s holds file capabilities and %s (layer %d)", [file.path, reason, file.layer])
	subject := sprintf("path:%s", [file.path])
}

warn contains finding if {
	some file in _packaged
	finding := {
		"msg": sprintf(
			"%s holds file capabilities; package %s owns it (layer %d)",
			[file.path, file.owner, file.layer],
		),
		"subject": sprintf("path:%s", [file.path]),
		"severity": _severity(file),
		"evidence": _evidence(file),
	}
}

warn contains finding if {
	some file in _unclear
	finding := {
		"msg": sprintf(
			"%s holds file capabilities; whether a package owns it is not known (layer %d)",
			[file.path, file.layer],
		),
		"subject": sprintf("path:%s", [file.path]),
		"severity": "medium",
		"evidence": _evidence(file),
	}
}

# What is packaged with capabilities everywhere costs nothing.
score := 1 if {
	every file in input.layout.file_capabilities.items {
		_usual(file)
		not intruder.reason(file)
	}
} else := 0 if {
	count(_unclear) > 0
}

_packaged := [file |
	some file in input.layout.file_capabilities.items
	is_string(file.owner)
	not intruder.reason(file)
]

_unclear := [file |
	some file in input.layout.file_capabilities.items
	is_null(file.owner)
	not intruder.reason(file)
]

_severity(file) := "info" if _usual(file)

_severity(file) := "low" if not _usual(file)

_usual(file) if {
	is_string(file.owner)
	name := regex.replace(file.path, `^.*/`, "")
	name in data.freehold.hardening.file_capabilities.parameters.usual
}

_evidence(file) := {
	"path": file.path,
	"layer": file.layer,
	"side": file.side,
	"mode": file.mode,
	"owner": file.owner,
}
