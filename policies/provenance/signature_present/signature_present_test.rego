package freehold.provenance.signature_present_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.signature_present as rule

_signed(signatures) := testing.with_facts({"signatures": records.capped(signatures)})

test_passes_any_signature_over_the_image if {
	every verdict in ["verified", "authentic", "unverifiable"] {
		every facts in [
			_signed([records.signature(verdict)]),
			testing.with_statements([records.statement("provenance", verdict)]),
		] {
			count(rule.deny) == 0 with input as facts
			not rule.unknown with input as facts
		}
	}
}

test_passes_where_nobody_looked_further if {
	signed := {"signatures": records.capped([records.signature("unverifiable")])}
	not rule.unknown with input as object.union(testing.not_searched, signed)
}

test_a_wrong_signature_is_charged_elsewhere if {
	count(rule.deny) == 0 with input as _signed([records.signature("invalid")])
}

test_a_bare_statement_and_another_image_are_no_signature if {
	other := object.union(records.signature("verified"), {"subject": records.speaks_of("another_image")})
	every facts in [
		testing.facts,
		testing.with_statements([records.statement("provenance", "unsigned")]),
		_signed([other]),
	] {
		some finding in rule.deny with input as facts
		finding.subject == "image"
	}
}

test_is_unknown_where_the_publisher_keeps_it_elsewhere if {
	facts := testing.with_facts({"image": {"labels": {"com.redhat.component": "ubi10-container"}}})
	contains(rule.unknown, "Red Hat keeps it in another place") with input as facts
	count(rule.deny) == 0 with input as facts
}

test_is_unknown_where_nobody_looked if {
	contains(rule.unknown, "`freehold evidence REGISTRY/NAME:TAG`") with input as testing.not_searched
	count(rule.deny) == 0 with input as testing.not_searched
}

test_is_unknown_where_what_is_there_names_no_image if {
	vague := {"subject": records.speaks_of("unstated")}
	every facts in [
		_signed([object.union(records.signature("unverifiable"), vague)]),
		testing.with_statements([object.union(records.statement("other", "authentic"), vague)]),
	] {
		contains(rule.unknown, "does not say which image") with input as facts
		count(rule.deny) == 0 with input as facts
	}
}
