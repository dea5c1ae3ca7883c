# METADATA
# title: Programs run on the C library of the distribution
# description: >-
#   A program is built for one C library. Where most programs ask for another one than the declared
#   distribution has, its packages cannot be added, and the name in os-release misleads scanners.
#   Which C library a distribution has is no matter of good or bad: glibc and musl pass alike.
# related_resources:
#   - ref: https://musl.libc.org/doc/1.1.24/manual.html
#   - ref: https://man7.org/linux/man-pages/man8/ld.so.8.html
# custom:
#   severity: medium
#   weight: 1
#   needs: [distro, elf, shells]
#   remediation: >-
#     Build the programs for the distribution's own C library, or name the distribution they are
#     from in os-release.
#   effort: high
#   stability: experimental
package freehold.distro.native_libc

import data.freehold.lib.coverage
import data.freehold.lib.distro
import data.freehold.lib.scratch

not_applicable := scratch.reason if scratch.is_scratch

not_applicable := "no program uses a C library" if {
	input.libc.family == "none"
	not scratch.is_scratch
	coverage.complete({"elf"})
}

unknown := msg if {
	input.libc.family != "none"
	count(_expected) == 0
	msg := sprintf("which C library %s has is not in the table", [distro.name])
}

deny contains {"msg": msg, "subject": "image", "evidence": evidence} if {
	count(_expected) > 0
	input.libc.family != "none"
	not _family in _expected
	msg := sprintf(
		"most programs run on %s; %s has %s",
		[_family, distro.label, concat(" or ", sort(_expected))],
	)
	evidence := {
		"family": _family,
		"files": [file.path | some file in input.libc.files.items],
	}
}

# What programs ask for by their interpreter; without such programs, the library that is there.
_family := input.libc.main if {
	is_string(input.libc.main)
} else := input.libc.family

_expected contains family if {
	entries := data.freehold.data.distro_libc.entries
	some id in distro.ids(entries)
	some family in entries[id].libc
}
