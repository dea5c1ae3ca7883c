package freehold.requirements.glibc_test

import data.freehold.lib.elf_records
import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.requirements.glibc as requirement

test_debian_meets_it if {
	requirement.met == "the GNU C library 2.41-12 is there" with input as testing.facts
	not requirement.unmet with input as testing.facts
	not requirement.unknown with input as testing.facts
}

test_alpine_does_not if {
	facts := testing.with_facts({"libc": elf_records.musl})
	not requirement.met with input as facts
	requirement.unmet == "the GNU C library is not in the image: it has musl" with input as facts
}

test_a_static_program_alone_has_none if {
	facts := testing.with_facts({"libc": elf_records.no_libc})
	contains(requirement.unmet, "it has no C library") with input as facts
}

test_programs_that_ask_for_it_in_vain_do_not_meet_it if {
	facts := testing.with_facts({"libc": {"basis": "interpreters", "files": records.none}})
	not requirement.met with input as facts
	contains(requirement.unmet, "programs ask for it") with input as facts
}

test_both_libraries_side_by_side_meet_it if {
	files := [
		elf_records.libc_file("/lib/ld-musl-x86_64.so.1", "musl"),
		elf_records.libc_file("/usr/lib/libc.so.6", "glibc"),
	]
	libc := {"family": "mixed", "version": null, "files": records.capped(files)}
	facts := testing.with_facts({"libc": libc})
	requirement.met == "the GNU C library is there" with input as facts
}

test_is_unknown_where_the_list_was_cut if {
	files := {"items": [], "total": 600, "truncated": true}
	facts := testing.with_facts({"libc": {"family": "mixed", "version": null, "files": files}})
	requirement.unknown with input as facts
	not requirement.unmet with input as facts
}
