package freehold.provenance.vex_present_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.vex_present as rule

test_passes_a_vex_document if {
	facts := testing.with_statements([records.vex(3, 0)])
	count(rule.deny) == 0 with input as facts
	not rule.unknown with input as facts
}

test_denies_where_every_place_was_searched if {
	count(rule.deny) == 1 with input as testing.facts
}

test_a_document_about_another_image_is_none if {
	other := object.union(records.vex(3, 0), {"subject": records.speaks_of("another_image")})
	count(rule.deny) == 1 with input as testing.with_statements([other])
}

test_is_unknown_where_nobody_looked_or_nothing_was_read if {
	rule.unknown with input as testing.not_searched
	count(rule.deny) == 0 with input as testing.not_searched
	facts := testing.with_statements([records.statement("vex", "unsigned")])
	rule.unknown with input as facts
	count(rule.deny) == 0 with input as facts
}
