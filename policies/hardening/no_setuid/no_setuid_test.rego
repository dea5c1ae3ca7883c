package freehold.hardening.no_setuid_test

import data.freehold.hardening.no_setuid as rule
import data.freehold.lib.records
import data.freehold.lib.testing

_with(patch) := testing.with_facts({"layout": {"setuid": records.capped([object.union(
	records.permission("/usr/local/bin/helper", "4755"),
	patch,
)])}})

test_passes_an_image_without_any if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
}

test_denies_one_that_no_package_owns if {
	some finding in rule.deny with input as _with({})
	finding.msg == "/usr/local/bin/helper is setuid (user 0) and no package owns it (layer 2)"
	finding.subject == "path:/usr/local/bin/helper"
	count(rule.warn) == 0 with input as _with({})
}

test_denies_one_that_was_added_even_if_packaged if {
	facts := _with({"owner": "sudo", "side": "added"})
	some finding in rule.deny with input as facts
	contains(finding.msg, "was added to the base image")
}

test_what_the_distribution_brings_is_a_low_warning if {
	facts := _with({"owner": "passwd"})
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.severity == "low"
	contains(finding.msg, "package passwd owns it")
	not rule.score with input as facts
}

test_an_owner_hidden_by_an_incomplete_database_is_denied if {
	some finding in rule.deny with input as _with({"owner_known": false})
	contains(finding.msg, "incomplete")
}

test_an_owner_in_a_database_of_a_format_not_read_is_a_medium_warning if {
	facts := object.union(_with({"owner_known": false}), {
		"package_databases": [],
		"gaps": [records.gap("packages", "unsupported", "/var/lib/rpm/rpmdb.sqlite")],
	})
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.severity == "medium"
	rule.score == 0 with input as facts
}

test_names_the_group_of_a_setgid_program if {
	facts := _with({"setuid": false, "setgid": true, "gid": 42})
	some finding in rule.deny with input as facts
	contains(finding.msg, "setgid (group 42)")
}
