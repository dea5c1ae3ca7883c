package freehold.provenance.sbom_covers_files_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.sbom_covers_files as rule

_with(accounted) := testing.with_sboms([object.union(
	records.compared_sbom(100, 100, 100, 0),
	{"accuracy": {"image_files": 1000, "files_accounted": accounted}},
)])

test_passes_where_nearly_all_files_are_accounted_for if {
	count(rule.deny | rule.warn) == 0 with input as _with(950)
	not rule.score with input as _with(950)
}

test_the_share_is_the_credit if {
	some finding in rule.warn with input as _with(700)
	startswith(finding.msg, "300 of 1000 files are not accounted for")
	rule.score == 0.7 with input as _with(700)
}

test_denies_where_most_files_are_left_out if {
	count(rule.deny) == 1 with input as _with(100)
	count(rule.warn) == 0 with input as _with(100)
}

test_does_not_concern_an_image_without_files if {
	empty := {"accuracy": {"image_files": 0, "files_accounted": 0}}
	sbom := object.union(records.compared_sbom(100, 100, 100, 0), empty)
	rule.not_applicable with input as testing.with_sboms([sbom])
}

test_does_not_concern_an_image_without_an_sbom if {
	rule.not_applicable with input as testing.facts
	count(rule.deny | rule.warn) == 0 with input as testing.facts
}

test_is_unknown_where_nobody_looked if {
	contains(rule.unknown, "`freehold evidence REGISTRY/NAME:TAG`") with input as testing.not_searched
	not rule.not_applicable with input as testing.not_searched
	count(rule.deny | rule.warn) == 0 with input as testing.not_searched
}

test_is_unknown_where_nothing_was_compared if {
	facts := testing.with_sboms([records.sbom("/sbom.spdx.json", "spdx_json")])
	contains(rule.unknown, "could not be compared") with input as facts
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_does_not_concern_an_image_without_packages if {
	facts := object.union(
		testing.scratch,
		{"sboms": records.capped([records.sbom("/sbom.spdx.json", "spdx_json")])},
	)
	rule.not_applicable with input as facts
	not rule.unknown with input as facts
}
