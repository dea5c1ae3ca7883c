# METADATA
# title: Who built a package
# description: >-
#   Tells the builder of a package by what the table of builders knows: marks in name and version,
#   signature keys, Origin, Vendor and Maintainer. Builds of the declared distribution are at home.
package freehold.lib.builders

import data.freehold.lib.packages

_builders := data.freehold.data.package_builders.entries

# IDs whose own builds are at home here: a distribution the tables do not know may carry packages
# of those it is like.
_home := {input.distro.id} if {
	data.freehold.data.distros.entries[input.distro.id]
} else := {input.distro.id} | {id | some id in input.distro.id_like}

others[key] := builder if {
	some key, builder in _builders
	not _at_home(builder)
}

_at_home(builder) if {
	some id in builder.own
	id in _home
}

built_image(builder) if {
	some label, _ in input.image.labels
	regex.match(builder.labels, label)
}

built_image(builder) if {
	is_string(input.distro.home_url)
	regex.match(builder.home_url, input.distro.home_url)
}

# What a package's name and version show goes before what it says of itself.
mark(entry) := {"key": key, "told_by": "name"} if {
	regex.match(_any_name, entry.name)
	key := [id | some id, pattern in _names; regex.match(pattern, entry.name)][0]
} else := {"key": key, "told_by": "version"} if {
	regex.match(_any_version[entry.type], entry.version)
	key := [id | some id, pattern in _versions[entry.type]; regex.match(pattern, entry.version)][0]
} else := {"key": key, "told_by": "signature_keys"} if {
	key := [_signers[id] | some id in entry.signature_keys; _signers[id]][0]
} else := {"key": key, "told_by": "origin"} if {
	origin := [text | some text in [entry.origin, entry.vendor]; is_string(text)][0]
	key := _stated[origin]
} else := {"key": _maintained[entry.maintainer], "told_by": "maintainer"}

_names[id] := builder.names if {
	some id, builder in others
	is_string(builder.names)
}

_versions[type] := {id: builder.versions[type] | some id, builder in others; builder.versions[type]} if {
	some type in {entry.type | some entry in packages.system}
}

# All patterns as one, so that a package without any mark is looked at once.
_any_name := concat("|", [pattern | some pattern in _names])

_any_version[type] := concat("|", [pattern | some pattern in patterns]) if {
	some type, patterns in _versions
	count(patterns) > 0
}

_signers[id] := _key(key, builder) if {
	some key, builder in _builders
	some id in object.get(builder, "signature_keys", [])
}

# What each origin, vendor and maintainer that packages state means; each is looked up once.
_stated[origin] := key if {
	some origin in {text | some entry in packages.system; some text in [entry.origin, entry.vendor]}
	is_string(origin)
	key := _builder_of(lower(origin))
}

_builder_of(origin) := _preferred(keys) if {
	regex.match(_any_origin, origin)
	keys := [_key(key, builder) | some key, builder in _builders; regex.match(builder.origins, origin)]
} else := "unlisted" if _origins_known

_any_origin := concat("|", [builder.origins | some builder in _builders; is_string(builder.origins)])

# Only where the table says what the distribution's own packages state is another origin foreign.
_origins_known if {
	some builder in _builders
	input.distro.id in builder.own
	is_string(builder.origins)
}

_maintained[maintainer] := key if {
	some maintainer in {entry.maintainer | some entry in packages.system; is_string(entry.maintainer)}
	regex.match(_any_maintainer, lower(maintainer))
	key := [id |
		some id, builder in others
		regex.match(builder.maintainers, lower(maintainer))
	][0]
}

_any_maintainer := concat("|", [builder.maintainers | some builder in others; is_string(builder.maintainers)])

_key(_, builder) := "own" if _at_home(builder)

_key(key, builder) := key if not _at_home(builder)

_preferred(keys) := "own" if {
	"own" in keys
} else := keys[0]

way_back(mark) := {
	"builder": "others than the table lists", "credit": 0.5,
	"way_back": "whether their source is public is not known",
} if {
	mark.key == "unlisted"
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
