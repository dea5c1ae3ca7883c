package freehold.fhs.portable_names_test

import data.freehold.fhs.portable_names as rule
import data.freehold.lib.records
import data.freehold.lib.testing

_with(names) := testing.with_facts({"layout": {"unportable_names": records.capped(names)}})

test_passes_an_image_without_any if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
}

test_denies_two_files_that_become_one if {
	facts := _with([records.unportable_name("/app/README", ["case_clash"])])
	some finding in rule.deny with input as facts
	finding.subject == "path:/app/README"
	finding.msg == "/app/README: its name differs by case alone from a name beside it (layer 2)"
	count(rule.warn) == 0 with input as facts
}

test_what_breaks_on_windows_alone_is_a_warning if {
	facts := _with([records.unportable_name("/app/a:b ", ["reserved_character", "trailing_dot_or_space"])])
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	contains(finding.msg, "holds a character Windows refuses and ends with a dot or a space")
}

test_names_of_packages_and_their_tools_are_not_judged if {
	facts := _with([
		object.union(records.unportable_name("/usr/x", ["case_clash"]), {"owner": "x"}),
		object.union(
			records.unportable_name("/var/lib/dpkg/info/libc6:amd64.list", ["reserved_character"]),
			{"generated": true},
		),
	])
	count(rule.deny | rule.warn) == 0 with input as facts
	not rule.unknown with input as facts
}

test_a_name_that_packages_may_have_brought_is_unknown if {
	unclear := object.union(records.unportable_name("/x", ["not_utf8"]), {"owner_known": false})
	rule.unknown with input as _with([unclear])
	count(rule.deny | rule.warn) == 0 with input as _with([unclear])
}
