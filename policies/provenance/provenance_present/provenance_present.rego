# METADATA
# title: The image comes with build provenance
# description: >-
#   Provenance (SLSA) says what built the image, when, and from what. This rule asks whether a
#   statement of that kind about this image is there and can be read; who answers for it and what it
#   is worth are other rules' questions. Absence counts only where every place was looked through.
# related_resources:
#   - ref: https://slsa.dev/spec/v1.0/provenance
#   - ref: https://github.com/in-toto/attestation
# custom:
#   severity: medium
#   weight: 3
#   needs: [image]
#   remediation: >-
#     Have the build attach provenance (for example `docker buildx build --provenance=mode=max`), or
#     ask the supplier for it.
#   effort: low
#   stability: experimental
#   controls:
#     slsa_build: ["L1"]
#     nist_800_218: ["PS.3.2"]
#     s2c2f: ["AUD-1"]
package freehold.provenance.provenance_present

import data.freehold.lib.attached
import data.freehold.lib.evidence

unknown := msg if {
	count(evidence.statements("provenance")) == 0
	msg := sprintf("no provenance was found, and %s", [attached.doubt("provenance")])
} else := msg if {
	not evidence.provenance
	msg := sprintf("the provenance could not be read: %s", [evidence.provenance_unread])
}

deny contains {"msg": msg, "subject": "image", "evidence": {}} if {
	count(evidence.statements("provenance")) == 0
	attached.absent("provenance")
	msg := "no provenance is attached"
}
