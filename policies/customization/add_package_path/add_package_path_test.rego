package freehold.customization.add_package_path_test

import data.freehold.customization.add_package_path as rule
import data.freehold.lib.records
import data.freehold.lib.testing

_without_manager(patch) := object.union(testing.with_facts({"package_managers": []}), patch)

test_passes_debian_with_apt if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
	not rule.score with input as testing.facts
}

test_a_distroless_image_keeps_nearly_all if {
	facts := _without_manager({"package_databases": [records.database("reduced")]})
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	contains(finding.msg, "mmdebstrap or apt in a build stage from public packages of Debian 13")
	rule.score == 0.9 with input as facts
}

test_wolfi_without_apk_keeps_nearly_all if {
	facts := _without_manager({"distro": records.wolfi_distro})
	count(rule.deny) == 0 with input as facts
	rule.score == 0.9 with input as facts
}

test_says_why_a_manager_does_not_work if {
	manager := records.manager(false, ["its interpreter /lib64/ld-linux-x86-64.so.2 is missing"])
	facts := testing.with_facts({"package_managers": [manager]})
	some finding in rule.warn with input as facts
	contains(finding.msg, "(apt: its interpreter")
}

test_a_file_level_tool_is_no_way_by_itself if {
	tool := object.union(records.manager(true, []), {"name": "dpkg", "level": "file"})
	facts := testing.with_facts({"package_managers": [tool]})
	count(rule.warn) == 1 with input as facts
}

test_a_deleted_database_halves_it if {
	rule.score == 0.5 with input as testing.database_deleted
}

test_a_gated_supplier_is_half_a_way if {
	facts := _without_manager({"distro": {"id": "chainguard", "native_package_type": "apk"}})
	some finding in rule.warn with input as facts
	contains(finding.msg, "for those with access to Chainguard OS")
	rule.score == 0.5 with input as facts
}

test_a_relative_of_a_public_distribution_is_half_a_way if {
	every relatives in [["debian"], ["ubuntu", "debian"]] {
		facts := _without_manager({"distro": {"id": "acme", "id_like": relatives}})
		rule.score == 0.5 with input as facts
	}
}

test_denies_where_nothing_is_known_to_fit if {
	facts := _without_manager({"distro": records.no_distro})
	count(rule.deny) == 1 with input as facts
	rule.score == 0 with input as facts
}

test_is_unknown_when_a_manager_could_not_be_judged if {
	facts := testing.with_facts({"package_managers": [records.manager(null, [])]})
	contains(rule.unknown, "/usr/bin/apt-get") with input as facts
	not rule.unknown with input as testing.facts
}

test_is_unknown_with_a_database_of_a_format_not_read if {
	facts := testing.with_facts({
		"package_managers": [records.manager(false, ["it is of a format that is not read"])],
		"package_databases": [],
		"gaps": [records.gap("package_databases", "unsupported", "/var/lib/chisel/manifest.wall")],
	})
	contains(rule.unknown, "not read") with input as facts
}

test_does_not_concern_a_single_static_program if {
	rule.not_applicable with input as testing.scratch
}
