# METADATA
# title: Packages name the commit of their recipe
# description: >-
#   A commit leads to the very recipe and patches a package was built from. apk records it, other
#   formats have no field for it and are not concerned. The share of packages that name one is the
#   credit.
# related_resources:
#   - ref: https://wiki.alpinelinux.org/wiki/Apk_spec
# custom:
#   severity: info
#   weight: 1
#   needs: [packages, package_databases, image]
#   remediation: Build packages from a repository, so that the package tool records the commit.
#   effort: medium
#   stability: experimental
#   controls:
#     s2c2f: ["REB-1"]
package freehold.provenance.source_commit_share

import data.freehold.lib.coverage
import data.freehold.lib.packages
import data.freehold.lib.side

not_applicable := "no package is of a format that records commits" if {
	count(_packages) == 0
	coverage.complete({"packages", "package_databases"})
	not coverage.blind_database
}

unknown := "the package database is unreadable" if {
	count(_packages) == 0
	coverage.blind_database
}

warn contains {"msg": msg, "subject": "image", "evidence": {"examples": examples}} if {
	_share < 1
	msg := sprintf("%d of %d packages do not name the commit they were built from, as %s%s", [
		count(_unnamed), count(_packages), _unnamed[0].name, side.note,
	])
	examples := [entry.name | some entry in array.slice(_unnamed, 0, 5)]
}

score := _share if _share < 1

_packages := [entry |
	some entry in packages.system
	entry.type == "apk"
	side.judged(entry)
]

_unnamed := [entry | some entry in _packages; not _named(entry)]

_named(entry) if is_string(entry.source.commit)

_share := (count(_packages) - count(_unnamed)) / count(_packages) if count(_packages) > 0
