# METADATA
# title: No signature is wrong
# description: >-
#   A signature that does not fit its content, its subject, its certificate or its log entry means
#   that something was changed after it was signed, or was never signed as it says. Signatures that
#   merely cannot be checked are unknown. Beside one that is verified a wrong one is a warning: who
#   may push to the repository can put it there.
# related_resources:
#   - ref: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
#   - ref: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
# custom:
#   severity: critical
#   weight: 3
#   needs: [image]
#   remediation: >-
#     Do not use the image before its supplier has explained the signature; fetch it again from the
#     supplier's own registry, by digest.
#   effort: medium
#   stability: experimental
#   controls:
#     nist_800_190: ["4.1.5"]
#     nist_800_218: ["PS.2.1", "PW.4.4"]
#     s2c2f: ["AUD-3"]
package freehold.provenance.signature_invalid

import data.freehold.lib.attached
import data.freehold.lib.evidence

not_applicable := "nothing is signed" if {
	count(_signed) == 0
	attached.absent("signature")
}

unknown := msg if {
	count(_invalid) == 0
	msg := sprintf("none was found, and %s", [attached.doubt("signature")])
} else := msg if {
	count(_invalid) == 0
	count(_doubtful) > 0
	msg := sprintf(
		"%s names a digest that may be the index of this image; name the image by its tag",
		[evidence.name(_doubtful[0])],
	)
} else := msg if {
	count(_invalid) == 0
	item := _unverifiable[0]
	msg := sprintf("the signature in %s cannot be checked: %s", [
		evidence.name(item),
		object.get(item.verification, "reason", "no reason is given"),
	])
}

deny contains _finding(item) if {
	some item in _invalid
	not _another_holds
}

# Anyone who may push to the repository can put a wrong signature beside a right one.
warn contains _finding(item) if {
	some item in _invalid
	_another_holds
}

_finding(item) := {"msg": msg, "subject": evidence.subject(item), "evidence": found} if {
	msg := sprintf("the signature in %s is wrong: %s", [
		evidence.name(item),
		object.get(item.verification, "reason", "no reason is given"),
	])
	found := {"artifact": item.origin.artifact, "digest": item.origin.digest}
}

_another_holds if {
	some item in _signed
	evidence.verified(item)
}

_unverifiable := [item | some item in _signed; item.verification.verdict == "unverifiable"]

_invalid := [item |
	some item in _signed
	item.verification.verdict == "invalid"
	not _in_doubt(item)
]

_doubtful := [item | some item in _signed; _in_doubt(item)]

_in_doubt(item) if {
	item.verification.verdict == "invalid"
	evidence.may_be_index(item)
}

_signed := [item |
	some item in array.concat(input.signatures.items, input.attestations.items)
	item.verification.verdict != "unsigned"
]
