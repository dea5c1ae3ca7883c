# METADATA
# title: The base is a distribution others can support
# description: >-
#   A general-purpose distribution has many suppliers, so a team can change supplier and keep the
#   image. A distribution derived from one keeps most of that; a maker's own distribution with
#   public recipes and repositories keeps the means to rebuild; a gated one keeps neither. This is
#   the only rule that judges which distribution it is: all others judge an image against the
#   distribution it declares. Tiers are partial credit; being another distribution never fails.
# related_resources:
#   - ref: https://www.freedesktop.org/software/systemd/man/latest/os-release.html
# custom:
#   severity: medium
#   weight: 4
#   needs: [distro, elf, shells]
#   remediation: >-
#     Choose a base of a mainstream distribution, or plan the way back to one: same package names,
#     public recipes, and a rebuild tried once.
#   effort: high
#   stability: stable
#   controls:
#     cis_docker_1.6: ["4.2"]
#     nist_800_190: ["4.1.5"]
#     nist_800_218: ["PW.4.1"]
package freehold.distro.mainstream_base

import data.freehold.lib.distro
import data.freehold.lib.scratch

not_applicable := scratch.reason if scratch.is_scratch

warn contains finding if {
	some finding in _findings
	not _gated
}

# Gated is a term of supply, not a kind of distribution.
deny contains finding if {
	some finding in _findings
	_gated
}

score := _tier.credit if _tier.credit < 1

_findings contains {"msg": msg, "subject": "image", "evidence": evidence} if {
	not scratch.is_scratch
	_tier.credit < 1
	msg := sprintf("%s: %s", [_named, _tier.reason])
	evidence := {"id": input.distro.id, "id_like": input.distro.id_like, "credit": _tier.credit}
}

_named := distro.name if is_string(input.distro.id)

_named := "no distribution is named" if is_null(input.distro.id)

_entry := data.freehold.data.distros.entries[input.distro.id]

_gated if {
	not _entry.public_repositories
	not _entry.public_recipes
	is_object(_entry)
}

default _tier := {"credit": 0, "reason": "nobody but its maker can say what it is built from"}

_tier := {"credit": 1, "reason": "mainstream"} if {
	_entry.kind == "mainstream"
} else := {"credit": 0.7, "reason": _reason_derived} if {
	_entry.kind == "derived"
	_entry.public_repositories
} else := {"credit": 0.5, "reason": _reason_own} if {
	_entry.public_recipes
	_entry.public_repositories
} else := {"credit": 0.2, "reason": _reason_partly} if {
	_entry.public_recipes
} else := {"credit": 0.2, "reason": _reason_gated} if {
	is_object(_entry)
} else := {"credit": 0.5, "reason": _reason_like} if {
	some id in input.distro.id_like
	data.freehold.data.distros.entries[id].kind == "mainstream"
} else := {"credit": 0.2, "reason": "not in the table of distributions, and like none that is"} if {
	is_string(input.distro.id)
}

_reason_derived := "derived from a mainstream distribution, with public repositories"

_reason_own := "a distribution of its own, with public recipes and repositories"

_reason_partly := "recipes are public, package repositories for outsiders are not"

_reason_gated := "a distribution of its own whose recipes and packages are not open to outsiders"

_reason_like := sprintf(
	"not in the table of distributions; says it is like %s",
	[concat(", ", input.distro.id_like)],
)
