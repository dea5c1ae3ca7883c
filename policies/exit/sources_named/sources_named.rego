# METADATA
# title: Packages name the source they were built from
# description: >-
#   The way back to a distribution, or to a build of one's own, starts from the source: the source
#   package of dpkg, the source rpm, the origin of apk, the base of pacman. The share of packages
#   whose record names it is the credit. apk also records the commit of the recipe, which pins the
#   build exactly; that is told and not asked for, as the other formats have no field for it.
# related_resources:
#   - ref: https://www.debian.org/doc/debian-policy/ch-controlfields.html
#   - ref: https://wiki.alpinelinux.org/wiki/Apk_spec
# custom:
#   severity: medium
#   weight: 3
#   needs: [packages, package_databases, image]
#   remediation: >-
#     Keep the package database whole; ask the builder to record source and commit in the packages.
#   effort: medium
#   stability: stable
#   controls:
#     s2c2f: ["REB-1"]
#     nist_800_218: ["PS.3.2"]
package freehold.exit.sources_named

import data.freehold.lib.coverage
import data.freehold.lib.packages
import data.freehold.lib.side

not_applicable := "no packages are recorded" if {
	count(packages.system) == 0
	coverage.complete({"packages", "package_databases"})
	not coverage.blind_database
}

not_applicable := "no recorded package came with the base image" if {
	count(packages.system) > 0
	count(_packages) == 0
	coverage.complete({"packages"})
}

unknown := "the package database is unreadable" if {
	count(packages.system) == 0
	coverage.blind_database
	not coverage.database_deleted
}

deny contains {"msg": msg, "subject": subject, "evidence": evidence} if {
	coverage.database_deleted
	some database in input.package_databases
	database.state == "absent"
	msg := sprintf("nothing names a source: the package database %s is gone", [database.path])
	subject := sprintf("path:%s", [database.path])
	evidence := {"path": database.path, "basis": database.basis}
}

deny contains _finding if {
	_share < data.freehold.exit.sources_named.parameters.minimum_share
}

warn contains _finding if {
	_share < 1
	_share >= data.freehold.exit.sources_named.parameters.minimum_share
}

score := 0 if {
	coverage.database_deleted
} else := _share if {
	_share < 1
}

# rpm keeps the keys it trusts as packages of this name, which are built from nothing.
_packages := [entry |
	some entry in packages.system
	side.judged(entry)
	entry.name != "gpg-pubkey"
]

_unnamed := [entry | some entry in _packages; is_null(entry.source)]

_share := (count(_packages) - count(_unnamed)) / count(_packages) if count(_packages) > 0

_finding := {
	"msg": sprintf(
		"%d of %d packages do not name the source they were built from, as %s%s",
		[count(_unnamed), count(_packages), _unnamed[0].name, side.note],
	),
	"subject": "image",
	"evidence": {
		"with_commit": count([entry | some entry in _packages; is_string(entry.source.commit)]),
		"examples": array.slice([entry.name | some entry in _unnamed], 0, 5),
	},
}
