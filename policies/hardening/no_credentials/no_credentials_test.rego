package freehold.hardening.no_credentials_test

import data.freehold.hardening.no_credentials as rule
import data.freehold.lib.records
import data.freehold.lib.testing

_with(path, patch) := testing.with_facts({"credentials": records.capped([object.union(
	records.credential(path),
	patch,
)])})

test_passes_an_image_without_any if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
	rule.score == 1 with input as testing.facts
}

test_denies_credentials_no_package_owns if {
	some finding in rule.deny with input as _with("/root/.npmrc", {})
	finding.subject == "path:/root/.npmrc"
	finding.msg == "/root/.npmrc holds a registry token no package owns (layer 3)"
	object.get(finding, "severity", "") == ""
	finding.evidence == {
		"path": "/root/.npmrc", "layer": 3, "side": "unknown", "kind": "npm", "owner": null,
	}
	not rule.score with input as _with("/root/.npmrc", {})
}

test_denies_credentials_of_whom_it_cannot_be_said if {
	some finding in rule.deny with input as _with("/root/.npmrc", {"owner_known": false})
	contains(finding.msg, "whose owner cannot be said")
}

test_names_what_they_are_for if {
	every kind, words in {
		"aws": "a secret access key of AWS",
		"registry": "a login of an image registry",
		"of_tomorrow": "credentials",
	} {
		some finding in rule.deny with input as _with("/root/x", {"kind": kind})
		finding.msg == sprintf("/root/x holds %s no package owns (layer 3)", [words])
	}
}

test_packaged_ones_are_information if {
	facts := _with("/usr/share/doc/x/.netrc", {"owner": "x"})
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.severity == "info"
	contains(finding.msg, "package x owns it")
	rule.score == 1 with input as facts
}

test_published_test_data_is_information if {
	facts := _with("/usr/lib/python3/dist-packages/google/tests/data/service_account_key.json", {})
	count(rule.deny) == 0 with input as facts
	count(rule.warn) == 1 with input as facts
}

test_denies_what_is_in_the_tests_of_an_application if {
	count(rule.deny) == 1 with input as _with("/app/tests/.npmrc", {})
}
