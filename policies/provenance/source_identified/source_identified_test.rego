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

_material(digest) := records.material("git+https://git.example/shop", "repository", digest)

_built_from(source) := testing.with_statements([records.provenance("unsigned", {"source": source})])

test_provenance_names_the_source_as_well if {
	count(rule.deny | rule.warn) == 0 with input as _built_from(_material("gitCommit:5b7d09c0"))
	not rule.score with input as _built_from(_material("gitCommit:5b7d09c0"))
}

test_provenance_without_a_commit_is_half_an_answer if {
	some finding in rule.warn with input as _built_from(_material(null))
	contains(finding.msg, "git+https://git.example/shop is named without a revision")
	rule.score == 0.7 with input as _built_from(_material(null))
}

test_provenance_that_names_no_source_is_none if {
	count(rule.deny) == 1 with input as _built_from(null)
}

test_provenance_of_another_image_names_no_source if {
	other := object.union(
		records.provenance("unsigned", {"source": _material("gitCommit:00")}),
		{"subject": records.speaks_of("another_image")},
	)
	count(rule.deny) == 1 with input as testing.with_statements([other])
}
