# METADATA
# title: Changes to packages are public
# description: >-
#   A package that was patched by someone else than its distribution can only be maintained by
#   others if the patches are public. Builders are told by the marks they leave in versions; the
#   table of builders knows whose source anyone can read.
# related_resources:
#   - ref: https://www.debian.org/doc/debian-policy/ch-source.html
#   - ref: https://www.opensourcedefinition.net/
# custom:
#   severity: low
#   weight: 2
#   needs: [packages, package_databases, distro, image]
#   remediation: Ask the builder to publish its patches; keep a copy of those you depend on.
#   effort: medium
#   stability: experimental
#   controls:
#     s2c2f: ["FIX-1", "REB-1"]
package freehold.provenance.patches_public

import data.freehold.lib.builders
import data.freehold.lib.coverage
import data.freehold.lib.packages
import data.freehold.lib.side

not_applicable := "no packages are recorded" if {
	count(packages.system) == 0
	coverage.complete({"packages", "package_databases"})
	not coverage.blind_database
}

unknown := "the package database is unreadable" if {
	count(packages.system) == 0
	coverage.blind_database
}

deny contains {"msg": msg, "subject": subject, "evidence": {"examples": examples}} if {
	some key in {found.key | some found in _patched}
	mine := [found | some found in _patched; found.key == key]
	first := mine[0]
	msg := sprintf("the changes of %s to %d packages are not public, as %s%s", [
		first.builder, count(mine), first["package"], side.note,
	])
	subject := sprintf("pkg:%s/%s/*", [first.ecosystem, key])
	examples := array.slice([found["package"] | some found in mine], 0, 5)
}

score := (count(packages.system) - count(_patched)) / count(packages.system) if {
	count(_patched) > 0
}

# Packages of the distribution that a builder without public source changed.
_patched := [found |
	some entry in packages.system
	side.judged(entry)
	mark := builders.mark(entry)
	mark.told_by == "version"
	builder := builders.others[mark.key]
	builder.public_source == false
	found := {
		"key": mark.key, "builder": builder.builder, "package": entry.name, "ecosystem": entry.type,
	}
]
