# METADATA
# title: No program is tied to a vendor's directory tree
# description: >-
#   An interpreter, run path or script's first line is fixed when a program is built. One that leads
#   into a tree of its own makes the program useless without that tree: whoever leaves the vendor
#   has to rebuild it. Trees anyone can install again (Nix, Guix, Homebrew) are half as bad. A tree
#   that only points at itself, as an application in /opt or a virtual environment does, is nobody's
#   business.
# related_resources:
#   - ref: https://refspecs.linuxfoundation.org/FHS_3.0/fhs/ch03s13.html
#   - ref: https://man7.org/linux/man-pages/man8/ld.so.8.html
# custom:
#   severity: medium
#   weight: 1
#   needs: [elf, distro, image]
#   remediation: >-
#     Use programs of the distribution's packages, or build them with a run path relative to
#     $ORIGIN and scripts with /usr/bin/env.
#   effort: medium
#   stability: experimental
package freehold.exit.no_vendor_paths

import data.freehold.lib.coverage
import data.freehold.lib.side

not_applicable := "no program, library or script names a path outside the system's directories" if {
	input.elf.vendor_paths.total == 0
	coverage.complete({"elf"})
}

deny contains finding if {
	some id, tree in _trees
	not tree.open
	some finding in _finding(id)
}

warn contains finding if {
	some id, tree in _trees
	tree.open
	some finding in _finding(id)
}

# Into somebody else's tree that no table knows.
warn contains {"msg": msg, "subject": subject, "severity": "low", "evidence": evidence} if {
	some path in _foreign
	files := sort([entry.path | some entry in _judged; _top(entry.target) == path; _leaves(entry)])
	msg := sprintf("%d files name paths in %s: %s", [count(files), path, _some(files)])
	subject := sprintf("path:%s", [path])
	evidence := {"path": path, "files": array.slice(files, 0, 10)}
}

_finding(id) := {{"msg": msg, "subject": subject, "evidence": evidence}} if {
	tree := data.freehold.data.vendor_trees.entries[id]
	files := sort([entry.path | some entry in _judged; _inside(entry.target, tree.path)])
	count(files) > 0
	msg := sprintf(
		"%d files name paths in %s, the tree of %s: %s%s",
		[count(files), tree.path, tree.name, _some(files), side.note],
	)
	subject := sprintf("path:%s", [tree.path])
	evidence := {"path": tree.path, "vendor": id, "files": array.slice(files, 0, 10)}
} else := set()

_trees[id] := tree if {
	some id, tree in data.freehold.data.vendor_trees.entries
	not input.distro.id in tree.own
}

# A run path that leads nowhere ties nothing: it is left over from the build.
_judged contains entry if {
	some entry in input.elf.vendor_paths.items
	side.judged(entry)
	_matters(entry)
}

_matters(entry) if entry.present

_matters(entry) if entry.kind != "run_path"

_foreign contains path if {
	some entry in _judged
	_leaves(entry)
	path := _top(entry.target)
}

# The file is outside the tree it names, and no table knows the tree.
_leaves(entry) if {
	entry.present
	not _inside(entry.path, _top(entry.target))
	not _listed(entry.target)
}

_listed(target) if {
	some tree in data.freehold.data.vendor_trees.entries
	_inside(target, tree.path)
}

_inside(path, tree) if path == tree

_inside(path, tree) if startswith(path, sprintf("%s/", [tree]))

# The first two components: /opt/name.
_top(path) := concat("/", array.slice(split(path, "/"), 0, 3))

_some(files) := concat(", ", array.slice(files, 0, 3)) if {
	count(files) < 4
} else := sprintf("%s and others", [concat(", ", array.slice(files, 0, 3))])
