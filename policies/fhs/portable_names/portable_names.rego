# METADATA
# title: File names survive a copy
# description: >-
#   A name that is not UTF-8, holds a control character, is over-long, or differs from its neighbour
#   by case alone is changed, refused or merged with another file when the tree is copied to another
#   file system, archive or tool; characters that Windows refuses break a checkout there. Names that
#   packages and their tools brought are the distribution's and not judged.
# related_resources:
#   - ref: https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap03.html
#   - ref: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
# custom:
#   severity: low
#   weight: 1
#   needs: [layout, ownership]
#   remediation: Rename the files, or pack them into an archive the program reads.
#   effort: low
#   stability: stable
package freehold.fhs.portable_names

unknown := msg if {
	count(_unclear) > 0
	count(deny) == 0
	msg := sprintf("whether packages brought %d such names is not known", [count(_unclear)])
}

deny contains _finding(entry) if {
	some entry in array.slice(_charged, 0, _listed)
	_breaks(entry)
}

warn contains _finding(entry) if {
	some entry in array.slice(_charged, 0, _listed)
	not _breaks(entry)
}

_listed := data.freehold.fhs.portable_names.parameters.listed

_charged := [entry |
	some entry in input.layout.unportable_names.items
	is_null(entry.owner)
	entry.owner_known
	not entry.generated
]

_unclear := [entry |
	some entry in input.layout.unportable_names.items
	not entry.owner_known
]

# Two files become one, or the name cannot be written at all; the others break on Windows alone.
_breaks(entry) if {
	some problem in entry.problems
	problem in {"not_utf8", "control_character", "case_clash", "long_name"}
}

_words := {
	"not_utf8": "is not UTF-8",
	"control_character": "holds a control character",
	"case_clash": "differs by case alone from a name beside it",
	"long_name": "is longer than 255 bytes",
	"trailing_dot_or_space": "ends with a dot or a space, which Windows drops",
	"reserved_character": "holds a character Windows refuses",
}

_finding(entry) := {
	"msg": sprintf(
		"%s: its name %s (layer %d)",
		[entry.path, concat(" and ", [_words[problem] | some problem in entry.problems]), entry.layer],
	),
	"subject": sprintf("path:%s", [entry.path]),
	"evidence": {
		"path": entry.path,
		"layer": entry.layer,
		"side": entry.side,
		"problems": entry.problems,
	},
}
