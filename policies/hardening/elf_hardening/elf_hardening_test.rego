package freehold.hardening.elf_hardening_test

import data.freehold.hardening.elf_hardening as rule
import data.freehold.lib.elf_records
import data.freehold.lib.records
import data.freehold.lib.testing

_weak(owner, lacks) := object.union(elf_records.place("/app/x"), {
	"kind": "elf_program", "language": "c", "lacks": lacks, "build_id": null, "owner": owner,
})

_with(files) := testing.with_facts({"elf": {"weak": records.capped(files)}})

test_passes_debian if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
}

test_denies_an_executable_stack_outside_packages if {
	some finding in rule.deny with input as _with([_weak("unowned", ["nx"])])
	finding.subject == "path:/app/x"
	contains(finding.msg, "lacks a stack that cannot be executed")
}

test_denies_code_that_is_written_into if {
	count(rule.deny) == 1 with input as _with([_weak("unowned", ["no_text_relocations"])])
}

test_only_warns_about_the_rest if {
	facts := _with([_weak("unowned", ["pie", "relro"])])
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	contains(finding.msg, "(PIE), read-only relocations (RELRO)")
}

test_what_a_distribution_builds_is_a_share if {
	count(rule.deny | rule.warn) == 0 with input as _with([_weak("package", ["pie"])])
	many := [_weak("package", ["pie"]) | some _ in numbers.range(1, 20)]
	some finding in rule.warn with input as _with(many)
	contains(finding.msg, "20 of 180 programs and libraries")
	count(rule.deny) == 0 with input as _with(many)
}

test_warns_where_hardly_any_program_has_the_stack_protector if {
	groups := [object.union(elf_records.group("package", "c", 50), {
		"stack_protector": 5, "no_stack_protector": 45,
	})]
	some finding in rule.warn with input as testing.with_facts({"elf": {"groups": groups}})
	contains(finding.msg, "only 5 of 50")
}

test_says_nothing_of_a_few_programs if {
	groups := [object.union(elf_records.group("package", "c", 5), {
		"stack_protector": 0, "no_stack_protector": 5,
	})]
	count(rule.warn) == 0 with input as testing.with_facts({"elf": {"groups": groups}})
}

test_does_not_ask_go_for_what_go_does_not_do if {
	groups := [elf_records.group("unowned", "go", 20)]
	facts := testing.with_facts({"elf": {"groups": groups}})
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_does_not_concern_an_image_without_programs if {
	facts := testing.with_facts({"elf": {"groups": []}})
	contains(rule.not_applicable, "neither programs nor libraries") with input as facts
}

test_a_gap_does_not_excuse if {
	facts := testing.with_facts({
		"elf": {"groups": []},
		"topics": {"elf": {"coverage": "partial", "reason": "x"}},
	})
	not rule.not_applicable with input as facts
}
