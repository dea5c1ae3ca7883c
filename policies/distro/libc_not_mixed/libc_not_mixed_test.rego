package freehold.distro.libc_not_mixed_test

import data.freehold.distro.libc_not_mixed as rule
import data.freehold.lib.elf_records
import data.freehold.lib.records
import data.freehold.lib.testing

_musl(name) := object.union(elf_records.libc_file("/lib/ld-musl-x86_64.so.1", "musl"), {
	"package_name": name,
	"layer": 2,
})

_program := object.union(elf_records.place("/usr/local/bin/tool"), {
	"interpreter": "/lib/ld-musl-x86_64.so.1", "family": "musl", "present": true,
})

_with(name, programs) := testing.with_facts({"libc": {
	"family": "mixed",
	"files": records.capped([elf_records.libc_file("/usr/lib/libc.so.6", "glibc"), _musl(name)]),
	"other_programs": records.capped(programs),
}})

test_passes_debian if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
}

test_denies_a_program_of_the_other_library if {
	facts := _with(null, [_program])
	some finding in rule.deny with input as facts
	finding.subject == "path:/usr/local/bin/tool"
	contains(finding.msg, "runs on musl, most programs on glibc")
	count(rule.warn) == 0 with input as facts
}

test_leaves_a_program_without_a_loader_to_another_rule if {
	facts := _with(null, [object.union(_program, {"present": false})])
	count(rule.deny) == 0 with input as facts
}

test_warns_about_a_library_nobody_asks_for if {
	facts := _with(null, [])
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.subject == "path:/lib/ld-musl-x86_64.so.1"
	not rule.score with input as facts
}

test_a_package_of_the_distribution_may_bring_one if {
	facts := _with("musl", [])
	count(rule.warn) == 1 with input as facts
	rule.score == 1 with input as facts
}

test_does_not_concern_static_programs if {
	facts := testing.with_facts({"libc": {"family": "none", "main": null}})
	contains(rule.not_applicable, "no program") with input as facts
}

test_a_gap_does_not_excuse if {
	facts := testing.with_facts({
		"libc": {"family": "none", "main": null},
		"topics": {"elf": {"coverage": "partial", "reason": "x"}},
	})
	not rule.not_applicable with input as facts
}
