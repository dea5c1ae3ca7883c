package freehold.exit.symbol_versions_test

import data.freehold.exit.symbol_versions as rule
import data.freehold.lib.testing

_requires(version, parts) := {"version": version, "numbers": parts, "path": "/app/x", "layer": 3}

_with(unowned) := testing.with_facts({"elf": {"symbol_versions": {"unowned": object.union(
	{"glibc": null, "glibcxx": null, "cxxabi": null},
	unowned,
)}}})

test_passes_what_runs_everywhere if {
	facts := _with({"glibc": _requires("2.17", [2, 17, 0])})
	count(rule.deny | rule.warn) == 0 with input as facts
	not rule.not_applicable with input as facts
}

test_compares_numbers_and_not_text if {
	facts := _with({"glibc": _requires("2.9", [2, 9, 0])})
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_warns_about_what_runs_on_some if {
	facts := _with({"glibc": _requires("2.38", [2, 38, 0])})
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.subject == "path:/app/x"
	contains(finding.msg, "/app/x requires GLIBC_2.38")
	contains(finding.msg, "Amazon Linux")
	"Debian" in finding.evidence.runs_on
	score := rule.score with input as facts
	score < 1
	score > 0.5
}

test_a_rolling_distribution_always_runs_it if {
	facts := _with({"glibc": _requires("2.99", [2, 99, 0])})
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.evidence.runs_on == ["Arch Linux"]
}

test_denies_what_nobody_ships if {
	facts := _with({"glibc": _requires("2.99", [2, 99, 0])})
	table := {"debian": {
		"name": "Debian", "rolling": false, "source": "x",
		"releases": {"13": {"glibc": [2, 41, 0]}},
	}}
	some finding in rule.deny with input as facts
		with data.freehold.data.libc_versions.entries as table
	contains(finding.msg, "Debian")
	rule.score == 0 with input as facts with data.freehold.data.libc_versions.entries as table
}

test_names_the_c_plus_plus_library_as_well if {
	facts := _with({"glibcxx": _requires("3.4.32", [3, 4, 32])})
	some finding in rule.warn with input as facts
	contains(finding.msg, "GLIBCXX_3.4.32")
}

test_a_table_that_does_not_say_holds_nothing_against_it if {
	facts := _with({"glibcxx": _requires("3.4.32", [3, 4, 32])})
	some finding in rule.warn with input as facts
	not contains(finding.msg, "openSUSE")
}

test_does_not_concern_an_image_of_packages_alone if {
	contains(rule.not_applicable, "no file outside packages") with input as testing.facts
}

test_unread_files_do_not_excuse if {
	facts := testing.with_facts({"elf": {"symbol_versions": {"unread": 1}}})
	not rule.not_applicable with input as facts
}

test_a_damaged_database_does_not_excuse if {
	facts := testing.with_facts({"topics": {"ownership": {"coverage": "partial", "reason": "x"}}})
	not rule.not_applicable with input as facts
}
