package freehold.provenance.source_commit_share_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.source_commit_share as rule

_apk(name, commit) := object.union(records.package_of(name, "1-r0"), {
	"type": "apk",
	"source": {"name": name, "version": null, "commit": commit},
})

_with(packages) := testing.with_facts({"packages": packages})

test_passes_where_every_package_names_its_commit if {
	facts := _with([_apk("musl", "65502ca9379dd29d1ac4b0bf0dcf03a3dd1b324a")])
	count(rule.warn) == 0 with input as facts
	not rule.score with input as facts
}

test_the_share_is_the_credit if {
	facts := _with([_apk("musl", "65502ca9"), _apk("tool", null)])
	some finding in rule.warn with input as facts
	startswith(finding.msg, "1 of 2 packages do not name the commit they were built from, as tool")
	rule.score == 0.5 with input as facts
}

test_a_package_without_a_source_names_none if {
	facts := _with([object.union(_apk("tool", null), {"source": null})])
	count(rule.warn) == 1 with input as facts
	rule.score == 0 with input as facts
}

test_does_not_concern_formats_without_such_a_field if {
	rule.not_applicable with input as testing.facts
	count(rule.warn) == 0 with input as testing.facts
}

test_is_unknown_where_the_database_is_gone if {
	rule.unknown with input as testing.database_deleted
	not rule.not_applicable with input as testing.database_deleted
}
