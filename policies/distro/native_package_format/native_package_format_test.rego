package freehold.distro.native_package_format_test

import data.freehold.distro.native_package_format as rule
import data.freehold.lib.records
import data.freehold.lib.testing

_rpm(packages) := {
	"type": "rpm", "path": "/var/lib/rpm/rpmdb.sqlite", "layer": 2, "state": "complete",
	"basis": "as the test says", "packages": packages,
}

test_passes_debian if {
	count(rule.deny) == 0 with input as testing.facts
	not rule.score with input as testing.facts
}

test_passes_an_empty_foreign_database if {
	facts := testing.with_facts({"package_databases": [records.database("complete"), _rpm(0)]})
	count(rule.deny) == 0 with input as facts
}

test_passes_wolfi_with_apk if {
	database := object.union(records.database("complete"), {
		"type": "apk", "path": "/usr/lib/apk/db/installed",
	})
	facts := testing.with_facts({
		"distro": records.wolfi_distro,
		"package_databases": [database],
	})
	count(rule.deny) == 0 with input as facts
}

test_denies_foreign_packages_by_share if {
	facts := testing.with_facts({"package_databases": [records.database("complete"), _rpm(12)]})
	some finding in rule.deny with input as facts
	finding.subject == "path:/var/lib/rpm/rpmdb.sqlite"
	rule.score == 0.25 with input as facts
}

test_is_unknown_for_a_distribution_without_a_known_format if {
	facts := testing.with_facts({"distro": {"id": "acme", "native_package_type": null}})
	rule.unknown with input as facts
}

test_a_deleted_database_hides_nothing if {
	contains(rule.unknown, "deleted") with input as testing.database_deleted
	not rule.not_applicable with input as testing.database_deleted
}

test_does_not_concern_an_image_without_packages if {
	rule.not_applicable with input as testing.scratch
	not rule.unknown with input as testing.scratch
}
