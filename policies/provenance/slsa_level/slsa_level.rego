# METADATA
# title: The build level that is claimed is supported by what is verified
# description: >-
#   SLSA Build L1 is provenance that names its builder; L2 is provenance signed by the build
#   platform, which counts once its signer was named beforehand; L3 is that of a builder known for
#   isolated builds. A verification summary counts as far as its signer is verified. What is
#   claimed, by a summary or by the operator of the builder, and not verified, is a warning.
# related_resources:
#   - ref: https://slsa.dev/spec/v1.0/levels
#   - ref: https://slsa.dev/spec/v1.0/verification_summary
# custom:
#   severity: low
#   weight: 2
#   needs: [image]
#   remediation: >-
#     Name the signer of the provenance (--key, or --certificate-identity with
#     --certificate-oidc-issuer); ask the supplier for signed provenance.
#   effort: medium
#   stability: experimental
#   controls:
#     slsa_build: ["L1", "L2", "L3"]
#     s2c2f: ["AUD-1"]
package freehold.provenance.slsa_level

import data.freehold.lib.attached
import data.freehold.lib.evidence

not_applicable := "no build level is claimed" if {
	_nothing
	attached.absent("provenance")
}

unknown := msg if {
	_nothing
	msg := sprintf("no provenance was found, and %s", [attached.doubt("provenance")])
} else := msg if {
	not _nothing
	not evidence.provenance
	count(_summaries) == 0
	msg := sprintf("the provenance could not be read: %s", [evidence.provenance_unread])
}

warn contains {"msg": msg, "subject": "image", "evidence": _evidence} if {
	_claimed > _supported
	msg := sprintf(
		"SLSA Build L%d is claimed, and what is verified supports L%d",
		[_claimed, _supported],
	)
}

warn contains {"msg": msg, "subject": "image", "evidence": _evidence} if {
	_judged
	_claimed <= _supported
	_supported < data.freehold.provenance.slsa_level.parameters.wanted_level
	msg := sprintf("what is verified supports SLSA Build L%d", [_supported])
}

score := _supported / 3 if {
	_judged
	_supported < data.freehold.provenance.slsa_level.parameters.wanted_level
} else := 0.8 if {
	_claimed > _supported
}

_nothing if {
	count(evidence.statements("provenance")) == 0
	count(_summaries) == 0
}

_judged if evidence.provenance

_judged if count(_summaries) > 0

_summaries := [statement |
	some statement in evidence.statements("verification_summary")
	is_object(statement.summary)
	statement.summary.result == "PASSED"
]

_claimed := max(array.concat(
	[level | some statement in _summaries; level := _summarised(statement)],
	[0, _supported_at_best],
))

_supported := max(array.concat(
	[level |
		some statement in _summaries
		evidence.verified(statement)
		level := _summarised(statement)
	],
	[0, _of_provenance],
))

# `SLSA_BUILD_LEVEL_3` (verification summary, `verifiedLevels`).
_summarised(statement) := max([_levels[text] | some text in statement.summary.levels])

_levels[name] := level if {
	some level in [0, 1, 2, 3]
	name := sprintf("SLSA_BUILD_LEVEL_%d", [level])
}

# What the builder would be worth, were its signature verified.
default _supported_at_best := 0

_supported_at_best := object.get(_builder, "level", 1) if {
	_names_builder
}

default _of_provenance := 0

_of_provenance := max([2, _builder.level]) if {
	_names_builder
	evidence.verified(evidence.provenance)
	_signed_by_builder
} else := 2 if {
	_names_builder
	evidence.verified(evidence.provenance)
} else := 1 if {
	_names_builder
	evidence.names_image(evidence.provenance)
}

_names_builder if {
	is_string(evidence.provenance.provenance.builder)
	is_string(evidence.provenance.provenance.build_type)
}

# Of several that fit, the one that is known for the most: a workflow may be a builder of its own.
# The builder vouches itself; anyone else may name it.
_signed_by_builder if {
	signer := evidence.provenance.verification.signer
	regex.match(_builder.signed_by.issuer, signer.issuer)
	regex.match(_builder.signed_by.identity, signer.identity)
}

default _builder := {}

_builder := _best[0] if {
	count(_best) > 0
}

_best := [builder |
	some builder in _listed
	builder.level == max([listed.level | some listed in _listed])
]

_listed := [builder |
	_names_builder
	some builder in data.freehold.data.builders.entries
	regex.match(builder.id, evidence.provenance.provenance.builder)
]

_evidence := {
	"claimed": _claimed,
	"supported": _supported,
	"builder": object.get(_builder, "builder", null),
}
