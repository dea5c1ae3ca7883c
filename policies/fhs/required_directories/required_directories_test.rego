package freehold.fhs.required_directories_test

import data.freehold.fhs.required_directories as rule
import data.freehold.lib.layout_records
import data.freehold.lib.records
import data.freehold.lib.testing

_without(paths) := testing.with_facts({"layout": {"top_level": [entry |
	some entry in layout_records.untouched.top_level
	not entry.path in paths
]}})

test_passes_debian_at_both_levels if {
	count(rule.warn) == 0 with input as testing.facts
	count(rule.warn) == 0 with input as testing.facts
		with rule.parameters.level as "strict"
}

test_a_container_may_lack_what_its_runtime_brings if {
	facts := _without({"/boot", "/dev", "/media", "/mnt", "/srv"})
	count(rule.warn) == 0 with input as facts
}

test_informs_about_a_missing_directory_and_keeps_most_credit if {
	facts := _without({"/opt", "/tmp"})
	{finding.subject | some finding in rule.warn} == {"path:/opt", "path:/tmp"} with input as facts
	rule.score == 12 / 14 with input as facts
}

test_the_strict_level_asks_for_boot if {
	facts := _without({"/boot"})
	some finding in rule.warn with input as facts
		with rule.parameters.level as "strict"
	finding.msg == "/boot is missing (FHS 3.0 section 3.5)"
}

test_the_vendor_level_asks_for_nothing if {
	facts := testing.with_facts({"layout": {"top_level": [], "usr": [], "var": []}})
	count(rule.warn) == 0 with input as facts
		with rule.parameters.level as "vendor"
}

test_a_file_is_no_directory if {
	entries := array.concat(
		[entry | some entry in layout_records.untouched.top_level; entry.path != "/opt"],
		[object.union(records.top_level("/opt"), {"kind": "file"})],
	)
	facts := testing.with_facts({"layout": {"top_level": entries}})
	count(rule.warn) == 1 with input as facts
}

test_does_not_concern_a_single_static_program if {
	rule.not_applicable with input as testing.scratch
}
