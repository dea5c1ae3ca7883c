# METADATA
# title: The image says which distribution it is built from
# description: >-
#   Scanners, support dates and every way back start from ID and VERSION_ID in os-release. An image
#   that leaves them out can only be understood by asking its maker, and some scanners report
#   nothing at all for it. An image with no distribution inside is not concerned.
# related_resources:
#   - ref: https://www.freedesktop.org/software/systemd/man/latest/os-release.html
# custom:
#   severity: medium
#   weight: 2
#   needs: [distro, elf, shells]
#   remediation: >-
#     Keep /usr/lib/os-release (and its link /etc/os-release) from the distribution's own package.
#   effort: low
#   stability: stable
#   controls:
#     nist_800_190: ["4.1.1"]
#     cra_annex_i: ["II.1"]
package freehold.distro.identified

import data.freehold.lib.distro
import data.freehold.lib.scratch

not_applicable := scratch.reason if scratch.is_scratch

deny contains {"msg": msg, "subject": "image", "evidence": {"markers": markers}} if {
	_unnamed
	markers := [marker.path | some marker in input.distro.markers]
	_carries_a_distro
	msg := sprintf("no os-release file gives an ID, yet the image holds %s", [_traces])
}

# A C library alone may be a slice of a distribution that left its description out.
warn contains {"msg": msg, "subject": "image", "evidence": {}} if {
	_unnamed
	not _carries_a_distro
	msg := "no os-release file gives an ID; programs use a C library of unnamed origin"
}

warn contains {"msg": msg, "subject": "image", "evidence": evidence} if {
	is_string(input.distro.id)
	is_null(input.distro.version_id)
	is_null(input.distro.version_codename)
	not _rolling
	msg := sprintf("os-release names %s and neither VERSION_ID nor VERSION_CODENAME", [distro.name])
	evidence := {"path": input.distro.os_release, "layer": input.distro.layer}
}

score := 0 if _unnamed

_unnamed if {
	is_null(input.distro.id)
	not scratch.is_scratch
}

_carries_a_distro if count(input.distro.markers) > 0

_carries_a_distro if count(input.shells) > 0

_traces := concat(", ", array.concat(
	[marker.path | some marker in input.distro.markers],
	[sprintf("the shell %s", [shell.path]) | some shell in input.shells],
))

_rolling if data.freehold.data.distros.entries[input.distro.id].release == "rolling"
