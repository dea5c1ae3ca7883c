# METADATA
# title: A known builder answers for the build
# description: >-
#   Provenance is worth what its builder is worth: one that a table or your own parameters name, in
#   a statement that is signed by someone who was named beforehand. An unsigned statement may name
#   any builder. A build that names none was made on somebody's own machine, as far as anyone can
#   tell.
# related_resources:
#   - ref: https://slsa.dev/spec/v1.0/verifying-artifacts
#   - ref: https://slsa.dev/spec/v1.0/provenance#builder.id
# custom:
#   severity: medium
#   weight: 2
#   needs: [image]
#   remediation: >-
#     Build on a hosted builder that signs its provenance; name your own builders in the parameter
#     `trusted`.
#   effort: medium
#   stability: experimental
#   controls:
#     slsa_build: ["L2", "L3"]
#     s2c2f: ["AUD-1"]
package freehold.provenance.builder_trusted

import data.freehold.lib.attached
import data.freehold.lib.evidence

not_applicable := "there is no provenance" if {
	count(evidence.statements("provenance")) == 0
	attached.absent("provenance")
}

unknown := msg if {
	count(evidence.statements("provenance")) == 0
	msg := sprintf("no provenance was found, and %s", [attached.doubt("provenance")])
} else := msg if {
	not evidence.provenance
	msg := sprintf("the provenance could not be read: %s", [evidence.provenance_unread])
}

deny contains {"msg": msg, "subject": "image", "evidence": {}} if {
	evidence.provenance
	not _builder
	msg := sprintf("the provenance in %s names no builder", [evidence.name(evidence.provenance)])
}

warn contains {"msg": msg, "subject": "image", "evidence": {"builder": _builder}} if {
	not _known
	msg := sprintf("the builder %s is not one that is known", [_builder])
}

warn contains {"msg": msg, "subject": "image", "evidence": {"builder": _builder}} if {
	_known
	not evidence.verified(evidence.provenance)
	msg := sprintf(
		"the builder is said to be %s, by a statement whose signer is not verified",
		[_known],
	)
}

score := 0.3 if {
	_builder
	not _known
} else := 0.6 if {
	_known
	not evidence.verified(evidence.provenance)
}

_builder := evidence.provenance.provenance.builder if {
	is_string(evidence.provenance.provenance.builder)
}

# How messages name the builder, if it is known.
_known := _best[0].builder if {
	count(_best) > 0
} else := _builder if {
	some pattern in data.freehold.provenance.builder_trusted.parameters.trusted
	regex.match(pattern, _builder)
}

# Of several that fit, messages name one that is known for the most.
_best := [builder |
	some builder in _listed
	builder.level == max([listed.level | some listed in _listed])
]

_listed := [builder |
	some builder in data.freehold.data.builders.entries
	regex.match(builder.id, _builder)
]
