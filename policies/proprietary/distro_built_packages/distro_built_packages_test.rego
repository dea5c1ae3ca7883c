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
	finding.subject == "pkg:deb/dhi/*"
	startswith(
		finding.msg,
		concat("", [
			"1 of 2 packages are builds of Docker Hardened Images, not of Debian: ",
			"same names, public source",
		]),
	)
	finding.evidence.examples == ["curl 8.14.1-2+deb13u4+dhi0"]
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
	renamed := records.package_of("rootio-openssl", "3.5.1-1.root.io.2")
	some finding in rule.deny with input as _with([renamed, _plain])
	finding.subject == "pkg:deb/root_io/*"
	rule.score == 0.5 with input as _with([renamed, _plain])
	count(rule.deny) == 0 with input as _with([renamed, _plain, _plain, _plain])
	count(rule.warn) == 1 with input as _with([renamed, _plain, _plain, _plain])
}

test_a_patched_build_behind_an_account_keeps_a_fifth if {
	facts := _with([records.package_of("curl", "8.17.0-11rfubu"), _plain])
	rule.score == 0.6 with input as facts
	count(rule.deny) == 0 with input as facts
}

test_a_public_repository_without_recipes_keeps_more if {
	engine := object.union(
		records.package_of("docker-ce", "5:28.0-1~debian.13~trixie"),
		{"maintainer": "Docker <support@docker.com>"},
	)
	rule.score == 0.8 with input as _with([engine, _plain])
}

test_groups_by_builder if {
	facts := _with([
		records.package_of("curl", "8.17.0-11rfubu"),
		records.package_of("wget", "1.25-2rfubu"),
		records.package_of("zlib1g", "1.3-1+dhi1"),
		_plain, _plain, _plain,
	])
	subjects := {finding.subject | some finding in rule.warn} with input as facts
	subjects == {"pkg:deb/dhi/*", "pkg:deb/rapidfort/*"}
}

test_reads_the_origin_a_package_states if {
	foreign := object.union(records.package_of("tool", "1.0"), {"origin": "Acme, Inc."})
	own := object.union(_plain, {"origin": "Debian"})
	some finding in rule.warn with input as _with([foreign, own])
	startswith(finding.msg, "1 of 2 packages are builds of others than the table lists, not of Debian")
	finding.evidence.stated == ["Acme, Inc."]
	finding.subject == "pkg:deb/unlisted/*"
	rule.score == 0.75 with input as _with([foreign, own])
}

_dhi_labels := {"image": {"labels": {"com.docker.dhi.name": "dhi/python"}}}

_alpine_package := object.union(records.package_of("busybox", "1.37.0-r20"), {"type": "apk"})

test_a_rebuild_that_keeps_the_version_is_unknown if {
	facts := object.union_n([
		_with([_alpine_package]),
		_dhi_labels,
		{"distro": {"id": "alpine", "native_package_type": "apk"}},
	])
	contains(rule.unknown, "nothing tells 1 of them from Alpine Linux builds") with input as facts
	by_address := object.union(_with([_alpine_package]), {"distro": {
		"id": "alpine", "home_url": "https://docker.com/products/hardened-images/",
	}})
	rule.unknown with input as by_address
}

test_the_same_versions_elsewhere_are_the_distributions if {
	facts := object.union(_with([_alpine_package]), {"distro": {"id": "alpine"}})
	not rule.unknown with input as facts
	count(rule.deny | rule.warn) == 0 with input as facts
	own := object.union_n([facts, _dhi_labels, {"distro": {"id": "dhi"}}])
	not rule.unknown with input as own
	marked := object.union(_with([_plain]), _dhi_labels)
	not rule.unknown with input as marked
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

test_language_packages_have_no_distribution if {
	module := object.union(records.package_of("left-pad", "1.3.0+dhi0"), {"type": "npm", "installed": false})
	count(rule.deny | rule.warn) == 0 with input as _with([_plain, module])
}
