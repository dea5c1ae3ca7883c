# METADATA
# title: The maker says which vulnerabilities concern the image
# description: >-
#   VEX tells findings that matter from those that do not, and lets others check the reasons. This
#   rule asks whether such a document about this image is there. Absence counts only where every
#   place was looked through.
# related_resources:
#   - ref: https://github.com/openvex/spec
#   - ref: https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html
# custom:
#   severity: low
#   weight: 1
#   needs: [image]
#   remediation: Attest an OpenVEX document to the image, or ask the supplier for one.
#   effort: medium
#   stability: experimental
#   controls:
#     cra_annex_i: ["II.4"]
#     osps_baseline: ["VM-04.02"]
package freehold.provenance.vex_present

import data.freehold.lib.attached
import data.freehold.lib.evidence

unknown := msg if {
	count(evidence.statements("vex")) == 0
	msg := sprintf("no VEX was found, and %s", [attached.doubt("vex")])
} else := "the VEX document could not be read" if {
	count(evidence.statements("vex")) > 0
	count([1 | some statement in evidence.statements("vex"); is_object(statement.vex)]) == 0
}

deny contains {"msg": msg, "subject": "image", "evidence": {}} if {
	count(evidence.statements("vex")) == 0
	attached.absent("vex")
	msg := "no VEX document is attached"
}
