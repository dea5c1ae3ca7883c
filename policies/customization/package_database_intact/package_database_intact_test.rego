package freehold.customization.package_database_intact_test

import data.freehold.customization.package_database_intact as rule
import data.freehold.lib.records
import data.freehold.lib.testing

_with(databases) := testing.with_facts({"package_databases": databases})

test_passes_debian if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
	not rule.unknown with input as testing.facts
	not rule.not_applicable with input as testing.facts
}

test_a_reduced_database_does_not_fail_and_keeps_most if {
	facts := _with([records.database("reduced")])
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.subject == "path:/var/lib/dpkg/status"
	rule.score == 0.7 with input as facts
}

test_denies_a_deleted_database if {
	some finding in rule.deny with input as testing.database_deleted
	startswith(finding.msg, "/var/lib/dpkg/status is no usable package database")
	not rule.unknown with input as testing.database_deleted
}

test_a_database_that_a_layer_took_away_weighs_more_than_one_that_never_was if {
	taken := object.union(records.database("absent"), {"layer": 2})
	some finding in rule.deny with input as _with([taken])
	finding.severity == "high"
	never := object.union(records.database("absent"), {"layer": null})
	findings := rule.deny with input as _with([never])
	count(findings) == 1
	every finding in findings {
		object.get(finding, "severity", "the rule's") == "the rule's"
	}
}

test_denies_a_damaged_database if {
	facts := _with([records.database("damaged")])
	count(rule.deny) == 1 with input as facts
	not rule.score with input as facts
	not rule.unknown with input as facts
}

test_is_unknown_with_a_database_of_a_format_not_read if {
	facts := object.union(testing.database_deleted, {
		"package_databases": [],
		"ownership": {"executables": {"traceable": 0, "share": 0, "share_max": 1, "undetermined": 9}},
		"gaps": [records.gap("packages", "unsupported", "/var/lib/chisel/manifest.wall")],
	})
	rule.unknown with input as facts
}

test_is_unknown_when_nothing_was_found_for_a_named_distribution if {
	contains(rule.unknown, "debian") with input as _with([])
}

test_does_not_concern_an_image_without_distribution if {
	rule.not_applicable with input as testing.scratch
	not rule.unknown with input as testing.scratch
}
