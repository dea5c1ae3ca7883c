package freehold.proprietary.distro_built_packages_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.proprietary.distro_built_packages as rule

_with(packages) := testing.with_facts({"packages": packages})

_plain := records.package_of("libc6", "2.41-12")

test_passes_debian_with_its_normal_suffixes if {
	facts := _with([
		records.package_of("base-files", "13.8+deb13u1"),
		records.package_of("tzdata", "2026a-0+deb13u1"),
		records.package_of("zlib1g", "1:1.3.dfsg+really1.3.1-1+b1"),
		records.package_of("curl", "8.14.1-2~bpo12+1"),
	])
	count(rule.deny | rule.warn) == 0 with input as facts
	not rule.score with input as facts
}

test_a_public_rebuild_is_nearly_as_good if {
	facts := _with([records.package_of("curl", "8.14.1-2+deb13u4+dhi0"), _plain])
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	startswith(finding.msg, "1 of 2 packages are not Debian builds")
	contains(finding.msg, "1 by Docker Hardened Images (same name, public source)")
	rule.score == 0.95 with input as facts
}

test_the_same_build_is_its_own_on_the_distribution_it_declares if {
	facts := object.union(
		_with([records.package_of("curl", "8.14.1-2+dhi0")]),
		{"distro": {"id": "dhi"}},
	)
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_denies_when_most_are_renamed_and_closed if {
	facts := _with([records.package_of("rootio-openssl", "3.5.1-1.root.io.2"), _plain])
	count(rule.deny) == 1 with input as _with([
		records.package_of("rootio-openssl", "3.5.1-1"),
		records.package_of("rootio-zlib", "1.3-1"),
	])
	count(rule.deny) == 0 with input as facts
}

test_a_patched_build_without_source_keeps_half if {
	facts := _with([records.package_of("curl", "8.17.0-11rfubu"), _plain])
	rule.score == 0.75 with input as facts
}

test_reads_the_origin_a_package_states if {
	foreign := object.union(records.package_of("tool", "1.0"), {"origin": "Acme"})
	own := object.union(_plain, {"origin": "Debian"})
	facts := _with([foreign, own])
	some finding in rule.warn with input as facts
	contains(finding.msg, "1 by Acme")
}

test_leaves_out_what_was_added_to_a_known_base if {
	added := object.union(records.package_of("rootio-zlib", "1.3-1"), {"side": "added"})
	facts := object.union(_with([_plain, added]), {"image": {"base": {"layers": 1}}})
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_a_deleted_database_hides_nothing if {
	facts := testing.database_deleted
	some finding in rule.deny with input as facts
	finding.subject == "path:/var/lib/dpkg/status"
	rule.score == 0 with input as facts
	not rule.not_applicable with input as facts
}

test_a_damaged_database_is_unknown if {
	facts := object.union(testing.database_deleted, {"package_databases": [records.database("damaged")]})
	rule.unknown with input as facts
	count(rule.deny) == 0 with input as facts
}

test_does_not_concern_an_image_without_packages if {
	rule.not_applicable with input as testing.scratch
	added := object.union(_plain, {"side": "added"})
	facts := object.union(_with([added]), {"image": {"base": {"layers": 1}}})
	rule.not_applicable with input as facts
}
