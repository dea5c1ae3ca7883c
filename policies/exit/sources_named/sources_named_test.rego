package freehold.exit.sources_named_test

import data.freehold.exit.sources_named as rule
import data.freehold.lib.records
import data.freehold.lib.testing

_with(packages) := testing.with_facts({"packages": packages})

_named := records.package_of("libc6", "2.41-12")

_unnamed := object.union(records.package_of("tool", "1.0"), {"source": null})

test_passes_when_every_package_names_its_source if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
	not rule.score with input as testing.facts
}

test_the_share_is_the_credit if {
	facts := _with([_named, _named, _named, _unnamed])
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	startswith(finding.msg, "1 of 4 packages do not name the source they were built from, as tool")
	rule.score == 0.75 with input as facts
}

test_denies_when_most_name_none if {
	facts := _with([_named, _unnamed, _unnamed])
	count(rule.deny) == 1 with input as facts
	count(rule.warn) == 0 with input as facts
}

test_counts_recorded_commits if {
	pinned := object.union(_named, {"source": {"commit": "65502ca9379dd29d1ac4b0bf0dcf03a3dd1b324a"}})
	facts := _with([pinned, _unnamed])
	some finding in rule.warn with input as facts
	finding.evidence.with_commit == 1
}

test_keys_that_rpm_keeps_as_packages_are_no_packages if {
	key := object.union(_unnamed, {"name": "gpg-pubkey", "type": "rpm"})
	count(rule.deny | rule.warn) == 0 with input as _with([_named, key])
}

test_a_deleted_database_names_nothing if {
	some finding in rule.deny with input as testing.database_deleted
	finding.subject == "path:/var/lib/dpkg/status"
	rule.score == 0 with input as testing.database_deleted
	not rule.not_applicable with input as testing.database_deleted
}

test_a_damaged_database_is_unknown if {
	facts := object.union(testing.database_deleted, {"package_databases": [records.database("damaged")]})
	rule.unknown with input as facts
	count(rule.deny) == 0 with input as facts
}

test_does_not_concern_an_image_without_packages if {
	rule.not_applicable with input as testing.scratch
	added := object.union(_named, {"side": "added"})
	facts := object.union(_with([added]), {"image": {"base": {"layers": 1}}})
	rule.not_applicable with input as facts
}

test_language_packages_are_not_asked if {
	module := object.union(_unnamed, {"type": "npm", "installed": false})
	count(rule.deny | rule.warn) == 0 with input as _with([_named, module])
	rule.not_applicable with input as _with([module])
}
