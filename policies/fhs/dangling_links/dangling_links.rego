# METADATA
# title: Links lead somewhere
# description: >-
#   A link to nothing is a file that was removed and is still asked for: a program that cannot start
#   or a library that cannot load. Links that packages brought are the distribution's own and noted;
#   what only a running container has (/proc, /dev, /run) and documentation that images leave out
#   count as there. A link of nobody's among programs and libraries fails, elsewhere it warns.
# related_resources:
#   - ref: https://man7.org/linux/man-pages/man7/symlink.7.html
# custom:
#   severity: low
#   weight: 1
#   needs: [layout, ownership]
#   remediation: Remove the link, or put back what it leads to.
#   effort: low
#   stability: stable
package freehold.fhs.dangling_links

unknown := msg if {
	count(_unclear) > 0
	count(deny) == 0
	msg := sprintf("whether packages brought %d links that lead nowhere is not known", [count(_unclear)])
}

deny contains _finding(link) if {
	some link in array.slice(_charged, 0, _listed)
	_among_programs(link.path)
}

warn contains _finding(link) if {
	some link in array.slice(_charged, 0, _listed)
	not _among_programs(link.path)
}

warn contains {"msg": msg, "subject": "image", "severity": "info", "evidence": evidence} if {
	count(_packaged) > 0
	msg := sprintf("links that packages brought lead nowhere, as %s: %d of them", [
		_packaged[0].path,
		count(_packaged),
	])
	evidence := {"paths": [link.path | some link in array.slice(_packaged, 0, _listed)]}
}

# What the distribution brings costs nothing.
score := 1 if {
	count(_charged) == 0
	count(_unclear) == 0
}

_listed := data.freehold.fhs.dangling_links.parameters.listed

_charged := [link |
	some link in input.layout.dangling_links.items
	is_null(link.owner)
	link.owner_known
	not link.generated
]

_unclear := [link |
	some link in input.layout.dangling_links.items
	not link.owner_known
]

_packaged := [link |
	some link in input.layout.dangling_links.items
	_brought_by_package(link)
]

_brought_by_package(link) if is_string(link.owner)

_brought_by_package(link) if link.generated

_among_programs(path) if {
	some directory in data.freehold.fhs.dangling_links.parameters.program_directories
	startswith(path, directory)
}

_finding(link) := {
	"msg": sprintf("%s leads nowhere: %s (layer %d)", [link.path, _target(link), link.layer]),
	"subject": sprintf("path:%s", [link.path]),
	"evidence": {
		"path": link.path,
		"layer": link.layer,
		"side": link.side,
		"target": link.target,
	},
}

_target(link) := sprintf("it goes in circles by way of %s", [link.target]) if {
	link.circular
} else := sprintf("%s is not in the image", [link.target])
