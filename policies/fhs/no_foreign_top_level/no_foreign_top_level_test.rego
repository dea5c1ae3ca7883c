package freehold.fhs.no_foreign_top_level_test

import data.freehold.fhs.no_foreign_top_level as rule
import data.freehold.lib.layout_records
import data.freehold.lib.records
import data.freehold.lib.testing

_with(entry) := testing.with_facts({"layout": {"top_level": array.concat(
	layout_records.untouched.top_level,
	[entry],
)}})

test_passes_debian if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
}

test_passes_what_engines_and_red_hat_put_there if {
	every path in ["/.dockerenv", "/lost+found", "/licenses", "/afs"] {
		count(rule.deny | rule.warn) == 0 with input as _with(records.foreign_entry(path))
	}
}

test_warns_about_an_application_directory if {
	facts := _with(records.foreign_entry("/app"))
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.subject == "path:/app"
	finding.msg == "/app is not in the standard hierarchy (layer 3)"
}

test_a_debug_shell_of_a_distroless_image_does_not_fail if {
	facts := _with(records.foreign_entry("/busybox"))
	count(rule.deny) == 0 with input as facts
}

test_denies_a_vendor_directory if {
	facts := _with(records.foreign_entry("/bitnami"))
	some finding in rule.deny with input as facts
	contains(finding.msg, "Bitnami")
	count(rule.warn) == 0 with input as facts
}

test_does_not_concern_a_single_static_program if {
	rule.not_applicable with input as testing.scratch
}
