package freehold.hardening.no_world_writable_test

import data.freehold.hardening.no_world_writable as rule
import data.freehold.lib.records
import data.freehold.lib.testing

_with(patch) := testing.with_facts({"layout": {"world_writable": records.capped([object.union(
	records.permission("/app/run.sh", "0777"),
	patch,
)])}})

test_passes_an_image_without_any if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
}

test_denies_what_no_package_owns if {
	some finding in rule.deny with input as _with({})
	finding.msg == "/app/run.sh is writable by everyone, mode 0777 (layer 2)"
	finding.subject == "path:/app/run.sh"
	count(rule.warn) == 0 with input as _with({})
}

test_denies_what_was_added_even_if_packaged if {
	count(rule.deny) == 1 with input as _with({"owner": "app", "side": "added"})
}

test_what_the_distribution_brings_is_a_low_warning if {
	facts := _with({"owner": "base-files"})
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.severity == "low"
	contains(finding.msg, "package base-files owns it")
}

test_an_unknown_owner_is_a_warning if {
	facts := _with({"owner_known": false})
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	contains(finding.msg, "not known")
	rule.score == 0 with input as facts
}
