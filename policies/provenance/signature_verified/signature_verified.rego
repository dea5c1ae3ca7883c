# METADATA
# title: The image is signed by someone who was named beforehand
# description: >-
#   A good signature proves only that somebody signed. It says something once the signer is one that
#   was expected: a key, an identity, or a pin of a known vendor. A signature that is good and whose
#   signer nobody named is a warning, never a pass; one that cannot be checked for want of a key or
#   a trust root is unknown. Whoever names a signer with flags says who must have signed: then it is
#   a failure that nobody of those did.
# related_resources:
#   - ref: https://docs.sigstore.dev/cosign/verifying/verify/
#   - ref: https://slsa.dev/spec/v1.0/verifying-artifacts
# custom:
#   severity: high
#   weight: 4
#   needs: [image]
#   remediation: >-
#     Name the signer: --key, or --certificate-identity with --certificate-oidc-issuer, or a pin in
#     freehold.yaml. Ask the supplier who signs.
#   effort: low
#   stability: experimental
#   controls:
#     cis_docker_1.6: ["4.12"]
#     nist_800_190: ["4.1.5"]
#     nist_800_218: ["PS.2.1", "PW.4.1"]
#     s2c2f: ["AUD-1", "AUD-3"]
package freehold.provenance.signature_verified

import data.freehold.lib.attached
import data.freehold.lib.evidence

not_applicable := "there is no signature that could be right" if {
	count(_signed) == 0
	attached.absent("signature")
	not _named
}

unknown := msg if {
	count(_signed) == 0
	msg := sprintf("no signature was found, and %s", [attached.doubt("signature")])
} else := msg if {
	count(_signed) > 0
	not _verified
	not _named
	count(_authentic) == 0
	msg := sprintf("the signature cannot be checked (%s); `%s` would settle it", [
		_reason,
		evidence.trust_command,
	])
}

deny contains {"msg": msg, "subject": "image", "evidence": {"signers": _signers}} if {
	_named
	not _verified
	count(_signed) > 0
	msg := sprintf("none of those who were named signed it: %s", [_by_whom])
}

deny contains {"msg": msg, "subject": "image", "evidence": {}} if {
	_named
	count(_signed) == 0
	attached.absent("signature")
	msg := "nobody signed it, and signers were named"
}

warn contains {"msg": msg, "subject": "image", "evidence": {"signers": _signers}} if {
	not _verified
	not _named
	count(_authentic) > 0
	msg := sprintf("signed by %s, whom nobody named beforehand; `%s` would settle it", [
		_signers[0],
		evidence.trust_command,
	])
}

_named if input.trust.named_by == "flags"

_signed := array.concat(evidence.signatures, evidence.signed_statements)

_verified if {
	some item in _signed
	evidence.verified(item)
}

_authentic := [item |
	some item in _signed
	item.verification.verdict == "authentic"
	evidence.names_image(item)
]

_signers := sort({evidence.signer(item.verification) | some item in _authentic})

_by_whom := sprintf("%s did", [_signers[0]]) if {
	count(_signers) > 0
} else := _reason

default _reason := "it names no digest of this image"

_reason := _reasons[0] if {
	count(_reasons) > 0
}

_reasons := [item.verification.reason |
	some item in _signed
	is_string(item.verification.reason)
]
