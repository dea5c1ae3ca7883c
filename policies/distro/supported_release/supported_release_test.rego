package freehold.distro.supported_release_test

import data.freehold.distro.supported_release as rule
import data.freehold.lib.records
import data.freehold.lib.testing

_now := "2026-11-21T12:00:00Z"

_facts(id, version) := testing.with_facts({"distro": {"id": id, "version_id": version}})

test_passes_debian_13 if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts with data.freehold.now as _now
	not rule.unknown with input as testing.facts with data.freehold.now as _now
}

test_finds_the_release_behind_a_minor_version if {
	every pair in [["rhel", "9.6"], ["rocky", "9.4"], ["alpine", "3.23.1"], ["sles", "15.7"]] {
		facts := _facts(pair[0], pair[1])
		not rule.unknown with input as facts with data.freehold.now as _now
		count(rule.deny | rule.warn) == 0 with input as facts with data.freehold.now as _now
	}
}

test_denies_a_release_past_its_end if {
	facts := _facts("alpine", "3.18.4")
	some finding in rule.deny with input as facts with data.freehold.now as _now
	contains(finding.msg, "2025-05-09")
	object.get(finding, "severity", "") == ""
}

test_the_last_day_is_still_supported if {
	facts := _facts("alpine", "3.18.4")
	last_day := "2025-05-09T20:00:00Z"
	count(rule.deny) == 0 with input as facts with data.freehold.now as last_day
	count(rule.warn) == 1 with input as facts with data.freehold.now as last_day
}

test_paid_support_does_not_count_and_is_named if {
	facts := _facts("ubuntu", "20.04")
	some finding in rule.deny with input as facts with data.freehold.now as _now
	contains(finding.msg, "until 2030-04-30 need a contract")
}

test_public_long_term_support_only_warns if {
	facts := _facts("debian", "12")
	count(rule.deny) == 0 with input as facts with data.freehold.now as _now
	some finding in rule.warn with input as facts with data.freehold.now as _now
	finding.severity == "low"
	contains(finding.msg, "2028-06-30")
	rule.score == 0.8 with input as facts with data.freehold.now as _now
}

test_warns_180_days_before_the_end if {
	facts := _facts("alpine", "3.22.0")
	early := "2026-11-01T00:00:00Z"
	count(rule.warn) == 0 with input as facts with data.freehold.now as early
	late := "2026-11-02T00:00:00Z"
	count(rule.warn) == 1 with input as facts with data.freehold.now as late
	not rule.score with input as facts with data.freehold.now as late
}

test_a_frozen_version_ends_with_its_vendor_and_does_not_fail if {
	facts := testing.with_facts({"distro": records.wolfi_distro})
	count(rule.deny) == 0 with input as facts with data.freehold.now as _now
	some finding in rule.warn with input as facts with data.freehold.now as _now
	finding.severity == "medium"
	contains(finding.msg, "ends with its vendor")
}

test_denies_a_discontinued_distribution if {
	facts := _facts("minimos", "20241031")
	some finding in rule.deny with input as facts with data.freehold.now as _now
	contains(finding.msg, "discontinued")
}

test_uses_the_date_os_release_states if {
	facts := testing.with_facts({"distro": {
		"id": "acme", "version_id": "1", "support_end": "2026-01-31",
	}})
	count(rule.deny) == 1 with input as facts with data.freehold.now as _now
}

test_is_unknown_without_a_date if {
	facts := _facts("acme", "1")
	rule.unknown with input as facts with data.freehold.now as _now
	testing_release := testing.with_facts({"distro": {"version_id": null}})
	rule.unknown with input as testing_release with data.freehold.now as _now
}

test_is_unknown_when_no_distribution_is_named if {
	facts := testing.with_facts({"distro": records.no_distro})
	rule.unknown with input as facts
	not rule.not_applicable with input as facts
}

test_does_not_concern_a_single_static_program if {
	rule.not_applicable with input as testing.scratch
	not rule.unknown with input as testing.scratch
}
