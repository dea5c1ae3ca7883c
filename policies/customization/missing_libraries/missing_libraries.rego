# METADATA
# title: Every program finds its loader and libraries
# description: >-
#   A program whose loader or libraries are not where the loader looks does not start. Libraries
#   that lie elsewhere in the image may be found through a variable a start script sets: a warning.
#   So is a library no program needs and that could not be loaded; packages bring such for
#   components that are optional, which is no finding.
# related_resources:
#   - ref: https://man7.org/linux/man-pages/man8/ld.so.8.html
#   - ref: https://git.musl-libc.org/cgit/musl/tree/ldso/dynlink.c
# custom:
#   severity: medium
#   weight: 1
#   needs: [elf]
#   remediation: >-
#     Install the package that has the library, or remove the program; copied programs need their
#     libraries copied along.
#   effort: low
#   stability: experimental
package freehold.customization.missing_libraries

import data.freehold.lib.coverage

not_applicable := "no program needs a loader or libraries" if {
	count(input.elf.interpreters) == 0
	input.elf.missing_libraries.total == 0
	coverage.complete({"elf"})
}

deny contains {"msg": msg, "subject": subject, "evidence": evidence} if {
	some interpreter in input.elf.interpreters
	not interpreter.present
	msg := sprintf(
		"%d programs ask for the loader %s, which is not in the image",
		[interpreter.programs, interpreter.path],
	)
	subject := sprintf("path:%s", [interpreter.path])
	evidence := {"interpreter": interpreter.path, "programs": interpreter.programs}
}

deny contains _finding(item, "which is not in the image") if {
	some item in input.elf.missing_libraries.items
	item.needed_by in {"program", "library"}
	is_null(item.elsewhere)
	not item.wrong_machine
}

deny contains _finding(item, "which is there for another machine only") if {
	some item in input.elf.missing_libraries.items
	item.needed_by in {"program", "library"}
	item.wrong_machine
}

warn contains _finding(item, reason) if {
	some item in input.elf.missing_libraries.items
	item.needed_by in {"program", "library"}
	is_string(item.elsewhere)
	not item.wrong_machine
	reason := sprintf("which is at %s, where the loader does not look", [item.elsewhere])
}

warn contains object.union(finding, {"severity": "low"}) if {
	some item in input.elf.missing_libraries.items
	item.needed_by == "plugin"
	item.owner == "unowned"
	finding := _finding(item, "which is not in the image; no program needs it at its start")
}

# What no program needs at its start is for information.
score := 1 if {
	count(deny) == 0
	every item in input.elf.missing_libraries.items {
		item.needed_by == "plugin"
	}
}

_finding(item, reason) := {
	"msg": sprintf("%s needs %s, %s (layer %d)", [item.path, item.library, reason, item.layer]),
	"subject": sprintf("path:%s", [item.path]),
	"evidence": {
		"path": item.path,
		"layer": item.layer,
		"side": item.side,
		"library": item.library,
		"program": item.program,
		"package": item.package_name,
		"searched": item.searched,
	},
}
