# METADATA
# title: No tree of programs stands beside the packages
# description: >-
#   A directory full of programs that no package owns, such as /opt/vendor, is a second distribution
#   inside the first: it has no list of its own, no updates but its vendor's, and no way to be
#   replaced piece by piece. Where the base is known, what came with it is
#   judged; an application's own tree is its maker's.
# related_resources:
#   - ref: https://refspecs.linuxfoundation.org/FHS_3.0/fhs/ch03s13.html
# custom:
#   severity: medium
#   weight: 3
#   needs: [ownership, package_databases, elf, distro, shells, image]
#   remediation: >-
#     Ask for the software as packages, or for its build recipe and the list of what is in the tree.
#   effort: high
#   stability: stable
#   controls:
#     nist_800_190: ["4.1.5"]
package freehold.proprietary.opaque_trees

import data.freehold.lib.coverage
import data.freehold.lib.scratch
import data.freehold.lib.side

not_applicable := scratch.reason if scratch.is_scratch

# That everything is without an owner is said once, in proprietary.traceable_executables.
not_applicable := "without its package database every program is without an owner" if {
	coverage.database_deleted
	not scratch.is_scratch
}

deny contains _finding if {
	_is_tree
	_vendors_part
}

warn contains _finding if {
	_is_tree
	not _vendors_part
}

_is_tree if {
	not coverage.database_deleted
	_tree.bytes >= _parameters.least_bytes
	_tree.executables >= _parameters.least_executables
}

# What was added to a known base is not its vendor's, and is not judged.
_tree := input.ownership.main_trees.base if {
	side.base_known
} else := input.ownership.main_trees.unknown if {
	not side.base_known
}

# The tree is the vendor's where it stands in the base, or where the table knows whose it is.
_vendors_part if side.base_known

_vendors_part if is_string(_vendor)

_vendor := entry.name if {
	some entry in data.freehold.data.vendor_trees.entries
	entry.holds == "software"
	_below(_tree.path, entry.path)
}

_below(path, tree) if path == tree

_below(path, tree) if startswith(path, sprintf("%s/", [tree]))

_finding := {
	"msg": sprintf(
		"%s holds %d executables that no package owns (%v MiB, %v%s of all such bytes)%s%s",
		[
			_tree.path, _tree.executables, floor(_tree.bytes / 104857.6) / 10,
			round(_tree.share * 100), "%", _whose, side.note,
		],
	),
	"subject": sprintf("path:%s", [_tree.path]),
	"evidence": _tree,
}

default _whose := ""

_whose := sprintf(": %s keeps its software there", [_vendor]) if is_string(_vendor)

_parameters := data.freehold.proprietary.opaque_trees.parameters
