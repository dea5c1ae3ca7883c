# METADATA
# title: Signs that the image can be built again, bit by bit
# description: >-
#   For information; nothing is lost without them. Times that were set to a fixed value, a builder
#   that says so, and apko's image configuration are signs of a reproducible build. A creation time
#   of 1970 is such a set time: the age of the image is then not known from it.
# related_resources:
#   - ref: https://reproducible-builds.org/docs/source-date-epoch/
#   - ref: https://slsa.dev/spec/v0.2/provenance#metadata.reproducible
# custom:
#   severity: info
#   weight: 0
#   needs: [image]
#   remediation: Set SOURCE_DATE_EPOCH in the build and compare the digests of two builds.
#   effort: medium
#   stability: experimental
#   controls:
#     s2c2f: ["REB-1"]
package freehold.provenance.reproducible_signs

import data.freehold.lib.attached
import data.freehold.lib.evidence

unknown := msg if {
	count(warn) == 0
	msg := sprintf("there is no sign inside the image, and %s", [attached.doubt("provenance")])
}

warn contains {"msg": msg, "subject": "image", "evidence": {"created": input.image.created}} if {
	_set_time
	msg := "the creation time is a set value: how old the image is, it does not say"
}

warn contains {"msg": msg, "subject": "image", "evidence": {}} if {
	evidence.provenance.provenance.reproducible == true
	msg := "the builder says that the build is reproducible"
}

warn contains {"msg": msg, "subject": "image", "evidence": {}} if {
	count(evidence.statements("image_configuration")) > 0
	msg := "the configuration of its build is attached"
}

# Notes cost nothing.
score := 1

# 1970 is the zero of Unix time, year 1 that of Go.
_set_time if {
	is_string(input.image.created)
	some zero in ["1970-01-01T", "0001-01-01T"]
	startswith(input.image.created, zero)
}
