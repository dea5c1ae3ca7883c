# METADATA
# title: The maker attests that the image was tested
# description: >-
#   A statement of test results (in-toto) says that somebody ran the image before it was published,
#   and what came of it. Few makers give one; its absence weighs little.
# related_resources:
#   - ref: https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md
# custom:
#   severity: low
#   weight: 1
#   needs: [image]
#   remediation: Attest the results of the image's tests (in-toto test-result).
#   effort: medium
#   stability: experimental
#   controls:
#     cra_annex_i: ["II.3"]
#     nist_800_218: ["PW.8.2"]
package freehold.provenance.tests_attested

import data.freehold.lib.attached
import data.freehold.lib.evidence

unknown := msg if {
	count(_statements) == 0
	msg := sprintf("no test result was found, and %s", [attached.doubt("test_result")])
} else := msg if {
	count(_statements) > 0
	count(_results) == 0
	msg := "the statement of test results could not be read"
}

deny contains {"msg": msg, "subject": "image", "evidence": {}} if {
	count(_statements) == 0
	attached.absent("test_result")
	msg := "no test results are attested"
}

deny contains {"msg": msg, "subject": "image", "evidence": {}} if {
	"FAILED" in _results
	msg := "the attested tests failed"
}

warn contains {"msg": msg, "subject": "image", "evidence": {}} if {
	"WARNED" in _results
	msg := "the attested tests passed with warnings"
}

_statements := evidence.statements("test_result")

_results contains statement.test_result if {
	some statement in _statements
	is_string(statement.test_result)
}
