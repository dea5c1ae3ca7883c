# METADATA
# title: The image comes with a bill of materials
# description: >-
#   An SBOM the maker supplies says what the image is meant to hold. This rule asks only whether one
#   of the image, or of its base, is there in a known format: inside the image, attached to it, or
#   given. Those of single packages do not count, nor one that lists nothing of an image with
#   packages; whether it is true is another rule's question.
#   Absence counts only where every place was looked through.
# related_resources:
#   - ref: https://www.ntia.gov/report/2021/minimum-elements-software-bill-materials-sbom
#   - ref: https://spdx.dev/specifications/
#   - ref: https://cyclonedx.org/specification/overview/
# custom:
#   severity: medium
#   weight: 3
#   needs: [sboms, image]
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
import data.freehold.lib.coverage
import data.freehold.lib.evidence

unknown := msg if {
	count(evidence.sboms) == 0
	count(evidence.unclear_sboms) > 0
	first := evidence.unclear_sboms[0]
	msg := sprintf("it cannot be told what the SBOM in %s describes", [evidence.name(first)])
} else := msg if {
	count(evidence.sboms) == 0
	msg := sprintf("no SBOM was found, and %s", [attached.doubt("sbom")])
}

deny contains {"msg": _message, "subject": "image", "evidence": found} if {
	count(evidence.sboms) == 0
	count(evidence.unclear_sboms) == 0
	coverage.complete({"sboms"})
	attached.absent("sbom")
	found := {
		"of_packages": count([sbom | some sbom in input.sboms.items; sbom.scope == "package"]),
		"unrecognised": array.slice(
			[sbom.origin.path | some sbom in input.sboms.items; sbom.format == "unrecognised"],
			0, 5,
		),
	}
}

default _message := "no SBOM of the image inside it, and none attached"

_message := text if {
	first := evidence.empty_sboms[0]
	text := sprintf("the SBOM in %s lists nothing, and the image has %d packages", [
		evidence.name(first), count(input.packages),
	])
}
