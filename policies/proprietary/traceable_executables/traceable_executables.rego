# METADATA
# title: Executables can be traced to packages
# description: >-
#   An executable that belongs to a package has a name, a version, a source and a way to be updated.
#   One that belongs to none can only be replaced by whoever put it there. One that says itself what
#   it was built from, or that an SBOM declares, is between the two. The credit is the mean over all
#   executables. Deleting the package database traces nothing and fails; a damaged one is unknown.
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
	_total == 0
	not scratch.is_scratch
	coverage.complete({"ownership", "elf"})
}

unknown := msg if {
	not coverage.database_deleted
	not _settled
	msg := sprintf(
		"%d of %d executables cannot be judged: a package database could not be read",
		[_undetermined, _total],
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
	_fails
	some finding in _untraceable
}

warn contains finding if {
	not _fails
	some finding in _untraceable
}

_fails if {
	_credit < _minimum
	_settled
	not _own_program
}

# An application may be anybody's own work: without its base the vendor's part cannot be told apart.
_own_program if {
	input.image.role.name == "app"
	not side.base_known
}

score := 0 if {
	coverage.database_deleted
} else := _credit if {
	_credit < 1
	_settled
}

_parameters := data.freehold.proprietary.traceable_executables.parameters

_minimum := _parameters.minimum

_total := input.ownership.executables.base_total if {
	side.base_known
} else := input.ownership.executables.total

# Executables on each rung that has any.
_rungs := {rung.rung: rung.base_files |
	some rung in input.ownership.executables.rungs
	rung.base_files > 0
} if {
	side.base_known
} else := {rung.rung: rung.files |
	some rung in input.ownership.executables.rungs
	rung.files > 0
}

# Whose owner cannot be said stands on no rung.
_undetermined := _total - sum([files | some files in _rungs])

_worth(name) := object.get(_parameters.credit, name, 0)

_credit := sum([worth |
	some name, files in _rungs
	worth := _worth(name) * files
]) / _total if {
	_total > 0
}

# Files whose owner cannot be said settle nothing, unless either reading of them says the same.
_settled if _credit >= _minimum

_settled if {
	_total > 0
	_undetermined == 0
}

_settled if {
	_total > 0
	_credit + (_undetermined / _total) < _minimum
}

_packaged := sum([files |
	some name, files in _rungs
	not name in {"unowned", "self_described", "sbom_declared"}
])

_untraceable contains {"msg": msg, "subject": "image", "evidence": evidence} if {
	count(_short) > 0
	msg := sprintf(
		"%v%s of executables can be traced to a package; %s%s",
		[floor((_packaged / _total) * 1000) / 10, "%", concat(" and ", _short), side.note],
	)
	evidence := {
		"credit": _credit,
		"rungs": _rungs,
		"main_trees": input.ownership.main_trees,
		"directories": [directory.path |
			some directory in input.ownership.unowned_by_directory.items
			directory.executables > 0
		],
	}
}

_untraceable contains {"msg": msg, "subject": subject, "evidence": evidence} if {
	some file in array.slice(_unowned, 0, _parameters.listed)
	msg := sprintf(
		"%s is %s no package owns (layer %d)",
		[file.path, _kind_words[file.kind], file.layer],
	)
	subject := sprintf("path:%s", [file.path])
	evidence := {"path": file.path, "layer": file.layer, "side": file.side, "size": file.size}
}

# What falls short of the full credit, the lowest rung first.
_short := [words |
	some [name, text] in [
		["unowned", "%d cannot"],
		["self_described", "%d say themselves what they were built from"],
		["sbom_declared", "%d are declared by an SBOM"],
		["package_owned", "%d are of packages whose record of them does not match or is missing"],
		["digest_matches", "%d are of packages that name no source"],
		["source_named", "%d are of packages that name no commit of it"],
		["source_commit_named", "%d have no verified provenance"],
	]
	_worth(name) < 1
	files := _rungs[name]
	words := sprintf(text, [files])
]

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
}
