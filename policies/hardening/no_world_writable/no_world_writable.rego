# METADATA
# title: Nothing but sticky directories is writable by everyone
# description: >-
#   What any user may write, any user may replace: a script that root runs later, a library, a
#   configuration file. Directories with the sticky bit, such as /tmp, are left out.
# related_resources:
#   - ref: https://man7.org/linux/man-pages/man7/inode.7.html
# custom:
#   severity: medium
#   weight: 2
#   needs: [layout]
#   remediation: Run `chmod o-w` on it, or give it to the one user or group that must write there.
#   effort: low
#   stability: stable
#   controls:
#     nist_800_190: ["4.1.2"]
#     cra_annex_i: ["I.2.b"]
package freehold.hardening.no_world_writable

deny contains {"msg": msg, "subject": subject, "evidence": _evidence(entry)} if {
	some entry in input.layout.world_writable.items
	not _packaged_or_unknown(entry)
	msg := sprintf(
		"%s is writable by everyone, mode %s (layer %d)",
		[entry.path, entry.mode, entry.layer],
	)
	subject := sprintf("path:%s", [entry.path])
}

warn contains finding if {
	some entry in input.layout.world_writable.items
	_packaged_or_unknown(entry)
	finding := {
		"msg": sprintf(
			"%s is writable by everyone, mode %s; %s (layer %d)",
			[entry.path, entry.mode, _owner(entry), entry.layer],
		),
		"subject": sprintf("path:%s", [entry.path]),
		"severity": "low",
		"evidence": _evidence(entry),
	}
}

# Deleting the package database must not make an intruder look better.
score := 0 if {
	some entry in input.layout.world_writable.items
	is_null(entry.owner)
	not entry.owner_known
}

_packaged_or_unknown(entry) if {
	entry.side != "added"
	is_string(entry.owner)
}

_packaged_or_unknown(entry) if {
	entry.side != "added"
	not entry.owner_known
}

_owner(entry) := sprintf("package %s owns it", [entry.owner]) if {
	is_string(entry.owner)
} else := "whether a package owns it is not known"

_evidence(entry) := {
	"path": entry.path,
	"layer": entry.layer,
	"side": entry.side,
	"mode": entry.mode,
	"owner": entry.owner,
}
