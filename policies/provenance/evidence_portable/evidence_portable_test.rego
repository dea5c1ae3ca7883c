package freehold.provenance.evidence_portable_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.evidence_portable as rule

_vendor := object.union(records.statement("vendor", "verified"), {"predicate_type": "https://docker.com/dhi/fips/v0.1"})

test_passes_standard_types if {
	facts := object.union(
		testing.with_statements([records.provenance("unsigned", {}), records.vex(1, 0)]),
		{
			"signatures": records.capped([records.signature("verified")]),
			"sboms": records.capped([records.sbom("/sbom.spdx.json", "spdx_json")]),
		},
	)
	count(rule.warn) == 0 with input as facts
	not rule.score with input as facts
	not rule.not_applicable with input as facts
}

test_the_share_of_standard_types_is_the_credit if {
	facts := testing.with_statements([records.vex(1, 0), records.provenance("unsigned", {}), _vendor, _vendor])
	some finding in rule.warn with input as facts
	startswith(finding.msg, "2 of 4 pieces of evidence are of types only their vendor defines, as ")
	contains(finding.msg, "https://docker.com/dhi/fips")
	rule.score == 0.5 with input as facts
}

test_evidence_in_a_place_of_the_vendors_own_is_told if {
	labels := {"image": {"labels": {"com.docker.dhi.name": "x"}}}
	facts := object.union(testing.with_statements([records.vex(1, 0)]), labels)
	some finding in rule.warn with input as facts
	startswith(finding.msg, "Docker Hardened Images keeps evidence where")
	rule.score == 0.5 with input as facts
	contains(rule.unknown, "docker scout") with input as testing.with_facts(labels)
	count(rule.warn) == 0 with input as testing.with_facts(labels)
}

test_does_not_concern_an_image_without_evidence if {
	rule.not_applicable with input as testing.facts
}

test_is_unknown_where_nobody_looked if {
	rule.unknown with input as testing.not_searched
	count(rule.warn) == 0 with input as testing.not_searched
}
