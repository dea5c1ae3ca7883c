package freehold.provenance.signature_invalid_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.signature_invalid as rule

_signed(signatures) := testing.with_facts({"signatures": records.capped(signatures)})

test_passes_signatures_that_are_not_wrong if {
	every verdict in ["verified", "authentic"] {
		facts := _signed([records.signature(verdict)])
		count(rule.deny) == 0 with input as facts
		not rule.unknown with input as facts
		not rule.not_applicable with input as facts
	}
}

test_denies_each_that_is_wrong if {
	facts := object.union(
		_signed([records.signature("authentic"), records.signature("invalid")]),
		{"attestations": records.capped([object.union(
			records.statement("vex", "invalid"),
			{"origin": records.in_image("/vex.json")},
		)])},
	)
	count(rule.deny) == 2 with input as facts
	subjects := {finding.subject | some finding in rule.deny} with input as facts
	subjects == {"image", "path:/vex.json"}
	some finding in rule.deny with input as facts
	contains(finding.msg, "does not fit the payload")
}

test_what_cannot_be_checked_may_be_wrong if {
	facts := _signed([
		records.signature("unverifiable"),
		object.union(records.signature("unverifiable"), {"origin": records.in_image("/b")}),
	])
	contains(rule.unknown, "cannot be checked: no key was given") with input as facts
	count(rule.deny) == 0 with input as facts
}

test_a_wrong_one_beside_one_that_is_verified_is_a_warning if {
	facts := _signed([records.signature("verified"), records.signature("invalid")])
	count(rule.deny) == 0 with input as facts
	count(rule.warn) == 1 with input as facts
}

test_does_not_concern_what_is_not_signed if {
	every facts in [testing.facts, testing.with_statements([records.statement("vex", "unsigned")])] {
		rule.not_applicable with input as facts
		count(rule.deny) == 0 with input as facts
	}
}

test_is_unknown_where_nobody_looked if {
	contains(rule.unknown, "`freehold evidence REGISTRY/NAME:TAG`") with input as testing.not_searched
	count(rule.deny) == 0 with input as testing.not_searched
}

test_what_may_be_about_the_index_is_not_wrong if {
	given := object.union(records.signature("invalid"), {
		"origin": object.union(records.origin("given"), {"path": "index.json", "artifact": null}),
		"subject": records.speaks_of("another_image"),
	})
	unknown := object.union(_signed([given]), {"image": {"index_digest": null}})
	count(rule.deny) == 0 with input as unknown
	contains(rule.unknown, "may be the index of this image") with input as unknown
	known := object.union(_signed([given]), {"image": {"index_digest": records.digest("9")}})
	count(rule.deny) == 1 with input as known
	not rule.unknown with input as known
}
