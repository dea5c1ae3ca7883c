# METADATA
# title: The SBOM accounts for the files of the image
# description: >-
#   Packages are what tools find; files are what runs. The share of regular files that belong to a
#   package the SBOM lists, or that it lists by path, is the credit: what is left nobody answers
#   for.
# related_resources:
#   - ref: https://spdx.github.io/spdx-spec/v2.3/file-information/
# custom:
#   severity: low
#   weight: 1
#   needs: [sboms, packages, package_databases, image]
#   remediation: >-
#     Install files with packages; list those that no package brings in the SBOM, by path and
#     digest.
#   effort: medium
#   stability: experimental
#   controls:
#     s2c2f: ["AUD-4"]
package freehold.provenance.sbom_covers_files

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

not_applicable := "the image has no files" if {
	evidence.compared_sbom
	_accuracy.image_files == 0
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
	_share < data.freehold.provenance.sbom_covers_files.parameters.minimum_share
}

warn contains _finding if {
	_share >= data.freehold.provenance.sbom_covers_files.parameters.minimum_share
	_share < data.freehold.provenance.sbom_covers_files.parameters.good_share
}

score := _share if _share < data.freehold.provenance.sbom_covers_files.parameters.good_share

_accuracy := evidence.compared_sbom.accuracy

_share := _accuracy.files_accounted / _accuracy.image_files if _accuracy.image_files > 0

_finding := {
	"msg": sprintf("%d of %d files are not accounted for by the SBOM in %s", [
		_accuracy.image_files - _accuracy.files_accounted, _accuracy.image_files,
		evidence.name(evidence.compared_sbom),
	]),
	"subject": evidence.subject(evidence.compared_sbom),
	"evidence": {"files": _accuracy.image_files, "accounted": _accuracy.files_accounted},
}
