# METADATA
# title: The SBOM lists what is in the image
# description: >-
#   An SBOM that leaves packages out hides them from everyone who relies on it. The share of the
#   packages read from the image that the SBOM names, in whatever version, is the credit, and only one
#   that leaves out none passes. Of several SBOMs the fullest is judged; one of the base alone is
#   judged against the whole image, because nobody else lists what was added.
# related_resources:
#   - ref: https://www.ntia.gov/report/2021/minimum-elements-software-bill-materials-sbom
#   - ref: https://slsa.dev/spec/v1.0/about
# custom:
#   severity: medium
#   weight: 3
#   needs: [sboms, packages, package_databases, image]
#   remediation: >-
#     Make the SBOM from the finished image, after the last layer; report what it leaves out to
#     whoever makes it.
#   effort: medium
#   stability: experimental
#   controls:
#     s2c2f: ["AUD-4"]
#     cra_annex_i: ["II.1"]
package freehold.provenance.sbom_complete

import data.freehold.lib.attached
import data.freehold.lib.coverage
import data.freehold.lib.evidence

not_applicable := "there is no SBOM to compare" if {
	_nothing
	attached.absent("sbom")
}

not_applicable := "nothing in the image could be compared" if {
	not _nothing
	not evidence.compared_sbom
	count(input.packages) == 0
	coverage.complete({"packages", "language_packages"})
	not coverage.blind_database
}

unknown := msg if {
	_nothing
	msg := sprintf("no SBOM was found, and %s", [attached.doubt("sbom")])
} else := msg if {
	not _nothing
	not evidence.compared_sbom
	count(input.packages) > 0
	msg := "the SBOM could not be compared with the image"
}

_nothing if count(array.concat(evidence.sboms, evidence.unclear_sboms)) == 0

deny contains _finding if {
	_share < data.freehold.provenance.sbom_complete.parameters.minimum_share
}

warn contains _finding if {
	_share >= data.freehold.provenance.sbom_complete.parameters.minimum_share
	_accuracy.overall.missing > 0
}

score := _share if _accuracy.overall.missing > 0

_accuracy := evidence.compared_sbom.accuracy

_share := _accuracy.overall.recall

_finding := {
	"msg": sprintf("%d of %d packages are not in the SBOM in %s, as %s%s", [
		_accuracy.overall.missing, _accuracy.overall.in_image,
		evidence.name(evidence.compared_sbom), _example, _of_base,
	]),
	"subject": evidence.subject(evidence.compared_sbom),
	"evidence": {
		"recall": _share,
		"examples": [sprintf("%s %s", [entry.ecosystem, entry.name]) |
			some entry in array.slice(_accuracy.missing.items, 0, 5)
		],
	},
}

default _example := "the counts say"

_example := _accuracy.missing.items[0].name if {
	count(_accuracy.missing.items) > 0
}

default _of_base := ""

_of_base := "; it describes the base image alone" if {
	evidence.compared_sbom.scope == "base"
}
