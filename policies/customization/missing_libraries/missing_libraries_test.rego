package freehold.customization.missing_libraries_test

import data.freehold.customization.missing_libraries as rule
import data.freehold.lib.elf_records
import data.freehold.lib.records
import data.freehold.lib.testing

_item(changes) := object.union(elf_records.missing_library("/usr/bin/x", "liba.so.1"), changes)

_with(items) := testing.with_facts({"elf": {"missing_libraries": records.capped(items)}})

test_passes_debian if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
	not rule.not_applicable with input as testing.facts
}

test_denies_a_program_that_does_not_start if {
	some finding in rule.deny with input as _with([_item({})])
	finding.subject == "path:/usr/bin/x"
	contains(finding.msg, "/usr/bin/x needs liba.so.1, which is not in the image (layer 3)")
}

test_denies_a_library_a_program_needs if {
	items := [_item({"needed_by": "library", "program": "/usr/bin/y"})]
	count(rule.deny) == 1 with input as _with(items)
}

test_denies_a_library_for_another_machine if {
	items := [_item({"wrong_machine": true, "elsewhere": "/usr/lib/liba.so.1"})]
	some finding in rule.deny with input as _with(items)
	contains(finding.msg, "another machine")
	count(rule.warn) == 0 with input as _with(items)
}

test_denies_a_missing_loader if {
	loader := {"path": "/lib/ld-musl-x86_64.so.1", "programs": 2, "present": false}
	facts := testing.with_facts({"elf": {"interpreters": [loader]}})
	some finding in rule.deny with input as facts
	finding.subject == "path:/lib/ld-musl-x86_64.so.1"
}

test_warns_about_a_library_that_lies_elsewhere if {
	facts := _with([_item({"elsewhere": "/opt/x/liba.so.1"})])
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	contains(finding.msg, "/opt/x/liba.so.1")
	not rule.score with input as facts
}

test_a_plugin_that_cannot_be_loaded_is_for_information if {
	facts := _with([_item({"needed_by": "plugin", "program": null})])
	count(rule.deny) == 0 with input as facts
	count(rule.warn) == 1 with input as facts
	rule.score == 1 with input as facts
}

test_a_package_may_bring_a_plugin_for_what_is_optional if {
	facts := _with([_item({"needed_by": "plugin", "owner": "package", "package_name": "iproute2"})])
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_does_not_concern_static_programs if {
	facts := testing.with_facts({"elf": {"interpreters": []}})
	contains(rule.not_applicable, "no program") with input as facts
}

test_a_gap_does_not_excuse if {
	facts := testing.with_facts({
		"elf": {"interpreters": []},
		"topics": {"elf": {"coverage": "partial", "reason": "x"}},
	})
	not rule.not_applicable with input as facts
}
