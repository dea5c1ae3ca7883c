package freehold.provenance.tests_attested_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.tests_attested as rule

_with(result) := testing.with_statements([object.union(
	records.statement("test_result", "unsigned"),
	{"test_result": result},
)])

test_passes_tests_that_passed if {
	count(rule.deny | rule.warn) == 0 with input as _with("PASSED")
	not rule.unknown with input as _with("PASSED")
}

test_warnings_are_told if {
	count(rule.warn) == 1 with input as _with("WARNED")
	count(rule.deny) == 0 with input as _with("WARNED")
}

test_denies_tests_that_failed if {
	some finding in rule.deny with input as _with("FAILED")
	finding.msg == "the attested tests failed"
}

test_denies_where_every_place_was_searched if {
	some finding in rule.deny with input as testing.facts
	finding.msg == "no test results are attested"
}

test_is_unknown_where_nobody_looked_or_nothing_was_read if {
	rule.unknown with input as testing.not_searched
	count(rule.deny) == 0 with input as testing.not_searched
	rule.unknown with input as _with(null)
	count(rule.deny) == 0 with input as _with(null)
}
