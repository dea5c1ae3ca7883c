# METADATA
# title: No private key is in the image
# description: >-
#   Whoever can pull an image can read every key in it, in every layer and for as long as any copy
#   exists. A key that a package owns is the same in every installation, so it protects nothing and
#   is only reported; so are keys in the test data of language libraries, which are published with
#   them. Only the start of the file is looked at, never kept.
# related_resources:
#   - ref: https://www.rfc-editor.org/rfc/rfc7468
# custom:
#   severity: critical
#   weight: 4
#   needs: [private_keys]
#   remediation: >-
#     Remove the key from the layer that brings it, not in a later one, replace it everywhere it was
#     used, and mount the new one at run time.
#   effort: medium
#   stability: stable
#   controls:
#     cis_docker_1.6: ["4.10"]
#     nist_800_190: ["4.1.4"]
#     disa_container_guide: ["CCI-002367"]
package freehold.hardening.no_private_keys

deny contains {"msg": msg, "subject": subject, "evidence": _evidence(key)} if {
	some key in input.private_keys.items
	not _published(key)
	msg := sprintf(
		"%s holds %s %s (layer %d)",
		[key.path, _words(key), _unowned_words(key), key.layer],
	)
	subject := sprintf("path:%s", [key.path])
}

warn contains finding if {
	some key in input.private_keys.items
	reason := _published(key)
	finding := {
		"msg": sprintf("%s holds %s; %s (layer %d)", [key.path, _words(key), reason, key.layer]),
		"subject": sprintf("path:%s", [key.path]),
		"severity": "info",
		"evidence": _evidence(key),
	}
}

# Keys everybody has cost nothing.
score := 1 if count(deny) == 0

_published(key) := sprintf("package %s owns it, so everybody has it", [key.owner]) if {
	is_string(key.owner)
} else := "test data of a language library, so everybody has it" if {
	some pattern in data.freehold.hardening.no_private_keys.parameters.test_data
	regex.match(pattern, key.path)
}

_words(key) := sprintf("an encrypted %s", [lower(key.label)]) if {
	key.encrypted
} else := sprintf("a private key (%s)", [key.label])

_unowned_words(key) := "no package owns" if {
	key.owner_known
} else := "whose owner cannot be said"

_evidence(key) := {
	"path": key.path,
	"layer": key.layer,
	"side": key.side,
	"label": key.label,
	"encrypted": key.encrypted,
	"owner": key.owner,
}
