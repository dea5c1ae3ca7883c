# METADATA
# title: VEX gives reasons
# description: >-
#   `not_affected` without a justification or impact statement asks for blind trust; OpenVEX demands
#   one of the two. The share of such statements with a reason is the credit.
# related_resources:
#   - ref: https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md
#   - ref: https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html
# custom:
#   severity: medium
#   weight: 1
#   needs: [image]
#   remediation: Ask the author for the reasons; do not suppress a finding without one.
#   effort: low
#   stability: experimental
#   controls:
#     osps_baseline: ["VM-04.02"]
package freehold.provenance.vex_justified

import data.freehold.lib.attached
import data.freehold.lib.evidence

not_applicable := "there is no VEX" if {
	count(evidence.statements("vex")) == 0
	attached.absent("vex")
}

not_applicable := "no statement says not_affected" if {
	count(_documents) > 0
	_said == 0
}

unknown := msg if {
	count(evidence.statements("vex")) == 0
	msg := sprintf("no VEX was found, and %s", [attached.doubt("vex")])
} else := "the VEX document could not be read" if {
	count(evidence.statements("vex")) > 0
	count(_documents) == 0
}

deny contains _finding if {
	_share < data.freehold.provenance.vex_justified.parameters.minimum_share
}

warn contains _finding if {
	_share >= data.freehold.provenance.vex_justified.parameters.minimum_share
	_share < 1
}

score := _share if _share < 1

_documents := [statement.vex |
	some statement in evidence.statements("vex")
	is_object(statement.vex)
]

_said := sum([document.not_affected | some document in _documents])

_unjustified := sum([document.unjustified | some document in _documents])

_share := (_said - _unjustified) / _said if _said > 0

_finding := {
	"msg": sprintf("%d of %d statements say not_affected and give no reason", [_unjustified, _said]),
	"subject": "image",
	"evidence": {"authors": sort({document.author |
		some document in _documents
		is_string(document.author)
	})},
}
