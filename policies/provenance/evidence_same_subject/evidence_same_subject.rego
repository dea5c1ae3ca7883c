# METADATA
# title: All evidence speaks of this image
# description: >-
#   A statement or signature that names another digest proves nothing about this image, however good
#   it is, and an SBOM of another image misleads. What names no digest at all may be about anything.
#   Evidence that was given for an image named by the digest of one platform may be about its index,
#   which is then not known.
# related_resources:
#   - ref: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
#   - ref: https://slsa.dev/spec/v1.0/verifying-artifacts
# custom:
#   severity: medium
#   weight: 2
#   needs: [sboms, image]
#   remediation: >-
#     Attach evidence after the image is pushed, to its digest; remove what was copied from another
#     image.
#   effort: low
#   stability: experimental
#   controls:
#     slsa_build: ["L1"]
#     s2c2f: ["AUD-3"]
package freehold.provenance.evidence_same_subject

import data.freehold.lib.attached
import data.freehold.lib.evidence

not_applicable := "there is no evidence" if {
	count(_all) == 0
	count(_doubts) == 0
}

unknown := msg if {
	count(_all) == 0
	msg := sprintf("no evidence was found, and %s", [_doubts[0]])
} else := msg if {
	count(deny) == 0
	count(_unclear) > 0
	msg := sprintf(
		"%s names a digest that may be the index of this image; name the image by its tag",
		[evidence.name(_unclear[0])],
	)
}

deny contains {"msg": msg, "subject": evidence.subject(item), "evidence": found} if {
	some item in array.concat(input.signatures.items, input.attestations.items)
	item.subject.is == "another_image"
	not evidence.may_be_index(item)
	msg := sprintf("%s speaks of another image", [evidence.name(item)])
	found := {"digests": array.slice(item.subject.digests, 0, 3), "name": item.subject.name}
}

deny contains {"msg": msg, "subject": evidence.subject(sbom), "evidence": found} if {
	some sbom in input.sboms.items
	sbom.scope == "another_image"
	msg := sprintf("the SBOM in %s describes another image", [evidence.name(sbom)])
	found := {"name": sbom.subject.name}
}

# A document inside the image cannot name the digest of the image it is in.
warn contains {"msg": msg, "subject": evidence.subject(sbom), "evidence": found} if {
	some sbom in input.sboms.items
	sbom.scope in {"image", "base"}
	sbom.subject.is == "another_image"
	sbom.origin.kind != "image"
	not evidence.may_be_index(sbom)
	msg := sprintf("the SBOM in %s names another digest than the image has", [evidence.name(sbom)])
	found := {"digests": array.slice(sbom.subject.digests, 0, 3), "name": sbom.subject.name}
}

warn contains {"msg": msg, "subject": "image", "evidence": {}} if {
	some item in array.concat(input.signatures.items, input.attestations.items)
	item.subject.is == "unstated"
	msg := sprintf("%s does not say which image it is about", [evidence.name(item)])
}

_doubts := [doubt | some kind in ["signature", "sbom", "provenance"]; doubt := attached.doubt(kind)]

_unclear := [item |
	some item in _all
	evidence.may_be_index(item)
]

_all := array.concat(
	array.concat(input.signatures.items, input.attestations.items),
	[sbom | some sbom in input.sboms.items; sbom.scope in {"image", "base", "another_image"}],
)
