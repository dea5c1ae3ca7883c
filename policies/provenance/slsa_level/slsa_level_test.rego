package freehold.provenance.slsa_level_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.slsa_level as rule

_with(verdict, builder) := testing.with_statements([records.provenance(verdict, {"builder": builder})])

_level_3 := "https://cloudbuild.googleapis.com/GoogleHostedWorker"

_level_2 := "https://github.com/actions/runner/github-hosted"

_summary(verdict, level) := object.union(records.statement("verification_summary", verdict), {"summary": {
	"verifier": "https://verifier.example", "result": "PASSED", "levels": [level],
}})

_generator := concat("/", [
	"https://github.com/slsa-framework/slsa-github-generator/.github/workflows",
	"generator_container_slsa3.yml@refs/tags/v2.1.0",
])

test_passes_what_is_claimed_and_verified if {
	every builder in [_level_2, "https://ci.shop.example/builder"] {
		facts := _with("verified", builder)
		count(rule.warn) == 0 with input as facts
		not rule.score with input as facts
	}
}

test_above_level_2_the_builder_has_to_sign_itself if {
	signer := {"issuer": "https://token.actions.githubusercontent.com", "identity": _generator}
	said := records.provenance("verified", {"builder": _generator})
	itself := object.union(said, {"verification": {"signer": signer}})
	count(rule.warn) == 0 with input as testing.with_statements([itself])
	every builder in [_generator, _level_3] {
		some finding in rule.warn with input as _with("verified", builder)
		finding.msg == "SLSA Build L3 is claimed, and what is verified supports L2"
	}
}

test_warns_where_more_is_claimed_than_verified if {
	every verdict in ["authentic", "unverifiable", "unsigned"] {
		some finding in rule.warn with input as _with(verdict, _level_3)
		finding.msg == "SLSA Build L3 is claimed, and what is verified supports L1"
		round(rule.score * 100) == 33 with input as _with(verdict, _level_3)
	}
}

test_warns_where_little_is_verified if {
	some finding in rule.warn with input as _with("unsigned", "https://ci.shop.example/builder")
	finding.msg == "what is verified supports SLSA Build L1"
}

test_provenance_without_a_builder_supports_nothing if {
	some finding in rule.warn with input as _with("verified", null)
	finding.msg == "what is verified supports SLSA Build L0"
	rule.score == 0 with input as _with("verified", null)
}

_summarised(verdict) := testing.with_statements([_summary(verdict, "SLSA_BUILD_LEVEL_3")])

test_a_summary_counts_as_far_as_its_signer_is_verified if {
	count(rule.warn) == 0 with input as _summarised("verified")
	some finding in rule.warn with input as _summarised("unsigned")
	finding.msg == "SLSA Build L3 is claimed, and what is verified supports L0"
}

test_a_claim_above_what_is_verified_costs_a_little if {
	facts := testing.with_statements([
		_summary("unsigned", "SLSA_BUILD_LEVEL_3"),
		records.provenance("verified", {"builder": _level_2}),
	])
	some finding in rule.warn with input as facts
	finding.msg == "SLSA Build L3 is claimed, and what is verified supports L2"
	rule.score == 0.8 with input as facts
}

test_a_summary_of_another_track_claims_nothing if {
	facts := testing.with_statements([
		_summary("verified", "SLSA_SOURCE_LEVEL_2"),
		records.provenance("verified", {"builder": _level_2}),
	])
	count(rule.warn) == 0 with input as facts
}

test_does_not_concern_an_image_without_provenance if {
	rule.not_applicable with input as testing.facts
	count(rule.warn) == 0 with input as testing.facts
}

test_is_unknown_where_nobody_looked if {
	contains(rule.unknown, "`freehold evidence REGISTRY/NAME:TAG`") with input as testing.not_searched
	count(rule.warn) == 0 with input as testing.not_searched
}

test_is_unknown_where_it_could_not_be_read if {
	statement := object.union(records.statement("provenance", "unsigned"), {"unread": "too deep"})
	facts := testing.with_statements([statement])
	endswith(rule.unknown, "too deep") with input as facts
	count(rule.warn) == 0 with input as facts
}

test_a_builder_that_is_also_a_workflow_is_what_it_is_known_for if {
	some finding in rule.warn with input as _with("unsigned", _generator)
	finding.evidence.builder == "slsa-github-generator"
	startswith(finding.msg, "SLSA Build L3 is claimed")
}
