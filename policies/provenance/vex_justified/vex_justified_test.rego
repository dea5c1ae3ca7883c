package freehold.provenance.vex_justified_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.vex_justified as rule

_with(said, unjustified) := testing.with_statements([records.vex(said, unjustified)])

test_passes_reasons if {
	count(rule.deny | rule.warn) == 0 with input as _with(10, 0)
	not rule.score with input as _with(10, 0)
}

test_the_share_with_reasons_is_the_credit if {
	some finding in rule.warn with input as _with(20, 1)
	finding.msg == "1 of 20 statements say not_affected and give no reason"
	finding.evidence.authors == ["Shop"]
	rule.score == 0.95 with input as _with(20, 1)
}

test_denies_blind_trust if {
	count(rule.deny) == 1 with input as _with(10, 5)
	count(rule.warn) == 0 with input as _with(10, 5)
	rule.score == 0.5 with input as _with(10, 5)
}

test_does_not_concern_documents_that_excuse_nothing if {
	rule.not_applicable with input as _with(0, 0)
	rule.not_applicable with input as testing.facts
}

test_is_unknown_where_nobody_looked_or_nothing_was_read if {
	rule.unknown with input as testing.not_searched
	rule.unknown with input as testing.with_statements([records.statement("vex", "unsigned")])
}
