# METADATA
# title: The evidence of the image
# description: >-
#   What counts as evidence of this image: it is not signed wrongly, and it does not speak of
#   another image. Whoever signed it is another question, and `verified` the answer.
package freehold.lib.evidence

# Not refuted. An invalid signature is provenance.signature_invalid's, another image
# provenance.evidence_same_subject's.
counts(item) if {
	item.verification.verdict != "invalid"
	item.subject.is != "another_image"
}

# Names a digest of this image.
names_image(item) if item.subject.is in {"platform", "index"}

# It was given for an image named by the digest of one platform, whose index is not known.
may_be_index(item) if {
	item.subject.is == "another_image"
	item.origin.kind == "given"
	is_null(input.image.index_digest)
}

# Signed by a signer who was named beforehand, over a digest of this image.
verified(item) if {
	item.verification.verdict == "verified"
	names_image(item)
}

# Statements about this image. One that names none of its digests may be about any.
statements(kind) := [statement |
	some statement in input.attestations.items
	statement.kind == kind
	counts(statement)
	names_image(statement)
]

# Statements by which a maker signs what was made. Who tests, scans or judges an image signs what
# came of it, which may be the worst, and so vouches for nothing.
signed_statements := [statement |
	some statement in input.attestations.items
	statement.kind in {"provenance", "sbom", "image_configuration", "image_signature"}
	counts(statement)
	names_image(statement)
	statement.verification.verdict != "unsigned"
]

signatures := [signature | some signature in input.signatures.items; counts(signature)]

# Provenance that could be read, that of the best signature: what a signer answers for goes before
# what anyone could have written.
provenance := [statement |
	some verdict in ["verified", "authentic", "unverifiable", "unsigned"]
	some statement in statements("provenance")
	statement.verification.verdict == verdict
	is_object(statement.provenance)
][0]

# Why provenance that is there could not be read.
provenance_unread := [statement.unread |
	some statement in statements("provenance")
	is_string(statement.unread)
][0]

# SBOMs of the image or its base, by what they list, whichever digest they name. Those of single
# packages say nothing of the image, nor does one that lists nothing, unless there is nothing to list.
sboms := [sbom | some sbom in _of_image; not _lists_nothing(sbom)]

empty_sboms := [sbom | some sbom in _of_image; _lists_nothing(sbom)]

_of_image := [sbom |
	some sbom in input.sboms.items
	sbom.format != "unrecognised"
	sbom.scope in {"image", "base"}
	sbom.verification.verdict != "invalid"
]

_lists_nothing(sbom) if {
	sbom.components == 0
	count(input.packages) > 0
}

# SBOMs of which it could not be told what they describe.
unclear_sboms := [sbom |
	some sbom in input.sboms.items
	sbom.format != "unrecognised"
	sbom.scope == "unknown"
	sbom.verification.verdict != "invalid"
]

# The one that lists the most of the image, and of those the most precise.
compared_sbom := [sbom |
	some recall in _recalls
	some precision in _precisions
	some sbom in _compared
	sbom.accuracy.overall.recall == recall
	sbom.accuracy.overall.precision == precision
][0]

_compared := [sbom |
	some sbom in sboms
	is_object(sbom.accuracy)
	is_number(sbom.accuracy.overall.recall)
]

_recalls := _descending({sbom.accuracy.overall.recall | some sbom in _compared})

_precisions := _descending({sbom.accuracy.overall.precision | some sbom in _compared})

_descending(shares) := array.reverse(sort(shares))

# How messages name a piece of evidence.
name(item) := sprintf("the file %s", [item.origin.path]) if {
	is_string(item.origin.path)
} else := sprintf("the artifact %s", [substring(item.origin.artifact, 0, 19)]) if {
	is_string(item.origin.artifact)
} else := "what was given"

# Identity of a finding about a piece of evidence.
subject(item) := sprintf("path:%s", [item.origin.path]) if {
	item.origin.kind == "image"
} else := "image"

# How messages name a signer.
signer(verification) := name if {
	is_object(verification.signer)
	name := [text |
		some text in [
			verification.signer.identity, verification.signer.certificate, verification.signer.key,
		]
		is_string(text)
	][0]
} else := "an unnamed signer"

# The command that names a signer beforehand.
trust_command := sprintf(
	"freehold evidence %s --key FILE` or `--certificate-identity WHO --certificate-oidc-issuer URL",
	[input.image.reference],
)
