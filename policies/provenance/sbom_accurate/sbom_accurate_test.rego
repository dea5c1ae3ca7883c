package freehold.provenance.sbom_accurate_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.sbom_accurate as rule

_with(sbom) := testing.with_sboms([sbom])

test_passes_an_honest_sbom if {
	facts := _with(records.compared_sbom(100, 100, 100, 0))
	count(rule.deny | rule.warn) == 0 with input as facts
	not rule.score with input as facts
	not rule.unknown with input as facts
	not rule.not_applicable with input as facts
}

test_what_is_missing_is_not_wrong if {
	facts := _with(records.compared_sbom(100, 10, 10, 0))
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_phantoms_and_wrong_versions_are_counted if {
	facts := _with(records.compared_sbom(100, 100, 80, 10))
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	contains(finding.msg, "20 of 100 components")
	contains(finding.msg, "10 are not in the image, 10 in another version")
	count(finding.evidence.not_in_image) == 5
	rule.score == 0.8 with input as facts
}

test_one_difference_is_a_warning if {
	every sbom in [
		records.compared_sbom(1000, 1000, 999, 1),
		records.compared_sbom(1000, 1000, 999, 0),
	] {
		some finding in rule.warn with input as _with(sbom)
		startswith(finding.msg, "1 of 1000 components")
		count(rule.deny) == 0 with input as _with(sbom)
		rule.score == 0.999 with input as _with(sbom)
	}
}

test_denies_an_sbom_of_something_else if {
	facts := _with(records.compared_sbom(100, 200, 20, 0))
	count(rule.deny) == 1 with input as facts
	rule.score == 0.1 with input as facts
}

test_a_phantom_is_certain_only_where_all_packages_are_known if {
	partly := {"accuracy": {"image_complete": false}}
	facts := _with(object.union(records.compared_sbom(100, 200, 20, 0), partly))
	count(rule.deny | rule.warn) == 0 with input as facts
	startswith(rule.unknown, "180 components of the SBOM") with input as facts
	versions := _with(object.union(records.compared_sbom(100, 200, 20, 20), partly))
	some finding in rule.deny with input as versions
	finding.evidence.not_in_image == []
	rule.score == 0.5 with input as versions
	not rule.unknown with input as versions
}

test_warns_about_files_of_another_build if {
	files := {"accuracy": {"file_digests_wrong": records.capped(["/usr/bin/x"])}}
	facts := _with(object.union(records.compared_sbom(100, 100, 100, 0), files))
	some finding in rule.warn with input as facts
	contains(finding.msg, "as /usr/bin/x")
}

test_does_not_concern_an_sbom_of_nothing_comparable if {
	sbom := object.union(records.compared_sbom(100, 10, 10, 0), {"accuracy": {"overall": {
		"in_sbom": 0, "matched": 0, "phantom": 0, "wrong_version": 0, "precision": null,
	}}})
	rule.not_applicable with input as _with(sbom)
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

test_is_unknown_where_most_could_not_be_compared if {
	escaped := {"accuracy": {"not_compared": {"items": [], "total": 101, "truncated": true}}}
	facts := _with(object.union(records.compared_sbom(100, 100, 100, 0), escaped))
	startswith(rule.unknown, "101 components of the SBOM") with input as facts
	count(rule.deny | rule.warn) == 0 with input as facts
}
