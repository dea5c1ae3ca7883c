package freehold.requirements.package_install_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.requirements.package_install as requirement

test_debian_meets_it if {
	requirement.met == "apt can install packages" with input as testing.facts
	not requirement.unmet with input as testing.facts
	not requirement.unknown with input as testing.facts
}

test_an_image_without_a_manager_does_not if {
	facts := testing.with_facts({"package_managers": []})
	requirement.unmet == "there is no package manager" with input as facts
	not requirement.met with input as facts
}

test_a_manager_that_cannot_run_does_not_and_says_why if {
	managers := [records.manager(false, ["its interpreter is missing"])]
	facts := testing.with_facts({"package_managers": managers})
	requirement.unmet == "apt does not work: its interpreter is missing" with input as facts
}

test_a_file_level_tool_is_no_manager if {
	tool := object.union(records.manager(true, []), {"name": "dpkg", "level": "file"})
	facts := testing.with_facts({"package_managers": [tool]})
	requirement.unmet with input as facts
}

test_is_unknown_where_the_manager_could_not_be_judged if {
	facts := testing.with_facts({"package_managers": [records.manager(null, [])]})
	contains(requirement.unknown, "/usr/bin/apt-get") with input as facts
	not requirement.unmet with input as facts
}
