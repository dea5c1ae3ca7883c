# METADATA
# title: Packages come from the declared distribution's own repositories
# description: >-
#   Whoever runs the repositories decides what can be installed and updated. They are judged against
#   the distribution the image declares: a distribution's own repositories are official whoever
#   makes it. Another supplier's public repository is a warning; one that needs an account, a token
#   or a contract fails, as updates end with the contract.
# related_resources:
#   - ref: https://wiki.debian.org/SourcesList
#   - ref: https://wiki.alpinelinux.org/wiki/Repositories
# custom:
#   severity: medium
#   weight: 3
#   needs: [repositories, distro, image]
#   remediation: >-
#     Point the image at the distribution's repositories, or mirror the supplier's packages where
#     you keep them after the contract.
#   effort: medium
#   stability: stable
#   controls:
#     cis_docker_1.6: ["4.11"]
#     s2c2f: ["ING-1"]
package freehold.proprietary.official_repositories

import data.freehold.lib.coverage
import data.freehold.lib.distro
import data.freehold.lib.repositories
import data.freehold.lib.side

not_applicable := "no package repository is configured" if {
	count(_configured) == 0
	coverage.complete({"repositories"})
}

unknown := msg if {
	count(_configured) > 0
	count(distro.ids(_table.entries)) == 0
	msg := sprintf("no list of official repositories for %s", [distro.name])
}

deny contains {"msg": msg, "subject": subject, "evidence": _evidence(repository)} if {
	some repository in _foreign
	reason := _gated(repository)
	msg := sprintf("%s %s%s", [repositories.address(repository), reason, side.note])
	subject := repositories.subject(repository)
}

warn contains {"msg": msg, "subject": subject, "evidence": _evidence(repository)} if {
	some repository in _foreign
	not _gated(repository)
	msg := sprintf("%s is %s%s", [repositories.address(repository), _owner(repository), side.note])
	subject := repositories.subject(repository)
}

_table := data.freehold.data.official_repositories

_configured := [repository |
	some repository in input.repositories
	repository.enabled
	side.judged(repository)
]

_foreign := [repository |
	some repository in _configured
	not _official(repository)
]

_official(repository) if {
	some id in distro.ids(_table.entries)
	some location in _table.entries[id].locations
	repositories.at(repository, location)
	not repository.credentials
}

_gated(repository) := "is reached with credentials written into the image" if {
	repository.credentials
} else := reason if {
	some vendor in _vendors(repository)
	vendor.access == "gated"
	reason := sprintf("belongs to %s and needs an account, token or contract", [vendor.vendor])
}

_owner(repository) := sprintf("a vendor repository of %s, not of %s", [vendor, distro.name]) if {
	vendor := [entry.vendor |
		some entry in _table.vendors
		repositories.in_domain(repository.host, entry.domain)
	][0]
} else := "a path inside the image" if {
	is_null(repository.host)
} else := sprintf("no official repository of %s", [distro.name])

# Vendors whose public part the repository is not in.
_vendors(repository) := [vendor |
	some vendor in _table.vendors
	repositories.in_domain(repository.host, vendor.domain)
	not _public_part(repository, vendor)
]

_public_part(repository, vendor) if {
	some path in vendor.public_paths
	regex.match(path, repositories.path(repository))
}

_evidence(repository) := {
	"path": repository.path,
	"layer": repository.layer,
	"side": repository.side,
	"url": repository.url,
}
