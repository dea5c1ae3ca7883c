package freehold.provenance.patches_public_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.patches_public as rule

_rebuilt(version) := records.package_of("openssl", version)

_with(packages) := testing.with_facts({"packages": packages})

test_passes_the_distributions_own_packages if {
	count(rule.deny) == 0 with input as testing.facts
	not rule.score with input as testing.facts
}

test_passes_changes_whose_source_is_public if {
	count(rule.deny) == 0 with input as _with([_rebuilt("3.5.4-1+dhi0")])
}

test_denies_changes_nobody_can_read if {
	facts := _with([_rebuilt("3.5.4-1+rf.2"), records.package_of("libc6", "2.41-12")])
	some finding in rule.deny with input as facts
	contains(finding.msg, "to 1 packages are not public, as openssl")
	startswith(finding.subject, "pkg:deb/")
	rule.score == 0.5 with input as facts
}

test_does_not_concern_an_image_without_packages if {
	rule.not_applicable with input as testing.scratch
}

test_is_unknown_where_the_database_is_gone if {
	rule.unknown with input as testing.database_deleted
	count(rule.deny) == 0 with input as testing.database_deleted
}
