# METADATA
# title: Everything in the image names the same distribution
# description: >-
#   Files beside os-release, such as /etc/debian_version, come from the distribution's packages.
#   Where they name another distribution or release, one of the two was edited or two distributions
#   were mixed, and scanners match the wrong advisories. A maker's name in NAME, PRETTY_NAME or
#   HOME_URL is branding: information, and no contradiction.
# related_resources:
#   - ref: https://www.freedesktop.org/software/systemd/man/latest/os-release.html
# custom:
#   severity: medium
#   weight: 1
#   needs: [distro]
#   remediation: >-
#     Restore os-release and the marker files from the packages that own them; do not mix packages
#     of two distributions.
#   effort: medium
#   stability: stable
package freehold.distro.consistent_identity

import data.freehold.lib.coverage
import data.freehold.lib.distro

not_applicable := "os-release gives no ID to contradict" if {
	is_null(input.distro.id)
	coverage.complete({"distro"})
}

deny contains {"msg": msg, "subject": subject, "evidence": evidence} if {
	is_string(input.distro.id)
	some marker in input.distro.markers
	count(distro.families_of(marker.family) & distro.families) == 0
	msg := sprintf(
		"%s speaks for %s, os-release says %s (layer %d)",
		[marker.path, marker.family, input.distro.id, marker.layer],
	)
	subject := sprintf("path:%s", [marker.path])
	evidence := {"path": marker.path, "layer": marker.layer, "text": marker.text}
}

deny contains {"msg": msg, "subject": subject, "evidence": evidence} if {
	some marker in input.distro.markers
	marker.family == input.distro.id
	compared := _compared_parts[marker.path]
	stated := _numbers(input.distro.version_id, compared)
	found := _numbers(marker.text, compared)
	stated != found
	msg := sprintf(
		"%s says %s, VERSION_ID says %s (layer %d)",
		[marker.path, marker.text, input.distro.version_id, marker.layer],
	)
	subject := sprintf("path:%s", [marker.path])
	evidence := {"path": marker.path, "layer": marker.layer, "text": marker.text}
}

warn contains {"msg": msg, "subject": "image", "severity": "info", "evidence": evidence} if {
	is_string(input.distro.pretty_name)
	entry := data.freehold.data.distros.entries[input.distro.id]
	not _branded_as_itself(lower(input.distro.pretty_name), entry)
	msg := sprintf("os-release is branded %s on %s", [input.distro.pretty_name, entry.name])
	evidence := {"path": input.distro.os_release, "home_url": input.distro.home_url}
}

# Branding alone costs nothing.
score := 1 if count(deny) == 0

_branded_as_itself(names, entry) if {
	some word in entry.brand
	contains(names, word)
}

# How many parts of the version each file shares with VERSION_ID.
_compared_parts := {"/etc/debian_version": 1, "/etc/alpine-release": 2}

_numbers(text, parts) := array.slice(stated, 0, parts) if {
	is_string(text)
	regex.match(`^[0-9]+(\.[0-9]+)*`, text)
	stated := split(regex.find_n(`^[0-9]+(\.[0-9]+)*`, text, 1)[0], ".")
}
