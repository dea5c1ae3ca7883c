package freehold.provenance.provenance_present_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.provenance_present as rule

test_passes_provenance_whoever_signed_it if {
	every verdict in ["verified", "authentic", "unverifiable", "unsigned"] {
		facts := testing.with_statements([records.provenance(verdict, {})])
		count(rule.deny) == 0 with input as facts
		not rule.unknown with input as facts
	}
}

test_denies_where_every_place_was_searched if {
	some finding in rule.deny with input as testing.facts
	finding.subject == "image"
}

test_other_statements_and_other_images_are_no_provenance if {
	other := object.union(records.provenance("verified", {}), {"subject": records.speaks_of("another_image")})
	every statement in [records.statement("vex", "verified"), other, records.provenance("invalid", {})] {
		count(rule.deny) == 1 with input as testing.with_statements([statement])
	}
}

test_is_unknown_where_nobody_looked if {
	contains(rule.unknown, "`freehold evidence REGISTRY/NAME:TAG`") with input as testing.not_searched
	count(rule.deny) == 0 with input as testing.not_searched
}

test_is_unknown_where_it_could_not_be_read if {
	statement := object.union(records.statement("provenance", "unsigned"), {"unread": "too deep"})
	facts := testing.with_statements([statement])
	endswith(rule.unknown, "too deep") with input as facts
	count(rule.deny) == 0 with input as facts
}

test_is_unknown_where_it_names_no_image if {
	vague := object.union(
		records.provenance("verified", {}),
		{"subject": records.speaks_of("unstated")},
	)
	contains(rule.unknown, "does not say which image") with input as testing.with_statements([vague])
	count(rule.deny) == 0 with input as testing.with_statements([vague])
}
