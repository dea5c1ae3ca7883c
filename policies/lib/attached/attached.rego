# METADATA
# title: Where evidence was looked for
# description: >-
#   That the image has no evidence of a kind may only be concluded where every place was looked
#   through and what was found there was read and says what it is about, and where its publisher is
#   not known to keep it somewhere else. Kinds are signature, sbom, provenance, vex and test_result.
package freehold.lib.attached

# Nothing more of this kind is there than the facts hold.
absent(kind) if {
	_searched
	count(_elsewhere(kind)) == 0
	count(_unbound(kind)) == 0
}

# Why that cannot be said, and the one command that would settle it.
doubt(kind) := msg if {
	place := _elsewhere(kind)[0]
	msg := sprintf("%s keeps it in another place, %s; `%s` would settle it", [
		place.publisher, place.place,
		replace(place.command, "IMAGE", input.image.reference),
	])
} else := msg if {
	not _searched
	msg := sprintf("%s; `%s` would settle it", [_why, _command])
} else := msg if {
	count(_unbound(kind)) > 0
	msg := "what there is does not say which image it is about"
}

# Signatures and statements of this kind without a digest that could be compared: they may be about
# this image or any other. What an SBOM is about, its content says.
_unbound(kind) := [item |
	some item in array.concat(input.signatures.items, input.attestations.items)
	item.subject.is == "unstated"
	_may_be(item, kind)
]

_may_be(item, "signature") if not item.verification.verdict in {"unsigned", "invalid"}

_may_be(item, kind) if {
	kind in {"provenance", "vex", "test_result"}
	item.kind == kind
	item.verification.verdict != "invalid"
}

# A publisher who is known to keep evidence of this kind in another place.
kept_elsewhere(kind) := _elsewhere(kind)[0].publisher

_searched if {
	input.topics.attached_evidence.coverage == "complete"
	input.attached_evidence.complete
}

default _why := "not every place where it may be attached was looked through"

_why := "what is attached was not to be looked for" if {
	some place in input.attached_evidence.places
	place.state == "not_asked"
} else := sprintf("not everything that may be attached was read (%s)", [reason]) if {
	reason := input.topics.attached_evidence.reason
	is_string(reason)
}

default _command := "freehold evidence REGISTRY/NAME:TAG"

_command := sprintf("freehold evidence %s", [input.image.reference]) if {
	input.image.source == "registry"
}

_elsewhere(kind) := [place | some place in _kept; kind in place.holds]

_kept := [place | some place in data.freehold.data.evidence_places.entries; _published(place)]

_published(place) if {
	some claims in [input.image.labels, input.image.annotations]
	some name, _ in claims
	regex.match(place.labels, name)
}

_published(place) if {
	input.topics.distro.coverage in {"complete", "partial"}
	is_string(input.distro.home_url)
	regex.match(place.home_url, input.distro.home_url)
}

_published(place) if {
	input.topics.packages.coverage in {"complete", "partial"}
	some entry in input.packages
	regex.match(place.versions, entry.version)
}
