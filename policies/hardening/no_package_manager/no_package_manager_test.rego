package freehold.hardening.no_package_manager_test

import data.freehold.hardening.no_package_manager as rule
import data.freehold.lib.records
import data.freehold.lib.testing

test_passes_an_image_without_one if {
	count(rule.warn) == 0 with input as testing.with_facts({"package_managers": []})
}

test_passes_a_tool_that_installs_files_only if {
	tool := object.union(records.manager(true, []), {"name": "dpkg", "level": "file"})
	count(rule.warn) == 0 with input as testing.with_facts({"package_managers": [tool]})
}

test_a_package_manager_is_a_warning if {
	some finding in rule.warn with input as testing.facts
	finding.subject == "path:/usr/bin/apt-get"
}
