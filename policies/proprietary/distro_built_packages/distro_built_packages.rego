# METADATA
# title: Packages are the distribution's builds, or lead back to them
# description: >-
#   A package that was rebuilt or patched by someone else is graded by the way back. The
#   distribution's own build counts 1; one of the same name with public source 0.9; one from a
#   public repository whose recipe is not public 0.6; one behind an account, token or contract 0.2;
#   one under a name of the builder's own that nobody else has 0. Builders are told by the marks
#   they leave in versions and names, and by the Origin, Vendor, Maintainer or signature key a
#   package states. Where a builder is known to keep the distribution's versions, nothing in the
#   image tells a rebuild from the original, and the answer is unknown.
# related_resources:
#   - ref: https://www.debian.org/doc/debian-policy/ch-controlfields.html
#   - ref: https://rpm-software-management.github.io/rpm/manual/tags.html
# custom:
#   severity: low
#   weight: 2
#   needs: [packages, package_databases, distro, image]
#   remediation: >-
#     Ask the builder for source and patches; try once to replace the packages by the
#     distribution's.
#   effort: medium
#   stability: stable
package freehold.proprietary.distro_built_packages

import data.freehold.lib.builders
import data.freehold.lib.coverage
import data.freehold.lib.distro
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

unknown := msg if {
	count(deny) == 0
	some builder in builders.others
	some type in object.get(builder, "silent", [])
	builders.built_image(builder)
	unmarked := count([i | some i, entry in _packages; entry.type == type; not _foreign[i]])
	unmarked > 0
	msg := sprintf(
		"%s keep the distribution's versions in %s packages: nothing tells %d of them from %s builds",
		[builder.builder, type, unmarked, distro.name],
	)
}

deny contains {"msg": msg, "subject": subject, "evidence": evidence} if {
	coverage.database_deleted
	some database in input.package_databases
	database.state == "absent"
	msg := sprintf(
		"no package can be matched with %s: the package database %s is gone",
		[distro.name, database.path],
	)
	subject := sprintf("path:%s", [database.path])
	evidence := {"path": database.path, "basis": database.basis}
}

deny contains finding if {
	_score < data.freehold.proprietary.distro_built_packages.parameters.minimum
	some finding in _findings
}

warn contains finding if {
	_score >= data.freehold.proprietary.distro_built_packages.parameters.minimum
	some finding in _findings
}

score := 0 if {
	coverage.database_deleted
} else := _score if {
	_score < 1
}

_score := (sum([found.credit | some found in _foreign]) + unmarked) / count(_packages) if {
	count(_packages) > 0
	unmarked := count(_packages) - count(_foreign)
}

# One finding for each builder and package type: both are in its identity.
_findings contains {"msg": msg, "subject": subject, "evidence": evidence} if {
	some [key, type] in {[found.key, found.type] | some found in _foreign}
	indices := [i | some i, found in _foreign; found.key == key; found.type == type]
	first := _foreign[indices[0]]
	msg := sprintf(
		"%d of %d packages are builds of %s, not of %s: %s%s",
		[count(indices), count(_packages), first.builder, distro.name, first.way_back, side.note],
	)
	subject := sprintf("pkg:%s/%s/*", [type, key])
	evidence := {
		"told_by": {_foreign[i].told_by | some i in indices},
		"stated": array.slice(sort({_stated(_packages[i]) | some i in indices}), 0, 5),
		"examples": array.slice(
			[sprintf("%s %s", [_packages[i].name, _packages[i].version]) | some i in indices],
			0, 5,
		),
	}
}

_packages := [entry | some entry in packages.system; side.judged(entry)]

# By position of the package: who built it, what tells, and what the way back is worth.
_foreign[i] := found if {
	some i, entry in _packages
	mark := builders.mark(entry)
	mark.key != "own"
	found := object.union_n([mark, {"type": entry.type}, builders.way_back(mark)])
}

# What the package itself says of who built it.
_stated(entry) := [text |
	some text in [entry.origin, entry.vendor, entry.maintainer]
	is_string(text)
][0]
