package freehold.provenance.evidence_same_subject_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.evidence_same_subject as rule

_other := object.union(records.statement("vex", "unsigned"), {"subject": records.speaks_of("another_image")})

_given := object.union(_other, {"origin": object.union(records.origin("given"), {"path": "vex.json"})})

test_passes_what_names_the_platform_or_the_index if {
	every is in ["platform", "index"] {
		statement := object.union(records.statement("vex", "unsigned"), {"subject": records.speaks_of(is)})
		facts := object.union(
			testing.with_statements([statement]),
			{"signatures": records.capped([records.signature("unverifiable")])},
		)
		count(rule.deny | rule.warn) == 0 with input as facts
		not rule.unknown with input as facts
	}
}

test_denies_what_speaks_of_another_image if {
	some finding in rule.deny with input as testing.with_statements([_other])
	contains(finding.msg, "speaks of another image")
	count(finding.evidence.digests) == 1
}

test_denies_an_sbom_of_another_image if {
	sbom := object.union(records.sbom("/sbom.spdx.json", "spdx_json"), {"scope": "another_image"})
	some finding in rule.deny with input as testing.with_sboms([sbom])
	finding.subject == "path:/sbom.spdx.json"
}

test_an_sbom_without_a_subject_is_usual if {
	sbom := records.sbom("/sbom.spdx.json", "spdx_json")
	count(rule.deny | rule.warn) == 0 with input as testing.with_sboms([sbom])
}

test_warns_about_a_statement_that_names_no_digest if {
	vague := object.union(records.statement("vex", "unsigned"), {"subject": records.speaks_of("unstated")})
	some finding in rule.warn with input as testing.with_statements([vague])
	contains(finding.msg, "does not say which image")
}

test_what_was_given_may_be_about_an_index_nobody_knows if {
	second := object.union(_given, {"origin": {"path": "vuln.json"}})
	facts := testing.with_statements([_given, second])
	contains(rule.unknown, "may be the index") with input as facts
	count(rule.deny) == 0 with input as facts
	known := object.union(facts, {"image": {"index_digest": records.digest("9")}})
	count(rule.deny) == 2 with input as known
	attached := testing.with_statements([_given, _other])
	count(rule.deny) == 1 with input as attached
	not rule.unknown with input as attached
	not rule.unknown with input as known
}

test_does_not_concern_an_image_without_evidence if {
	rule.not_applicable with input as testing.facts
	packages := testing.with_sboms([records.package_sbom("/var/lib/db/sbom/x.spdx.json")])
	rule.not_applicable with input as packages
	unclear := object.union(records.sbom("/sbom.spdx.json", "spdx_json"), {"scope": "unknown"})
	rule.not_applicable with input as testing.with_sboms([unclear])
}

test_is_unknown_where_nobody_looked if {
	rule.unknown with input as testing.not_searched
	elsewhere := testing.with_facts({"image": {"labels": {"com.redhat.component": "x"}}})
	rule.unknown with input as elsewhere
	not rule.not_applicable with input as elsewhere
}
