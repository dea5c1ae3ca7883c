# METADATA
# title: Which side of the base boundary a rule judges
# description: >-
#   Rules about the vendor judge what came with the base image when the boundary is known, and the
#   whole image when it is not. Nothing is guessed.
package freehold.lib.side

base_known if is_number(input.image.base.layers)

judged(entry) if not excluded(entry)

excluded(entry) if {
	base_known
	entry.side == "added"
}

# Ends a message that would read differently with a known base. A base image is all base.
default note := ""

note := "; where the base ends is not known" if {
	not base_known
	input.image.role.name != "base"
}
