# METADATA
# title: The image comes with a bill of materials
# description: >-
#   An SBOM the maker supplies says what the image is meant to hold. This rule asks only whether one
#   is there in a known format, inside the image or attached to it; whether it is true is another
#   rule's question. What is attached is told by its types. Where it was not looked for in every
#   place, or the source cannot carry it, or its types do not say what it is, the answer is unknown.
# related_resources:
#   - ref: https://www.ntia.gov/report/2021/minimum-elements-software-bill-materials-sbom
#   - ref: https://spdx.dev/specifications/
#   - ref: https://cyclonedx.org/specification/overview/
# custom:
#   severity: medium
#   weight: 3
#   needs: [sboms]
#   remediation: >-
#     Have the build attach an SBOM (for example `docker buildx build --sbom=true`), or ask the
#     supplier for one.
#   effort: low
#   stability: stable
#   controls:
#     nist_800_218: ["PS.3.2"]
#     cra_annex_i: ["II.1"]
#     osps_baseline: ["QA-02.02"]
package freehold.provenance.sbom_present

import data.freehold.lib.attached

unknown := msg if {
	_none_found
	not _none_attached
	msg := sprintf("none is inside the image, and %s", [attached.doubt])
}

deny contains {"msg": msg, "subject": "image", "evidence": evidence} if {
	_none_found
	_none_attached
	msg := "no SBOM inside the image, and none attached"
	evidence := {"unrecognised": [sbom.path | some sbom in input.sboms]}
}

_none_found if {
	count(_recognised) == 0
	count(_attached) == 0
}

_none_attached if attached.only(["signature", "provenance"])

_attached := [artifact |
	some artifact in input.attached_evidence.artifacts.items
	"sbom" in artifact.holds
	count(artifact.blobs) > 0
]

_recognised := [sbom |
	some sbom in input.sboms
	sbom.format != "unrecognised"
	not _of_a_package(sbom)
]

# A Python package may carry a list of what was linked into it (PEP 770).
_of_a_package(sbom) if contains(sbom.path, ".dist-info/sboms/")
