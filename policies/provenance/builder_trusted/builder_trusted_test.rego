package freehold.provenance.builder_trusted_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.builder_trusted as rule

_with(verdict, builder) := testing.with_statements([records.provenance(verdict, {"builder": builder})])

_known := "https://cloudbuild.googleapis.com/GoogleHostedWorker"

_own := "https://ci.shop.example/builder"

test_passes_a_known_builder_whose_signer_is_verified if {
	every builder in [
		_known,
		concat("/", [
			"https://github.com/slsa-framework/slsa-github-generator/.github/workflows",
			"generator_container_slsa3.yml@refs/tags/v2.1.0",
		]),
		"https://github.com/docker-library",
		"https://github.com/docker-library/meta/.github/workflows/build.yml@refs/heads/main",
		"https://github.com/shop/images/actions/runs/1/attempts/1",
	] {
		count(rule.deny | rule.warn) == 0 with input as _with("verified", builder)
		not rule.score with input as _with("verified", builder)
	}
}

test_a_builder_of_ones_own_is_named_in_the_parameters if {
	count(rule.warn) == 1 with input as _with("verified", _own)
	rule.score == 0.3 with input as _with("verified", _own)
	count(rule.warn) == 0 with input as _with("verified", _own)
		with rule.parameters.trusted as [`^https://ci\.shop\.example/`]
}

test_anyone_may_name_a_builder if {
	every verdict in ["authentic", "unverifiable", "unsigned"] {
		facts := _with(verdict, _known)
		some finding in rule.warn with input as facts
		contains(finding.msg, "whose signer is not verified")
		rule.score == 0.6 with input as facts
	}
}

test_the_likeness_of_a_known_builder_is_not_known if {
	every builder in [
		"https://evil.example/https://github.com/docker-library",
		"https://github.com/docker-library-evil",
		"https://cloudbuild.googleapis.com.evil.example/GoogleHostedWorker",
	] {
		count(rule.warn) == 1 with input as _with("verified", builder)
		rule.score == 0.3 with input as _with("verified", builder)
	}
}

test_denies_a_build_without_a_builder if {
	some finding in rule.deny with input as _with("unsigned", null)
	contains(finding.msg, "names no builder")
	count(rule.warn) == 0 with input as _with("unsigned", null)
}

test_the_best_signed_provenance_is_judged if {
	facts := testing.with_statements([
		records.provenance("unsigned", {"builder": null}),
		records.provenance("verified", {"builder": _known}),
	])
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_does_not_concern_an_image_without_provenance if {
	rule.not_applicable with input as testing.facts
	count(rule.deny | rule.warn) == 0 with input as testing.facts
}

test_is_unknown_where_nobody_looked if {
	contains(rule.unknown, "`freehold evidence REGISTRY/NAME:TAG`") with input as testing.not_searched
	count(rule.deny | rule.warn) == 0 with input as testing.not_searched
}

test_is_unknown_where_it_could_not_be_read if {
	statement := object.union(records.statement("provenance", "unsigned"), {"unread": "too deep"})
	facts := testing.with_statements([statement])
	endswith(rule.unknown, "too deep") with input as facts
	count(rule.deny | rule.warn) == 0 with input as facts
}
