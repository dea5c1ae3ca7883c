# METADATA
# title: What is attached to the image
# description: >-
#   That something is not attached may only be concluded where every place was looked through, and
#   what was found there is known to be something else. Its contents are not read.
package freehold.lib.attached

# Nothing is attached but, at most, artifacts of these kinds.
only(_) if input.topics.attached_evidence.coverage == "complete"

only(kinds) if {
	input.attached_evidence.complete
	count(input.attached_evidence.artifacts.items) > 0
	every artifact in input.attached_evidence.artifacts.items {
		artifact.unread == null
		every kind in artifact.holds {
			kind in kinds
		}
	}
}

# Why that cannot be said.
doubt := "what is attached to it is not read yet" if {
	input.attached_evidence.complete
} else := "attached evidence was not searched in full"
