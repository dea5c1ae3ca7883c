# METADATA
# title: Nothing but standard entries in the root directory
# description: >-
#   FHS 3.0 section 3.1 keeps applications out of `/`. A team's own /app is a small matter and only
#   a warning; a directory that a vendor's images rely on ties volumes, scripts and charts to that
#   vendor.
# related_resources:
#   - ref: https://refspecs.linuxfoundation.org/FHS_3.0/fhs/ch03.html
# custom:
#   severity: low
#   weight: 1
#   needs: [layout, distro, elf, shells]
#   remediation: Move programs to /opt/<name> or /usr/local and data to /srv or /var/lib/<name>.
#   effort: medium
#   stability: stable
package freehold.fhs.no_foreign_top_level

import data.freehold.lib.scratch

not_applicable := scratch.reason if scratch.is_scratch

deny contains {"msg": msg, "subject": subject, "evidence": _evidence(entry)} if {
	some entry in _foreign
	vendor := data.freehold.data.fhs.vendor_directories[entry.name].vendor
	msg := sprintf("%s is a directory of %s images (layer %d)", [entry.path, vendor, entry.layer])
	subject := sprintf("path:%s", [entry.path])
}

warn contains {"msg": msg, "subject": subject, "evidence": _evidence(entry)} if {
	some entry in _foreign
	not data.freehold.data.fhs.vendor_directories[entry.name]
	msg := sprintf("%s is not in the standard hierarchy (layer %d)", [entry.path, entry.layer])
	subject := sprintf("path:%s", [entry.path])
}

_foreign := [entry |
	not scratch.is_scratch
	some entry in input.layout.top_level
	not data.freehold.data.fhs.root[entry.name]
]

_evidence(entry) := {
	"path": entry.path,
	"layer": entry.layer,
	"side": entry.side,
	"kind": entry.kind,
	"owner": entry.owner,
}
