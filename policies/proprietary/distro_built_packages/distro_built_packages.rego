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

unknown := msg if {
	count(deny) == 0
	some builder in _others
	some type in object.get(builder, "silent", [])
	_of_builder(builder)
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
	subject := sprintf("pkg:%s/%s/*", [type, regex.replace(lower(key), `[^a-z0-9_]+`, "-")])
	evidence := {
		"told_by": {_foreign[i].told_by | some i in indices},
		"examples": array.slice(
			[sprintf("%s %s", [_packages[i].name, _packages[i].version]) | some i in indices],
			0, 5,
		),
	}
}

_packages := [entry | some entry in input.packages; side.judged(entry)]

_builders := data.freehold.data.package_builders.entries

# IDs whose own builds are at home here: a distribution the tables do not know may carry packages
# of those it is like.
_home := {input.distro.id} if {
	data.freehold.data.distros.entries[input.distro.id]
} else := {input.distro.id} | {id | some id in input.distro.id_like}

_others := {key: builder |
	some key, builder in _builders
	not _at_home(builder)
}

_at_home(builder) if {
	some id in builder.own
	id in _home
}

_of_builder(builder) if {
	some label, _ in input.image.labels
	regex.match(builder.labels, label)
}

_of_builder(builder) if {
	is_string(input.distro.home_url)
	regex.match(builder.home_url, input.distro.home_url)
}

# By position of the package: who built it, what tells, and what the way back is worth.
_foreign[i] := found if {
	some i, entry in _packages
	mark := _mark(entry)
	mark.key != "own"
	found := object.union(mark, object.union({"type": entry.type}, _way_back(mark)))
}

# What a package's name and version show goes before what it says of itself.
_mark(entry) := {"key": key, "told_by": "name"} if {
	regex.match(_name_pattern, entry.name)
	key := [key | some key, builder in _others; regex.match(builder.names, entry.name)][0]
} else := {"key": key, "told_by": "version"} if {
	regex.match(_version_patterns[entry.type], entry.version)
	key := [key |
		some key, builder in _others
		regex.match(builder.versions[entry.type], entry.version)
	][0]
} else := {"key": key, "told_by": "signature_keys"} if {
	key := [_signers[id] | some id in entry.signature_keys; _signers[id]][0]
} else := {"key": _stated[origin], "told_by": "origin"} if {
	origin := [text | some text in [entry.origin, entry.vendor]; is_string(text)][0]
} else := {"key": _maintained[entry.maintainer], "told_by": "maintainer"}

# All patterns as one, so that a package without any mark is looked at once.
_name_pattern := concat("|", [builder.names | some builder in _others; is_string(builder.names)])

_version_patterns := {type: concat("|", patterns) |
	some type in {entry.type | some entry in _packages}
	patterns := [builder.versions[type] | some builder in _others; builder.versions[type]]
	count(patterns) > 0
}

_signers := {id: _key(key, builder) |
	some key, builder in _builders
	some id in object.get(builder, "signature_keys", [])
}

# What each origin, vendor and maintainer that packages state means; each is looked up once.
_stated[origin] := key if {
	some origin in {text | some entry in _packages; some text in [entry.origin, entry.vendor]}
	is_string(origin)
	key := _builder_of(origin)
}

_builder_of(origin) := _preferred(keys) if {
	keys := [_key(key, builder) |
		some key, builder in _builders
		regex.match(builder.origins, lower(origin))
	]
	count(keys) > 0
} else := sprintf("unlisted:%s", [origin]) if {
	# Only where the table says what the distribution's own packages state.
	some builder in _builders
	input.distro.id in builder.own
	is_string(builder.origins)
}

_maintained[maintainer] := key if {
	some maintainer in {entry.maintainer | some entry in _packages; is_string(entry.maintainer)}
	key := _preferred([key |
		some key, builder in _others
		regex.match(builder.maintainers, lower(maintainer))
	])
}

_key(_, builder) := "own" if _at_home(builder)

_key(key, builder) := key if not _at_home(builder)

_preferred(keys) := "own" if {
	"own" in keys
} else := keys[0]

_way_back(mark) := {
	"builder": substring(mark.key, count("unlisted:"), -1), "credit": 0.5,
	"way_back": "whose sources are not in the table",
} if {
	startswith(mark.key, "unlisted:")
} else := {"builder": builder.builder, "credit": 0, "way_back": way_back} if {
	mark.told_by == "name"
	builder := _builders[mark.key]
	not builder.public_source
	way_back := "under names of its own, with no public source"
} else := {"builder": builder.builder, "credit": 0.9, "way_back": way_back} if {
	builder := _builders[mark.key]
	builder.public_source
	way_back := "same names, public source"
} else := {"builder": builder.builder, "credit": 0.6, "way_back": way_back} if {
	builder := _builders[mark.key]
	builder.public_repository
	way_back := "from a public repository, with no public recipes"
} else := {"builder": builder.builder, "credit": 0.2, "way_back": way_back} if {
	builder := _builders[mark.key]
	way_back := "same names, behind an account, token or contract"
}
