# METADATA
# title: Packaged programs are what their packages installed
# description: >-
#   A program or library whose content is not what its package recorded was patched or replaced
#   outside the package system: the next update undoes it, no advisory matches it, and it may be an
#   attack; so does one that gained setuid. Other changed content and files that are gone are a
#   warning. Documentation, configuration, branding and what package tools write anew are meant to
#   be changed and no finding here.
# related_resources:
#   - ref: https://manpages.debian.org/bookworm/dpkg/dpkg.1.en.html
#   - ref: https://manpages.debian.org/bookworm/debsums/debsums.1.en.html
# custom:
#   severity: critical
#   weight: 4
#   needs: [integrity, package_databases]
#   remediation: >-
#     Install the patched build as a package of its own version; restore files that should not
#     differ.
#   effort: medium
#   stability: stable
#   controls:
#     cis_docker_1.6: ["4.11"]
#     s2c2f: ["AUD-3"]
#     nist_800_190: ["4.1.3"]
#     cra_annex_i: ["I.2.f"]
package freehold.proprietary.packages_unmodified

import data.freehold.lib.coverage

not_applicable := "no package is recorded, so no content is" if {
	_recorded == "nothing"
	coverage.complete({"package_databases"})
	not coverage.unread_database
}

unknown := msg if {
	_recorded == "unreadable"
	count(deny | warn) == 0
	msg := "the package database is deleted or unreadable, so there is nothing to compare with"
}

unknown := msg if {
	_recorded == "packages"
	input.ownership.digests_compared == 0
	msg := "the package database records no digest of any file in the image"
}

deny contains {"msg": msg, "subject": subject, "evidence": _evidence(file)} if {
	some file in input.ownership.modified.items
	_program(file)
	msg := sprintf("%s is not what %s installed (layer %d)", [file.path, file.package, file.layer])
	subject := sprintf("path:%s", [file.path])
}

# A shell or a key would not hide in a mode, but setuid does.
deny contains {"msg": msg, "subject": subject, "evidence": file} if {
	some file in input.ownership.attributes_changed.items
	_gains_privilege(file)
	msg := sprintf(
		"%s has mode %s where %s installed it with %s (layer %d)",
		[file.path, file.found, file.package, file.recorded, file.layer],
	)
	subject := sprintf("path:%s", [file.path])
}

warn contains finding if {
	some file in input.ownership.modified.items
	file.class == "content"
	not _program(file)
	not _meant_to_change(file.path)
	finding := {
		"msg": sprintf(
			"%s differs from what %s installed (layer %d)",
			[file.path, file.package, file.layer],
		),
		"subject": sprintf("path:%s", [file.path]),
		"severity": "medium",
		"evidence": _evidence(file),
	}
}

warn contains finding if {
	some file in input.ownership.attributes_changed.items
	file.class == "content"
	file.change in {"mode_changed", "owner_changed"}
	not _gains_privilege(file)
	finding := {
		"msg": sprintf(
			"%s has %s where %s recorded %s (layer %d)",
			[file.path, file.found, file.package, file.recorded, file.layer],
		),
		"subject": sprintf("path:%s", [file.path]),
		"severity": "low",
		"evidence": file,
	}
}

# What a package lost belongs together: one finding for each.
warn contains finding if {
	some name, gone in input.ownership.missing_by_package
	files := [file |
		some file in input.ownership.missing.items
		file.package == name
		file.class in {"content", "branding"}
	]
	layers := sort({file.removed_in | some file in files; is_number(file.removed_in)})
	finding := {
		"msg": sprintf("%s installed %s%s", [name, _gone(gone), _removed(layers)]),
		"subject": sprintf("pkg:%s", [name]),
		"severity": "medium",
		"evidence": object.union({"files": [file.path | some file in files]}, _by(layers)),
	}
}

_gone(number) := "a file that is gone" if {
	number == 1
} else := sprintf("%d files that are gone", [number])

# The layers that removed them, as far as a whiteout names them.
_removed(layers) := sprintf(" (removed in layer %d)", layers) if {
	count(layers) == 1
} else := sprintf(" (removed in layers %s)", [concat(", ", named)]) if {
	count(layers) > 1
	named := [sprintf("%d", [number]) | some number in layers]
} else := ""

# One layer is shown with the command that made it.
_by(layers) := {"layer": layers[0]} if {
	count(layers) == 1
} else := {"layers": layers} if {
	count(layers) > 1
} else := {}

# The first of a mode's four octal digits holds setuid (4) and setgid (2).
_gains_privilege(file) if {
	file.change == "mode_changed"
	file.executable
	is := to_number(substring(file.found, 0, 1))
	was := to_number(substring(file.recorded, 0, 1))
	bits.and(is, bits.negate(was)) >= 2
}

default _recorded := "nothing"

_recorded := "packages" if {
	some database in input.package_databases
	database.packages > 0
} else := "unreadable" if {
	some database in input.package_databases
	database.state in {"absent", "damaged"}
} else := "unreadable" if {
	coverage.unread_database
}

# Scripts below /etc are configuration, whether their package says so or not.
_program(file) if startswith(file.kind, "elf_")

_program(file) if {
	file.executable
	file.class == "content"
	not startswith(file.path, "/etc/")
}

_meant_to_change(path) if {
	some prefix in data.freehold.proprietary.packages_unmodified.parameters.meant_to_change
	startswith(path, prefix)
}

_evidence(file) := {
	"path": file.path,
	"layer": file.layer,
	"side": file.side,
	"package": file.package,
	"change": file.change,
	"class": file.class,
	"algorithm": file.algorithm,
	"recorded": file.recorded,
	"found": file.found,
}
