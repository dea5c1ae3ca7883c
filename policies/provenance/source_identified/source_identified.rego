# METADATA
# title: The image says which source it was built from
# description: >-
#   A repository and a revision lead from the image to the files it was built from, which is where
#   every rebuild starts. Labels are claims of the builder and inherited from base images; this rule
#   asks whether the claim is made, not whether it is true. Provenance makes the same claim, and
#   counts as well. A repository without a revision is half an answer.
# related_resources:
#   - ref: https://github.com/opencontainers/image-spec/blob/main/annotations.md
# custom:
#   severity: medium
#   weight: 2
#   needs: [image]
#   remediation: >-
#     Set the labels org.opencontainers.image.source and org.opencontainers.image.revision in the
#     build.
#   effort: low
#   stability: stable
#   controls:
#     nist_800_218: ["PS.3.2"]
package freehold.provenance.source_identified

import data.freehold.lib.attached
import data.freehold.lib.evidence

unknown := msg if {
	not _complete
	not _source
	msg := sprintf("no label names a source, and %s", [attached.doubt("provenance")])
}

deny contains {"msg": msg, "subject": "image", "evidence": {}} if {
	not _complete
	not _source
	attached.absent("provenance")
	msg := "neither a label nor provenance names the source repository"
}

warn contains {"msg": msg, "subject": "image", "evidence": {"source": _source}} if {
	not _complete
	msg := sprintf("the source %s is named without a revision", [_source])
}

score := 0.7 if {
	not _complete
	_source
}

_complete if {
	_source
	_value(data.freehold.provenance.source_identified.parameters.revisions)
}

# One label that names repository and revision together.
_complete if _value(data.freehold.provenance.source_identified.parameters.both)

# Provenance pins the source the build was asked for.
_complete if is_string(_built_from.digest)

_source := _labelled if {
	_labelled
} else := _built_from.uri

_labelled := _value(data.freehold.provenance.source_identified.parameters.sources)

_built_from := evidence.provenance.provenance.source if {
	is_object(evidence.provenance.provenance.source)
}

# The first of the keys that says anything, in annotations or labels.
_value(keys) := values[0] if {
	values := [value |
		some key in keys
		some claims in [input.image.annotations, input.image.labels]
		value := trim_space(claims[key])
		value != ""
	]
	count(values) > 0
}
