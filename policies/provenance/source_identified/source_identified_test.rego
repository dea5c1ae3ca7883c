package freehold.provenance.source_identified_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.source_identified as rule

_with(labels, coverage) := testing.with_facts({
	"image": {"labels": labels},
	"topics": {"attached_evidence": {"coverage": coverage}},
	"attached_evidence": {"complete": coverage == "complete"},
})

_source := {"org.opencontainers.image.source": "https://git.acme.test/shop"}

_revision := {"org.opencontainers.image.revision": "5b7d09c"}

test_passes_source_and_revision if {
	facts := _with(object.union(_source, _revision), "not_searched")
	count(rule.deny | rule.warn) == 0 with input as facts
	not rule.unknown with input as facts
	not rule.score with input as facts
}

test_passes_annotations if {
	facts := testing.with_facts({"image": {"annotations": object.union(_source, _revision)}})
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_passes_a_label_that_names_both if {
	disturl := "obs://build.suse.de/SUSE:SLE-15-SP7/images/6a1e-base-image"
	facts := _with({"org.openbuildservice.disturl": disturl}, "complete")
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_warns_about_a_source_without_revision if {
	facts := _with(_source, "not_searched")
	some finding in rule.warn with input as facts
	contains(finding.msg, "https://git.acme.test/shop is named without a revision")
	rule.score == 0.7 with input as facts
	not rule.unknown with input as facts
}

test_an_empty_label_says_nothing if {
	facts := _with({"org.opencontainers.image.source": " "}, "complete")
	count(rule.deny) == 1 with input as facts
	count(rule.warn) == 0 with input as facts
}

test_a_revision_alone_leads_nowhere if {
	count(rule.deny) == 1 with input as _with(_revision, "complete")
}

test_is_unknown_where_nobody_looked if {
	rule.unknown with input as _with({}, "not_searched")
	count(rule.deny) == 0 with input as _with({}, "not_searched")
}

_attached(kind) := object.union(_with({}, "partial"), {"attached_evidence": {
	"complete": true,
	"artifacts": records.capped([{"holds": [kind], "unread": null}]),
}})

test_provenance_that_is_not_read_may_name_the_source if {
	every kind in ["provenance", "attestation", "sbom"] {
		count(rule.deny) == 0 with input as _attached(kind)
		contains(rule.unknown, "not read yet") with input as _attached(kind)
	}
}

test_a_signature_names_no_source if {
	count(rule.deny) == 1 with input as _attached("signature")
	not rule.unknown with input as _attached("signature")
}
