package freehold.requirements.utf8_locale_test

import data.freehold.lib.elf_records
import data.freehold.lib.layout_records
import data.freehold.lib.testing
import data.freehold.requirements.utf8_locale as requirement

_places(places) := testing.with_facts({"layout": {"well_known": places}})

test_debian_meets_it if {
	requirement.met == "/usr/lib/locale/C.utf8 is there" with input as testing.facts
	not requirement.unmet with input as testing.facts
	not requirement.unknown with input as testing.facts
}

test_musl_meets_it if {
	facts := object.union(_places([]), {"libc": elf_records.musl})
	requirement.met == "musl's locale is UTF-8" with input as facts
	not requirement.unmet with input as facts
}

test_glibc_without_a_locale_does_not if {
	requirement.unmet with input as _places([])
	not requirement.met with input as _places([])
}

test_a_locale_archive_is_not_read if {
	archive := layout_records.well_known("locale_archive", "/usr/lib/locale/locale-archive", 9)
	contains(requirement.unknown, "locale-archive") with input as _places([archive])
	not requirement.met with input as _places([archive])
	not requirement.unmet with input as _places([archive])
}

test_an_image_without_a_c_library_does_not if {
	facts := object.union(_places([]), {"libc": elf_records.no_libc})
	contains(requirement.unmet, "no C library") with input as facts
}
