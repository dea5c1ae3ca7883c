package freehold.distro.mainstream_base_test

import data.freehold.distro.mainstream_base as rule
import data.freehold.lib.records
import data.freehold.lib.testing

_facts(id, like) := testing.with_facts({"distro": {"id": id, "id_like": like}})

test_passes_mainstream_distributions if {
	every id in ["debian", "ubuntu", "alpine", "rhel", "sles", "amzn"] {
		count(rule.deny | rule.warn) == 0 with input as _facts(id, [])
		not rule.score with input as _facts(id, [])
	}
}

test_derived_with_public_repositories_keeps_most if {
	every facts in [_facts("dhi", ["debian"]), _facts("hummingbird", ["fedora", "rhel"])] {
		count(rule.deny) == 0 with input as facts
		count(rule.warn) == 1 with input as facts
		rule.score == 0.7 with input as facts
	}
}

test_own_distro_with_public_recipes_keeps_half_and_does_not_fail if {
	every id in ["wolfi", "photon", "azurelinux"] {
		count(rule.deny) == 0 with input as _facts(id, [])
		count(rule.warn) == 1 with input as _facts(id, [])
		rule.score == 0.5 with input as _facts(id, [])
	}
}

test_denies_a_gated_distro_with_some_credit if {
	facts := _facts("chainguard", [])
	some finding in rule.deny with input as facts
	contains(finding.msg, "not open to outsiders")
	rule.score == 0.2 with input as facts
}

test_public_recipes_alone_do_not_fail if {
	entries := {"acme": {
		"name": "Acme", "kind": "own", "public_recipes": true, "public_repositories": false,
	}}
	facts := _facts("acme", [])
	count(rule.deny) == 0 with input as facts with data.freehold.data.distros.entries as entries
	rule.score == 0.2 with input as facts with data.freehold.data.distros.entries as entries
}

test_an_unlisted_relative_keeps_half if {
	rule.score == 0.5 with input as _facts("acme", ["debian"])
}

test_an_unlisted_stranger_keeps_little if {
	facts := _facts("acme", [])
	count(rule.deny) == 0 with input as facts
	rule.score == 0.2 with input as facts
}

test_unnamed_scores_nothing if {
	facts := testing.with_facts({"distro": records.no_distro})
	some finding in rule.warn with input as facts
	startswith(finding.msg, "no distribution is named")
	rule.score == 0 with input as facts
}

test_does_not_concern_a_single_static_program if {
	contains(rule.not_applicable, "no distribution") with input as testing.scratch
}
