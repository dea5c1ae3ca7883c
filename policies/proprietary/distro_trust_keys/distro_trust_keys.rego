# METADATA
# title: Package tools trust the declared distribution's keys alone
# description: >-
#   Whoever holds a trusted key can put software into the image through an update. Keys the
#   distribution's keyring package installed, or that are known as its own, are expected; another
#   supplier's key is a warning, and the key to a gated archive fails. A repository that is accepted
#   without a signature fails too.
# related_resources:
#   - ref: https://wiki.debian.org/SecureApt
#   - ref: https://wiki.alpinelinux.org/wiki/Alpine_Package_Keeper
# custom:
#   severity: medium
#   weight: 2
#   needs: [trust_keys, repositories, distro, image]
#   remediation: >-
#     Remove keys of suppliers you do not use; bind those you need to one repository with signed-by.
#   effort: low
#   stability: stable
#   controls:
#     cis_docker_1.6: ["4.11"]
#     nist_800_190: ["4.1.5"]
package freehold.proprietary.distro_trust_keys

import data.freehold.lib.coverage
import data.freehold.lib.distro
import data.freehold.lib.packages
import data.freehold.lib.repositories
import data.freehold.lib.side

not_applicable := "no package tool in the image trusts any key" if {
	count(_keys) == 0
	count(_unsigned) == 0
	coverage.complete({"trust_keys", "repositories"})
}

unknown := msg if {
	count(_keys) > 0
	count(distro.ids(_table.entries)) == 0
	msg := sprintf("no list of keys for %s", [distro.name])
}

deny contains {"msg": msg, "subject": subject, "evidence": _evidence(key)} if {
	some key in _foreign
	_vendor(key).access == "gated"
	msg := sprintf(
		"%s opens a gated archive of %s (layer %d)%s",
		[key.path, _vendor(key).vendor, key.layer, side.note],
	)
	subject := sprintf("key:%s", [key.fingerprint])
}

deny contains {"msg": msg, "subject": subject, "evidence": evidence} if {
	some repository in _unsigned
	msg := sprintf(
		"%s is accepted without a signature (%s)",
		[repositories.address(repository), repository.path],
	)
	subject := repositories.subject(repository)
	evidence := {"path": repository.path, "layer": repository.layer, "side": repository.side}
}

warn contains {"msg": msg, "subject": subject, "evidence": _evidence(key)} if {
	some key in _foreign
	_vendor(key).access != "gated"
	msg := sprintf(
		"%s is a key of %s, not of %s (layer %d)%s",
		[key.path, _vendor(key).vendor, distro.name, key.layer, side.note],
	)
	subject := sprintf("key:%s", [key.fingerprint])
}

_table := data.freehold.data.distro_keys

_keys := [key | some key in input.trust_keys; side.judged(key)]

_foreign := [key | some key in _keys; not _official(key)]

_unsigned := [repository |
	some repository in input.repositories
	repository.enabled
	repository.unsigned_allowed
	side.judged(repository)
]

_entries := [_table.entries[id] | some id in distro.ids(_table.entries)]

_official(key) if {
	is_string(key.owner)
	some entry in _entries
	packages.bare_name(key.owner) in entry.packages
}

_official(key) if {
	some entry in _entries
	entry.fingerprints[key.fingerprint]
}

_official(key) if {
	key.kind == "apk_rsa"
	some entry in _entries
	_named_like(key, entry)
}

_vendor(key) := matches[0] if {
	matches := [vendor | some vendor in _table.vendors; _named_like(key, vendor)]
	count(matches) > 0
} else := {"vendor": sprintf("package %s", [key.owner]), "access": "unknown"} if {
	is_string(key.owner)
} else := {"vendor": "an unlisted supplier", "access": "unknown"}

_named_like(key, entry) if {
	some pattern in entry.files
	regex.match(pattern, regex.replace(key.path, `^.*/`, ""))
}

_evidence(key) := {
	"path": key.path,
	"layer": key.layer,
	"side": key.side,
	"owner": key.owner,
	"user_ids": key.user_ids,
}
