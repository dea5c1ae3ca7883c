# METADATA
# title: What the declared distribution is to the pack's tables
# description: >-
#   Rules judge an image against the distribution it declares. These helpers find the table entries
#   that belong to that declaration.
package freehold.lib.distro

# How messages name the distribution: `Debian 13`.
label := trim_space(sprintf("%s %s", [name, version]))

default name := "an unnamed distribution"

name := entry_name if {
	entry_name := data.freehold.data.distros.entries[input.distro.id].name
} else := input.distro.name if {
	is_string(input.distro.name)
} else := input.distro.id if {
	is_string(input.distro.id)
}

default version := ""

version := input.distro.version_id if {
	is_string(input.distro.version_id)
}

# Keys of `entries` that speak for the declared distribution: its own entry and what that inherits,
# else those of the distributions it says it is like.
ids(entries) := {input.distro.id} | {id | some id in object.get(entry, "inherits", [])} if {
	entry := entries[input.distro.id]
} else := {id | some id in input.distro.id_like; entries[id]}

# Families of the declared distribution and of those it is like.
families contains family if {
	some id in array.concat([input.distro.id], input.distro.id_like)
	some family in families_of(id)
}

families_of(id) := {entry.family} | {family | some family in object.get(entry, "families", [])} if {
	entry := data.freehold.data.distros.entries[id]
} else := {id} if {
	is_string(id)
} else := set()
