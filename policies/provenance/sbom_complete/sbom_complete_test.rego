package freehold.provenance.sbom_complete_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.sbom_complete as rule

_with(sbom) := testing.with_sboms([sbom])

test_passes_a_full_sbom if {
	facts := _with(records.compared_sbom(100, 100, 100, 0))
	count(rule.deny | rule.warn) == 0 with input as facts
	not rule.score with input as facts
	not rule.unknown with input as facts
	not rule.not_applicable with input as facts
}

test_a_wrong_version_is_no_missing_package if {
	facts := _with(records.compared_sbom(100, 100, 50, 50))
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_the_share_is_the_credit if {
	facts := _with(records.compared_sbom(100, 80, 80, 0))
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.msg == "20 of 100 packages are not in the SBOM in the file /sbom.spdx.json, as missing1"
	finding.subject == "path:/sbom.spdx.json"
	rule.score == 0.8 with input as facts
}

test_one_package_left_out_is_a_warning if {
	facts := _with(records.compared_sbom(1000, 999, 999, 0))
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	startswith(finding.msg, "1 of 1000 packages are not in the SBOM")
	rule.score == 0.999 with input as facts
}

test_denies_an_sbom_that_leaves_much_out if {
	facts := _with(records.compared_sbom(100, 50, 50, 0))
	count(rule.deny) == 1 with input as facts
	count(rule.warn) == 0 with input as facts
	rule.score == 0.5 with input as facts
}

test_the_fullest_of_several_is_judged if {
	facts := testing.with_sboms([
		records.compared_sbom(100, 10, 10, 0),
		records.compared_sbom(100, 100, 100, 0),
	])
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_says_that_only_the_base_is_described if {
	facts := _with(object.union(records.compared_sbom(100, 40, 40, 0), {"scope": "base"}))
	some finding in rule.deny with input as facts
	endswith(finding.msg, "it describes the base image alone")
}

test_another_image_and_an_invalid_signature_count_for_nothing if {
	full := records.compared_sbom(100, 100, 100, 0)
	every change in [
		{"scope": "another_image"},
		{"verification": records.verification("invalid")},
	] {
		rule.not_applicable with input as _with(object.union(full, change))
	}
}

test_an_sbom_of_nothing_is_none_of_an_image_with_packages if {
	empty := object.union(records.compared_sbom(100, 10, 10, 0), {"components": 0})
	rule.not_applicable with input as _with(empty)
	count(rule.deny | rule.warn) == 0 with input as _with(empty)
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
