# METADATA
# title: The provenance names all that went into the build, by digest
# description: >-
#   A build can be repeated, and its inputs be checked, only if they are all named and pinned. SLSA
#   v0.2 and BuildKit say whether the list is complete; v1 does not, and nothing is held against it.
#   The share of materials with a digest or commit is the credit.
# related_resources:
#   - ref: https://slsa.dev/spec/v0.2/provenance#metadata.completeness
#   - ref: https://slsa.dev/spec/v1.0/provenance#resolveddependencies
# custom:
#   severity: low
#   weight: 2
#   needs: [image]
#   remediation: >-
#     Build from a repository and not from a local directory, with full provenance (BuildKit:
#     mode=max), and pin base images and downloads by digest.
#   effort: medium
#   stability: experimental
#   controls:
#     slsa_build: ["L3"]
#     s2c2f: ["REB-1"]
package freehold.provenance.materials_complete

import data.freehold.lib.attached
import data.freehold.lib.evidence

not_applicable := "there is no provenance" if {
	count(evidence.statements("provenance")) == 0
	attached.absent("provenance")
}

unknown := msg if {
	count(evidence.statements("provenance")) == 0
	msg := sprintf("no provenance was found, and %s", [attached.doubt("provenance")])
} else := msg if {
	not evidence.provenance
	msg := sprintf("the provenance could not be read: %s", [evidence.provenance_unread])
}

deny contains {"msg": msg, "subject": "image", "evidence": {}} if {
	evidence.provenance
	count(_materials) == 0
	msg := sprintf("the provenance in %s lists no materials", [evidence.name(evidence.provenance)])
}

warn contains {"msg": msg, "subject": "image", "evidence": {"examples": examples}} if {
	count(_unpinned) > 0
	msg := sprintf("%d of %d materials have no digest, as %s", [
		count(_unpinned), count(_materials), _unpinned[0].uri,
	])
	examples := [material.uri | some material in array.slice(_unpinned, 0, 5)]
}

warn contains {"msg": msg, "subject": "image", "evidence": {}} if {
	_partial
	count(_materials) > 0
	msg := "the builder says that it did not see all that went into the build"
}

score := _share * 0.5 if {
	_partial
} else := _share if {
	_share < 1
}

_partial if evidence.provenance.provenance.complete_materials == false

_materials := evidence.provenance.provenance.materials.items

_unpinned := [material | some material in _materials; is_null(material.digest)]

_share := (count(_materials) - count(_unpinned)) / count(_materials) if count(_materials) > 0
