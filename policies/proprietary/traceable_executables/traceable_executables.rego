# METADATA
# title: Executables can be traced to packages
# description: >-
#   An executable that belongs to a package has a name, a version, a source and a way to be updated.
#   One that belongs to none can only be replaced by whoever put it there. The share of traceable
#   executables is the credit. Deleting the package database traces nothing and fails; a damaged one
#   is unknown.
# related_resources:
#   - ref: https://www.debian.org/doc/debian-policy/ch-relationships.html
# custom:
#   severity: high
#   weight: 5
#   needs: [ownership, package_databases, elf, distro, shells, image]
#   remediation: >-
#     Install the software as packages, or document source and build of each file; keep the package
#     database in the image.
#   effort: high
#   stability: stable
#   controls:
#     cis_docker_1.6: ["4.11"]
#     nist_800_190: ["4.1.5"]
package freehold.proprietary.traceable_executables

import data.freehold.lib.coverage
import data.freehold.lib.scratch
import data.freehold.lib.side

not_applicable := scratch.reason if scratch.is_scratch

not_applicable := "the image holds no executables" if {
	input.ownership.executables.total == 0
	not scratch.is_scratch
	coverage.complete({"ownership", "elf"})
}

not_applicable := "no executables came with the base image" if {
	side.base_known
	input.ownership.executables.total > 0
	input.ownership.executables.base_total == 0
	not scratch.is_scratch
	coverage.complete({"ownership", "elf"})
}

unknown := msg if {
	not coverage.database_deleted
	not _settled
	msg := sprintf(
		"%d of %d executables cannot be judged: a package database could not be read",
		[input.ownership.executables.undetermined, input.ownership.executables.total],
	)
}

deny contains {"msg": msg, "subject": subject, "evidence": evidence} if {
	coverage.database_deleted
	some database in input.package_databases
	database.state == "absent"
	msg := sprintf(
		"none of %d executables can be traced without the package database %s",
		[input.ownership.executables.total, database.path],
	)
	subject := sprintf("path:%s", [database.path])
	evidence := {"path": database.path, "basis": database.basis}
}

deny contains finding if {
	_share < _minimum
	not _own_program
	some finding in _untraceable
}

warn contains finding if {
	_share >= _minimum
	some finding in _untraceable
}

warn contains finding if {
	_share < _minimum
	_own_program
	some finding in _untraceable
}

# An application may be anybody's own work: without its base the vendor's part cannot be told apart.
_own_program if {
	input.image.role.name == "app"
	not side.base_known
}

score := 0 if {
	coverage.database_deleted
} else := _share if {
	_share < 1
}

_share := input.ownership.executables.base_traceable / input.ownership.executables.base_total if {
	side.base_known
	input.ownership.executables.undetermined == 0
	input.ownership.executables.base_total > 0
} else := input.ownership.executables.share if {
	not side.base_known
	is_number(input.ownership.executables.share)
}

_minimum := data.freehold.proprietary.traceable_executables.parameters.minimum_share

# Files whose owner cannot be said settle nothing, unless either reading of them says the same.
_settled if _share >= _minimum

_settled if {
	is_number(_share)
	input.ownership.executables.undetermined == 0
}

_settled if {
	not side.base_known
	input.ownership.executables.share_max < _minimum
}

_untraceable contains {"msg": msg, "subject": "image", "evidence": evidence} if {
	_untraceable_count > 0
	msg := sprintf(
		"%v%s of executables can be traced to a package; %d cannot%s",
		[floor(_share * 1000) / 10, "%", _untraceable_count, side.note],
	)
	evidence := {
		"share": _share,
		"by_bytes": input.ownership.executables.share_of_bytes,
		"rungs": {rung.rung: rung.bytes | some rung in input.ownership.executables.rungs},
		"main_trees": input.ownership.main_trees,
		"directories": [directory.path |
			some directory in input.ownership.unowned_by_directory.items
			directory.executables > 0
		],
	}
}

_untraceable contains {"msg": msg, "subject": subject, "evidence": evidence} if {
	some file in array.slice(
		_unowned, 0,
		data.freehold.proprietary.traceable_executables.parameters.listed,
	)
	msg := sprintf(
		"%s is %s no package owns (layer %d)",
		[file.path, _kind_words[file.kind], file.layer],
	)
	subject := sprintf("path:%s", [file.path])
	evidence := {"path": file.path, "layer": file.layer, "side": file.side, "size": file.size}
}

_untraceable_count := count_in_base if {
	side.base_known
	executables := input.ownership.executables
	count_in_base := executables.base_total - executables.base_traceable
} else := input.ownership.executables.unowned

# The facts list executables first, the biggest first.
_unowned := [file |
	some file in input.ownership.unowned.items
	file.executable
	side.judged(file)
]

_kind_words := {
	"elf_program": "an ELF program",
	"elf_library": "an ELF library",
	"elf_other": "an ELF file",
	"script": "a script",
	"archive": "an archive",
	"symlink": "a link",
	"data": "an executable file",
}
