# METADATA
# title: Evidence can be read and checked without the vendor
# description: >-
#   Evidence in standard predicate types, in the image's own registry, outlives the contract with
#   its maker. Predicates that only their vendor defines, and evidence in places only the vendor
#   runs, do not. The share of portable pieces is the credit.
# related_resources:
#   - ref: https://github.com/in-toto/attestation/blob/main/spec/predicates/README.md
#   - ref: https://github.com/opencontainers/distribution-spec/blob/main/spec.md
# custom:
#   severity: low
#   weight: 2
#   needs: [sboms, image]
#   remediation: >-
#     Ask the vendor for the same evidence in standard types, beside the image; keep copies of what
#     you rely on.
#   effort: medium
#   stability: experimental
#   controls:
#     s2c2f: ["ING-4"]
package freehold.provenance.evidence_portable

import data.freehold.lib.attached
import data.freehold.lib.evidence

not_applicable := "there is no evidence" if {
	_total == 0
	count(_doubts) == 0
}

unknown := msg if {
	_total == 0
	msg := sprintf("no evidence was found, and %s", [_doubts[0]])
}

warn contains {"msg": msg, "subject": "image", "evidence": {"types": types}} if {
	count(_vendor) > 0
	types := sort({statement.predicate_type | some statement in _vendor})
	msg := sprintf("%d of %d pieces of evidence are of types only their vendor defines, as %s", [
		count(_vendor), _total, types[0],
	])
}

warn contains {"msg": msg, "subject": "image", "evidence": {}} if {
	_total > 0
	some publisher in _kept
	msg := sprintf("%s keeps evidence where the image's registry does not have it", [publisher])
}

score := _share * 0.5 if {
	count(_kept) > 0
} else := _share if {
	_share < 1
}

_statements := [statement | some statement in input.attestations.items; evidence.counts(statement)]

# SBOMs that are the predicate of a statement are counted there.
_documents := [sbom | some sbom in evidence.sboms; sbom.origin.kind != "attached"]

_total := (count(_statements) + count(_documents)) + count(evidence.signatures)

_vendor := [statement | some statement in _statements; statement.kind == "vendor"]

_share := (_total - count(_vendor)) / _total if _total > 0

_kinds := ["signature", "sbom", "provenance", "vex", "test_result"]

_doubts := [doubt | some kind in _kinds; doubt := attached.doubt(kind)]

_kept contains attached.kept_elsewhere(kind) if some kind in _kinds
