package freehold.provenance.reproducible_signs_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.reproducible_signs as rule

_created(stated) := testing.with_facts({"image": {"created": stated}})

test_notes_a_time_that_was_set if {
	every stated in ["1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z", "0001-01-01T00:00:00Z"] {
		some finding in rule.warn with input as _created(stated)
		contains(finding.msg, "how old the image is, it does not say")
		finding.evidence.created == stated
	}
}

test_notes_what_the_builder_says if {
	facts := testing.with_statements([records.provenance("unsigned", {"reproducible": true})])
	some finding in rule.warn with input as facts
	contains(finding.msg, "reproducible")
	count(rule.warn) == 0 with input as testing.with_statements([records.provenance("unsigned", {"reproducible": false})])
}

test_notes_the_configuration_of_the_build if {
	facts := testing.with_statements([records.statement("image_configuration", "unsigned")])
	count(rule.warn) == 1 with input as facts
}

test_costs_nothing_either_way if {
	count(rule.warn) == 0 with input as testing.facts
	rule.score == 1 with input as testing.facts
	rule.score == 1 with input as _created("1970-01-01T00:00:00Z")
	count(rule.warn) == 0 with input as _created(null)
	rule.score == 1 with input as _created(null)
}

test_is_unknown_where_nobody_looked_further if {
	rule.unknown with input as testing.not_searched
	sign := {"image": {"created": "1970-01-01T00:00:00Z"}}
	not rule.unknown with input as object.union(testing.not_searched, sign)
	not rule.unknown with input as testing.facts
}
