# METADATA
# title: Packages of the distribution, and names of packages
package freehold.lib.packages

# What the database of a system's package manager lists. The others come on top of a distribution.
system := [entry | some entry in input.packages; entry.installed]

# The bare name in a package reference: `pkg:deb/debian/apt?arch=amd64`, `pkg:deb/apt` or `apt`.
bare_name(reference) := last if {
	without_qualifiers := split(split(reference, "?")[0], "@")[0]
	parts := split(without_qualifiers, "/")
	last := parts[count(parts) - 1]
}
