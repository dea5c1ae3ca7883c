# METADATA
# title: The image is signed
# description: >-
#   A signature over the image's digest, or over a statement that names it, lets anyone tell the
#   maker's image from another. This rule asks whether one is there; whether it is right, and whose
#   it is, are other rules' questions. Absence counts only where every place was looked through.
# related_resources:
#   - ref: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
#   - ref: https://github.com/notaryproject/specifications
# custom:
#   severity: medium
#   weight: 3
#   needs: [image]
#   remediation: >-
#     Sign the image in the build (for example `cosign sign`), or ask the supplier to.
#   effort: low
#   stability: experimental
#   controls:
#     cis_docker_1.6: ["4.12"]
#     nist_800_190: ["4.1.5"]
#     nist_800_218: ["PS.2.1"]
#     s2c2f: ["AUD-3"]
package freehold.provenance.signature_present

import data.freehold.lib.attached
import data.freehold.lib.evidence

unknown := msg if {
	count(_signed) == 0
	msg := sprintf("no signature was found, and %s", [attached.doubt("signature")])
}

deny contains {"msg": msg, "subject": "image", "evidence": {}} if {
	count(_signed) == 0
	attached.absent("signature")
	msg := "neither the image nor a statement about it is signed"
}

_signed := [item |
	some item in array.concat(input.signatures.items, input.attestations.items)
	item.verification.verdict != "unsigned"
	evidence.names_image(item)
]
