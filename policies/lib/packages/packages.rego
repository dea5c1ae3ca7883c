# METADATA
# title: Names of packages
package freehold.lib.packages

# The bare name in a package reference: `pkg:deb/debian/apt?arch=amd64`, `pkg:deb/apt` or `apt`.
bare_name(reference) := last if {
	without_qualifiers := split(split(reference, "?")[0], "@")[0]
	parts := split(without_qualifiers, "/")
	last := parts[count(parts) - 1]
}
