# METADATA
# title: Programs have the protections their language gives
# description: >-
#   Compilers and linkers protect programs unasked: a stack that cannot be executed, code nobody
#   writes into, addresses that cannot be guessed, tables that become read-only. Each file is judged
#   by what the usual tools of its language do: Go makes neither of the last two. An executable stack
#   or writable code outside packages fails; the rest is a share. Whether the stack protector was
#   used is a hint from the names a program refers to.
# related_resources:
#   - ref: https://best.openssf.org/Compiler-Hardening-Guides/Compiler-Options-Hardening-Guide-for-C-and-C++
#   - ref: https://doc.rust-lang.org/rustc/exploit-mitigations.html
# custom:
#   severity: medium
#   weight: 1
#   needs: [elf, ownership]
#   remediation: >-
#     Build with the compiler's defaults: -fPIE -pie, -z relro, -z now, -fstack-protector-strong, and
#     without -z execstack.
#   effort: medium
#   stability: experimental
package freehold.hardening.elf_hardening

import data.freehold.lib.coverage

not_applicable := "the image holds neither programs nor libraries" if {
	_files == 0
	coverage.complete({"elf"})
}

deny contains _finding(file) if {
	some file in input.elf.weak.items
	_outside(file)
	_grave(file)
}

warn contains _finding(file) if {
	some file in input.elf.weak.items
	_outside(file)
	not _grave(file)
}

warn contains {"msg": msg, "subject": "image", "evidence": evidence} if {
	_share < _parameters.minimum_share
	msg := sprintf(
		"%d of %d programs and libraries lack a protection their language gives",
		[input.elf.weak.total, _files],
	)
	evidence := {"share": _share, "files": [file.path |
		some file in array.slice(input.elf.weak.items, 0, 10)
	]}
}

warn contains {"msg": msg, "subject": "image", "evidence": evidence} if {
	_sample >= _parameters.stack_protector_sample
	_protected / _sample < _parameters.minimum_stack_protector_share
	msg := sprintf("only %d of %d programs of C refer to the stack protector", [_protected, _sample])
	evidence := {"programs": _sample, "protected": _protected}
}

_parameters := data.freehold.hardening.elf_hardening.parameters

_outside(file) if file.owner == "unowned"

_grave(file) if "nx" in file.lacks

_grave(file) if "no_text_relocations" in file.lacks

_files := sum([group.files | some group in input.elf.groups])

_share := 1 - (input.elf.weak.total / _files) if _files > 0

_of_c := [group |
	some group in input.elf.groups
	group.language == "c"
	group.kind == "elf_program"
]

_protected := sum([group.stack_protector | some group in _of_c])

_sample := _protected + sum([group.no_stack_protector | some group in _of_c])

_words := {
	"nx": "a stack that cannot be executed",
	"no_text_relocations": "code nobody writes into",
	"pie": "addresses that cannot be guessed (PIE)",
	"relro": "read-only relocations (RELRO)",
}

_finding(file) := {
	"msg": sprintf(
		"%s lacks %s (layer %d)",
		[file.path, concat(", ", [_words[name] | some name in file.lacks]), file.layer],
	),
	"subject": sprintf("path:%s", [file.path]),
	"evidence": {
		"path": file.path,
		"layer": file.layer,
		"side": file.side,
		"language": file.language,
		"lacks": file.lacks,
		"build_id": file.build_id,
	},
}
