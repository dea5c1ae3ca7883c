# METADATA
# title: Packages are the distribution's builds, or lead back to them
# description: >-
#   A package that was rebuilt or patched by someone else is graded by the way back: with the same
#   name and public source it is nearly as good as the original; without the source the team depends
#   on the builder; under another name even the list of packages must be translated. Builds are told
#   by the marks they leave in versions and names, and by the Origin or Vendor a package states; a
#   rebuild that leaves no mark is not seen.
# related_resources:
#   - ref: https://www.debian.org/doc/debian-policy/ch-controlfields.html
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

import data.freehold.lib.coverage
import data.freehold.lib.distro
import data.freehold.lib.side

not_applicable := "no packages are recorded" if {
	count(input.packages) == 0
	coverage.complete({"packages", "package_databases"})
	not coverage.blind_database
}

not_applicable := "no recorded package came with the base image" if {
	count(input.packages) > 0
	count(_packages) == 0
	coverage.complete({"packages"})
}

unknown := "the package database is unreadable" if {
	count(input.packages) == 0
	coverage.blind_database
	not coverage.database_deleted
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
	some finding in _findings
	finding.evidence.credit < data.freehold.proprietary.distro_built_packages.parameters.minimum
}

warn contains finding if {
	some finding in _findings
	finding.evidence.credit >= data.freehold.proprietary.distro_built_packages.parameters.minimum
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

# One finding for the image: builders, counts and examples are its evidence.
_findings contains {"msg": msg, "subject": "image", "evidence": evidence} if {
	count(_builders) > 0
	msg := sprintf(
		"%d of %d packages are not %s builds: %s%s",
		[count(_foreign), count(_packages), distro.name, concat("; ", _summaries), side.note],
	)
	evidence := {"credit": _score, "builders": {builder: _examples(builder) |
		some builder in _builders
	}}
}

_packages := [entry | some entry in input.packages; side.judged(entry)]

# By position of the package: who built it and what the way back is worth.
_foreign[i] := found if {
	some i, entry in _packages
	found := _marked(entry)
}

_builders := {found.builder | some found in _foreign}

_summaries := [summary |
	some builder in _builders
	matches := [found | some found in _foreign; found.builder == builder]
	summary := sprintf("%d by %s (%s)", [count(matches), builder, matches[0].way_back])
]

_examples(builder) := array.slice(names, 0, 5) if {
	names := [sprintf("%s %s", [_packages[i].name, _packages[i].version]) |
		some i, found in _foreign
		found.builder == builder
	]
}

_marked(entry) := matches[0] if {
	matches := [found |
		some marker in data.freehold.data.version_markers.entries
		entry.type in marker.types
		not input.distro.id in marker.own
		_bears(entry, marker)
		found := object.union({"builder": marker.vendor}, _way_back(marker))
	]
	count(matches) > 0
} else := {"builder": origin, "credit": 0.5, "way_back": "same name, source not known"} if {
	some origin in [entry.origin, entry.vendor]
	is_string(origin)
	accepted := data.freehold.data.distros.entries[input.distro.id].origins
	count(accepted) > 0
	not lower(origin) in accepted
}

_bears(entry, marker) if regex.match(marker.version, entry.version)

_bears(entry, marker) if regex.match(marker.name, entry.name)

_way_back(marker) := {"credit": 0.9, "way_back": "same name, public source"} if {
	marker.same_name
	marker.public_source
} else := {"credit": 0.5, "way_back": "same name, no public source"} if {
	marker.same_name
} else := {"credit": 0.2, "way_back": "another name, no public source"}
