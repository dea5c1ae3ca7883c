# METADATA
# title: All programs run on one C library
# description: >-
#   Two C libraries are two sets of libraries, two resolvers and two things to patch, and most
#   distributions update only their own. A compatibility layer such as gcompat, which runs programs
#   of glibc on musl, is not a second C library. A program whose loader is not there cannot start;
#   that is customization.missing_libraries.
# related_resources:
#   - ref: https://wiki.musl-libc.org/functional-differences-from-glibc.html
# custom:
#   severity: medium
#   weight: 1
#   needs: [elf]
#   remediation: >-
#     Install the program for the distribution's own C library, or link it statically; remove the
#     second C library.
#   effort: medium
#   stability: experimental
package freehold.distro.libc_not_mixed

import data.freehold.lib.coverage

not_applicable := "no program uses a C library" if {
	input.libc.family == "none"
	coverage.complete({"elf"})
}

deny contains {"msg": msg, "subject": subject, "evidence": evidence} if {
	some program in input.libc.other_programs.items
	program.present
	msg := sprintf(
		"%s runs on %s, most programs on %s (layer %d)",
		[program.path, program.family, input.libc.main, program.layer],
	)
	subject := sprintf("path:%s", [program.path])
	evidence := {
		"path": program.path,
		"layer": program.layer,
		"side": program.side,
		"interpreter": program.interpreter,
		"package": program.package_name,
	}
}

# There, and nobody asks for it: a cross compiler's, or a leftover.
warn contains {"msg": msg, "subject": subject, "severity": "low", "evidence": evidence} if {
	is_string(input.libc.main)
	some file in input.libc.files.items
	file.family != input.libc.main
	not file.family in _used
	msg := sprintf(
		"%s is %s, and all programs run on %s (layer %d)",
		[file.path, file.family, input.libc.main, file.layer],
	)
	subject := sprintf("path:%s", [file.path])
	evidence := {"path": file.path, "layer": file.layer, "side": file.side, "package": file.package_name}
}

# A library that a package of the distribution brings costs nothing.
score := 1 if {
	count(deny) == 0
	every file in input.libc.files.items {
		_is_expected(file)
	}
}

_is_expected(file) if file.family == input.libc.main

_is_expected(file) if is_string(file.package_name)

_used contains program.family if some program in input.libc.other_programs.items
