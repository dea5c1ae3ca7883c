package freehold.requirements.musl_test

import data.freehold.lib.elf_records
import data.freehold.lib.testing
import data.freehold.requirements.musl as requirement

test_alpine_meets_it if {
	facts := testing.with_facts({"libc": elf_records.musl})
	requirement.met == "musl 1.2.5-r10 is there" with input as facts
	not requirement.unmet with input as facts
}

test_debian_does_not if {
	contains(requirement.unmet, "it has glibc") with input as testing.facts
	not requirement.met with input as testing.facts
}
