# METADATA
# title: What the SBOM lists is in the image
# description: >-
#   A component that is not there, or is there in another version, makes advisories match what
#   nobody runs and miss what runs. Of the components that could be compared, the share that is in
#   the image in the version stated is the credit, and only an SBOM with none that is not passes.
#   Where the packages of the image were not read in full, only wrong versions count. The SBOM that
#   is judged is the one sbom_complete judges.
# related_resources:
#   - ref: https://www.ntia.gov/report/2021/minimum-elements-software-bill-materials-sbom
#   - ref: https://github.com/package-url/purl-spec
# custom:
#   severity: medium
#   weight: 3
#   needs: [sboms, packages, package_databases, image]
#   remediation: >-
#     Make the SBOM from the finished image and anew for every build; report what is wrong to
#     whoever makes it.
#   effort: medium
#   stability: experimental
#   controls:
#     s2c2f: ["AUD-4"]
#     cra_annex_i: ["II.1"]
package freehold.provenance.sbom_accurate

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

not_applicable := "the SBOM lists nothing that could be compared" if {
	evidence.compared_sbom
	_compared == 0
	not _evades
}

unknown := msg if {
	_nothing
	msg := sprintf("no SBOM was found, and %s", [attached.doubt("sbom")])
} else := msg if {
	not _nothing
	not evidence.compared_sbom
	count(input.packages) > 0
	msg := "the SBOM could not be compared with the image"
} else := msg if {
	count(deny) == 0
	_doubtful > 0
	msg := sprintf(
		"%d components of the SBOM in %s were not found, and not all packages of the image could be read",
		[_doubtful, evidence.name(evidence.compared_sbom)],
	)
} else := msg if {
	count(deny) == 0
	_evades
	msg := sprintf(
		"%d components of the SBOM in %s could not be compared, more than those that could",
		[_accuracy.not_compared.total, evidence.name(evidence.compared_sbom)],
	)
}

_nothing if count(array.concat(evidence.sboms, evidence.unclear_sboms)) == 0

deny contains _finding if {
	_share < data.freehold.provenance.sbom_accurate.parameters.minimum_share
}

warn contains _finding if {
	_share >= data.freehold.provenance.sbom_accurate.parameters.minimum_share
	_wrong > 0
}

# Files it lists that have another content are of another build.
warn contains {"msg": msg, "subject": subject, "evidence": found} if {
	wrong := _accuracy.file_digests_wrong
	wrong.total > 0
	msg := sprintf("%d files have another digest than the SBOM in %s states, as %s", [
		wrong.total, evidence.name(evidence.compared_sbom), wrong.items[0],
	])
	subject := evidence.subject(evidence.compared_sbom)
	found := {"examples": array.slice(wrong.items, 0, 5)}
}

score := _share if _wrong > 0

_accuracy := evidence.compared_sbom.accuracy

_counts := _accuracy.overall

# A list of what nobody can confirm or deny is no list of the image.
_evades if {
	_accuracy.not_compared.total > _compared
	_accuracy.not_compared.total >= data.freehold.provenance.sbom_accurate.parameters.telling
}

# What is phantom is only certain where all packages of the image are known.
default _phantom := 0

_phantom := _counts.phantom if {
	_accuracy.image_complete
}

# Those that are not certain.
_doubtful := _counts.phantom - _phantom

_wrong := _phantom + _counts.wrong_version

_compared := _counts.matched + _wrong

_share := _counts.matched / _compared if _compared > 0

_finding := {
	"msg": sprintf(
		"%d of %d components of the SBOM in %s are wrong: %d are not in the image, %d in another version",
		[_wrong, _compared, evidence.name(evidence.compared_sbom), _phantom, _counts.wrong_version],
	),
	"subject": evidence.subject(evidence.compared_sbom),
	"evidence": {
		"not_in_image": [sprintf("%s %s", [entry.ecosystem, entry.name]) |
			_accuracy.image_complete
			some entry in array.slice(_accuracy.phantom.items, 0, 5)
		],
		"another_version": [sprintf("%s %s", [entry.ecosystem, entry.name]) |
			some entry in array.slice(_accuracy.wrong_version.items, 0, 5)
		],
	},
}
