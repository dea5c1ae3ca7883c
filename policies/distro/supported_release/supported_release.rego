# METADATA
# title: The release still gets security updates
# description: >-
#   After its end of support a release collects known holes that nobody fixes. The date is that of
#   updates anyone can install: a public extension (Debian LTS) counts, one behind a contract does
#   not. A rolling distribution, or one whose VERSION_ID never moves, has no such date: its support
#   ends with its vendor, which is a thing to know and no end of life.
# related_resources:
#   - ref: https://wiki.debian.org/LTS
#   - ref: https://ubuntu.com/about/release-cycle
#   - ref: https://alpinelinux.org/releases/
#   - ref: https://access.redhat.com/support/policy/updates/errata
# custom:
#   severity: high
#   weight: 3
#   needs: [distro, elf, shells]
#   remediation: Move to a release with years ahead of it; rebuild on the next one before the date.
#   effort: medium
#   stability: stable
#   controls:
#     nist_800_190: ["4.2.2"]
#     s2c2f: ["SCA-3"]
#     cra_annex_i: ["I.2.c", "II.8"]
#     osps_baseline: ["DO-05.01"]
package freehold.distro.supported_release

import data.freehold.lib.distro
import data.freehold.lib.scratch

not_applicable := scratch.reason if scratch.is_scratch

unknown := "os-release names no distribution to look up" if {
	is_null(input.distro.id)
	not scratch.is_scratch
}

unknown := msg if {
	is_string(input.distro.id)
	not _open_ended
	not _end
	msg := sprintf("no support date is known for %s", [distro.label])
}

deny contains {"msg": msg, "subject": "image", "evidence": _evidence} if {
	_days_left < 0
	msg := sprintf("%s got its last public security update on %s%s", [distro.label, _end, _paid])
}

deny contains {"msg": msg, "subject": "image", "evidence": _evidence} if {
	date := _distro.discontinued
	_days_until(date) < 0
	msg := sprintf("%s was reported as discontinued on %s", [distro.name, date])
}

warn contains {"msg": msg, "subject": "image", "evidence": _evidence} if {
	_days_left >= 0
	_days_left <= data.freehold.distro.supported_release.parameters.warn_days
	msg := sprintf("%s is supported until %s, days left: %d", [distro.label, _end, _days_left])
}

warn contains {"msg": msg, "subject": "image", "severity": "low", "evidence": _evidence} if {
	_days_left > data.freehold.distro.supported_release.parameters.warn_days
	_days_until(_release.standard) < 0
	msg := sprintf(
		"%s left regular support on %s; public long-term support lasts until %s",
		[distro.label, _release.standard, _end],
	)
}

warn contains {"msg": msg, "subject": "image", "severity": "medium", "evidence": _evidence} if {
	_open_ended
	not _distro.discontinued
	msg := sprintf("%s has no end-of-support date: it ends with its vendor", [distro.label])
}

# A public extension is nearly as good as regular support.
score := 0.8 if {
	_days_left > data.freehold.distro.supported_release.parameters.warn_days
	_days_until(_release.standard) < 0
}

_distro := data.freehold.data.distros.entries[input.distro.id]

_open_ended if {
	_distro.release in {"rolling", "frozen"}
	not input.distro.version_id in object.get(_distro, "fixed_versions", [])
}

_release := _releases[_version_keys[0]]

_version_keys := [key | some key in _candidates; _releases[key]]

# The most exact key first: 15.6, then 15.
_candidates := [concat(".", array.slice(parts, 0, n)) |
	is_string(input.distro.version_id)
	parts := split(input.distro.version_id, ".")
	some n in [4, 3, 2, 1]
	n <= count(parts)
]

_releases := data.freehold.data.support_dates.entries[input.distro.id].releases

# Last day of public updates: the table's, else what os-release states itself.
_end := _release.free if {
	not _open_ended
} else := _release.standard if {
	not _open_ended
} else := input.distro.support_end if {
	is_string(input.distro.support_end)
	regex.match(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`, input.distro.support_end)
}

_days_left := _days_until(_end)

# Whole days to the end of the given day; negative once it is over.
_days_until(date) := floor((end - now) / 86400000000000) if {
	end := time.parse_rfc3339_ns(sprintf("%sT23:59:59Z", [date]))
	now := time.parse_rfc3339_ns(data.freehold.now)
}

default _paid := ""

_paid := sprintf("; updates until %s need a contract", [_release.paid]) if {
	_release.paid
}

_evidence := {"path": input.distro.os_release, "layer": input.distro.layer}
