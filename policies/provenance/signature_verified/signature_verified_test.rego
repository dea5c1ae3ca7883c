package freehold.provenance.signature_verified_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.signature_verified as rule

_signed(signatures) := testing.with_facts({"signatures": records.capped(signatures)})

test_passes_a_signer_named_beforehand if {
	every facts in [
		_signed([records.signature("authentic"), records.signature("verified")]),
		testing.with_statements([records.statement("image_signature", "verified")]),
	] {
		count(rule.warn) == 0 with input as facts
		not rule.unknown with input as facts
		not rule.not_applicable with input as facts
	}
}

test_a_signer_nobody_named_is_a_warning if {
	facts := _signed([records.signature("authentic")])
	some finding in rule.warn with input as facts
	startswith(finding.msg, "signed by builder@shop.example, whom nobody named beforehand")
	contains(finding.msg, "--certificate-identity")
	finding.evidence.signers == ["builder@shop.example"]
}

test_is_unknown_without_key_or_identity if {
	facts := _signed([records.signature("unverifiable")])
	contains(rule.unknown, "no key was given") with input as facts
	contains(rule.unknown, "--key FILE") with input as facts
	count(rule.warn) == 0 with input as facts
}

test_a_signature_that_names_no_digest_verifies_nothing if {
	vague := object.union(records.signature("verified"), {"subject": records.speaks_of("unstated")})
	contains(rule.unknown, "names no digest") with input as _signed([vague])
}

test_another_image_and_a_wrong_signature_do_not_concern_it if {
	other := object.union(records.signature("verified"), {"subject": records.speaks_of("another_image")})
	every facts in [testing.facts, _signed([other]), _signed([records.signature("invalid")])] {
		rule.not_applicable with input as facts
		count(rule.warn) == 0 with input as facts
	}
}

test_is_unknown_where_nobody_looked if {
	contains(rule.unknown, "`freehold evidence REGISTRY/NAME:TAG`") with input as testing.not_searched
	not rule.not_applicable with input as testing.not_searched
}

_naming(facts) := object.union(facts, {"trust": {"named_by": "flags"}})

test_denies_where_none_of_those_named_with_flags_signed if {
	every verdict in ["authentic", "unverifiable"] {
		facts := _naming(_signed([records.signature(verdict)]))
		some finding in rule.deny with input as facts
		startswith(finding.msg, "none of those who were named signed it: ")
		count(rule.warn) == 0 with input as facts
		not rule.unknown with input as facts
	}
}

test_denies_an_image_nobody_signed_where_signers_were_named if {
	some finding in rule.deny with input as _naming(testing.facts)
	finding.msg == "nobody signed it, and signers were named"
	not rule.not_applicable with input as _naming(testing.facts)
}

test_one_of_those_named_is_enough if {
	facts := _naming(_signed([records.signature("authentic"), records.signature("verified")]))
	count(rule.deny) == 0 with input as facts
}

test_a_signed_finding_is_no_signature_of_the_image if {
	every kind in ["test_result", "vulnerability_scan", "verification_summary", "vex", "other"] {
		facts := testing.with_statements([records.statement(kind, "verified")])
		rule.not_applicable with input as facts
	}
	every kind in ["provenance", "sbom"] {
		facts := testing.with_statements([records.statement(kind, "verified")])
		not rule.not_applicable with input as facts
		not rule.unknown with input as facts
		count(rule.warn) == 0 with input as facts
	}
}
