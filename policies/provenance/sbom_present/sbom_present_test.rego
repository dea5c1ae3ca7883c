package freehold.provenance.sbom_present_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.sbom_present as rule

_with(sboms, coverage) := testing.with_facts({
	"sboms": sboms,
	"topics": {"attached_evidence": {"coverage": coverage}},
	"attached_evidence": {"complete": coverage == "complete"},
})

_artifact(kind) := {"holds": [kind], "blobs": [{"size": 2}], "unread": null}

# An image to which `kinds` are attached, each in an artifact of its own.
_attached(kinds, searched) := object.union(_with([], "partial"), {"attached_evidence": {
	"complete": searched,
	"artifacts": records.capped([_artifact(kind) | some kind in kinds]),
}})

test_passes_an_embedded_sbom_whatever_is_attached if {
	sbom := records.sbom("/var/lib/db/sbom/zlib-1.3-r0.spdx.json", "spdx_json")
	every coverage in ["complete", "not_searched"] {
		count(rule.deny) == 0 with input as _with([sbom], coverage)
		not rule.unknown with input as _with([sbom], coverage)
	}
}

test_what_a_package_says_of_itself_is_not_of_the_image if {
	path := "/usr/lib/python3/dist-packages/rpds-0.10.dist-info/sboms/rpds.cyclonedx.json"
	facts := _with([records.sbom(path, "cyclonedx_json")], "complete")
	count(rule.deny) == 1 with input as facts
}

test_denies_when_everything_was_searched if {
	some finding in rule.deny with input as _with([], "complete")
	finding.subject == "image"
	not rule.unknown with input as _with([], "complete")
}

test_a_name_alone_is_no_sbom if {
	facts := _with([records.sbom("/app/bom.json", "unrecognised")], "complete")
	some finding in rule.deny with input as facts
	finding.evidence.unrecognised == ["/app/bom.json"]
}

test_is_unknown_where_nobody_looked if {
	every coverage in ["partial", "missing", "not_searched"] {
		rule.unknown with input as _with([], coverage)
		count(rule.deny) == 0 with input as _with([], coverage)
	}
}

test_passes_an_attached_sbom_however_far_the_search_went if {
	every searched in [true, false] {
		facts := _attached(["signature", "sbom"], searched)
		count(rule.deny) == 0 with input as facts
		not rule.unknown with input as facts
	}
}

test_signatures_and_provenance_are_no_sbom if {
	facts := _attached(["signature", "provenance"], true)
	count(rule.deny) == 1 with input as facts
	not rule.unknown with input as facts
}

test_nothing_is_concluded_from_a_signature_where_there_may_be_more if {
	facts := _attached(["signature"], false)
	count(rule.deny) == 0 with input as facts
	contains(rule.unknown, "not searched in full") with input as facts
}

test_an_attestation_that_does_not_say_of_what_may_be_one if {
	facts := _attached(["attestation"], true)
	count(rule.deny) == 0 with input as facts
	contains(rule.unknown, "not read yet") with input as facts
}

test_a_listed_sbom_that_is_not_there_is_none if {
	artifact := object.union(_artifact("sbom"), {"blobs": [], "unread": "the registry does not hold it"})
	attached := {"complete": true, "artifacts": records.capped([artifact])}
	facts := object.union(_with([], "partial"), {"attached_evidence": attached})
	count(rule.deny) == 0 with input as facts
	rule.unknown with input as facts
}
