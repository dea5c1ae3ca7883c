# METADATA
# title: The package database is there and whole
# description: >-
#   The database is how anyone learns what is installed, verifies it and adds to it. A reduced one
#   (distroless status.d) lists packages and cannot be added to, which is a known trade; a deleted
#   or damaged one leaves scanners and package tools blind.
# related_resources:
#   - ref: https://github.com/GoogleContainerTools/distroless/blob/main/PACKAGE_METADATA.md
#   - ref: https://manpages.debian.org/bookworm/dpkg/dpkg.1.en.html
# custom:
#   severity: medium
#   weight: 3
#   needs: [package_databases, distro]
#   remediation: >-
#     Keep /var/lib/dpkg, /lib/apk/db or the rpm database in the image; removing the tools does not
#     need the database to go.
#   effort: low
#   stability: stable
#   controls:
#     s2c2f: ["INV-1"]
#     nist_800_190: ["4.1.1"]
package freehold.customization.package_database_intact

import data.freehold.lib.coverage

not_applicable := "no distribution is named and no package database is there" if {
	count(input.package_databases) == 0
	is_null(input.distro.id)
	coverage.complete({"package_databases", "distro"})
	not coverage.unread_database
}

unknown := msg if {
	count(input.package_databases) == 0
	is_string(input.distro.id)
	not coverage.unread_database
	msg := sprintf("no package database of %s was found in a known place", [input.distro.id])
}

unknown := msg if {
	_all_blind
	coverage.unread_database
	msg := "there is a package database of a format that is not read"
}

deny contains finding if {
	some database in _absent
	finding := object.union(_taken(database), {
		"msg": sprintf("%s is no usable package database: %s", [database.path, database.basis]),
		"subject": sprintf("path:%s", [database.path]),
		"evidence": _evidence(database),
	})
}

# Whatever else is in the image may hide behind it, so this is worse than having none.
deny contains finding if {
	some database in input.package_databases
	database.state == "damaged"
	finding := {
		"msg": sprintf("%s could not be read in full: %s", [database.path, database.basis]),
		"subject": sprintf("path:%s", [database.path]),
		"severity": "high",
		"evidence": _evidence(database),
	}
}

warn contains {"msg": msg, "subject": subject, "evidence": _evidence(database)} if {
	some database in input.package_databases
	database.state == "reduced"
	msg := sprintf("%s lists packages and cannot be added to", [database.path])
	subject := sprintf("path:%s", [database.path])
}

score := 0.7 if {
	count(deny) == 0
	count(warn) > 0
}

# No database that could be read.
_all_blind if {
	every database in input.package_databases {
		database.state in {"absent", "damaged"}
	}
}

# A layer that deleted or emptied it blinds every rule that asks whose a file is; an image that was
# made without one is merely hard to extend.
_taken(database) := {"severity": "high"} if {
	is_number(database.layer)
} else := {}

_absent := [database |
	some database in input.package_databases
	database.state == "absent"
]

_evidence(database) := {
	"path": database.path,
	"layer": database.layer,
	"state": database.state,
	"basis": database.basis,
}
