package freehold.hardening.file_capabilities_test

import data.freehold.hardening.file_capabilities as rule
import data.freehold.lib.records
import data.freehold.lib.testing

_with(path, patch) := testing.with_facts({"layout": {"file_capabilities": records.capped([object.union(
	records.permission(path, "0755"),
	patch,
)])}})

test_passes_an_image_without_any if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
}

test_denies_one_that_no_package_owns if {
	facts := _with("/usr/local/bin/ping", {})
	some finding in rule.deny with input as facts
	finding.subject == "path:/usr/local/bin/ping"
	contains(finding.msg, "holds file capabilities and no package owns it (layer 2)")
	count(rule.warn) == 0 with input as facts
	not rule.score with input as facts
}

test_denies_one_that_was_added_even_if_packaged if {
	facts := _with("/usr/bin/ping", {"owner": "iputils-ping", "side": "added"})
	some finding in rule.deny with input as facts
	contains(finding.msg, "was added to the base image")
	not rule.score with input as facts
}

test_what_distributions_package_with_capabilities_costs_nothing if {
	facts := _with("/usr/bin/ping", {"owner": "iputils-ping"})
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.severity == "info"
	rule.score == 1 with input as facts
}

test_another_packaged_program_is_a_low_warning if {
	facts := _with("/usr/bin/server", {"owner": "server"})
	some finding in rule.warn with input as facts
	finding.severity == "low"
	not rule.score with input as facts
}

test_an_owner_in_a_database_of_a_format_not_read_is_a_medium_warning if {
	facts := object.union(_with("/usr/bin/ping", {"owner_known": false}), {
		"package_databases": [],
		"gaps": [records.gap("packages", "unsupported", "/var/lib/rpm/rpmdb.sqlite")],
	})
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.severity == "medium"
	rule.score == 0 with input as facts
}
