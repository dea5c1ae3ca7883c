package freehold.requirements.several_processes_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.requirements.several_processes as requirement

test_a_supervisor_meets_it if {
	tools := records.capped([records.tool("supervisor", "/usr/bin/pebble")])
	facts := testing.with_facts({"tools": tools, "package_managers": []})
	requirement.met == "/usr/bin/pebble is there" with input as facts
	not requirement.unmet with input as facts
}

test_a_package_manager_meets_it if {
	requirement.met == "apt can install a supervisor" with input as testing.facts
}

test_a_shell_alone_does_not if {
	facts := testing.with_facts({"package_managers": []})
	count(facts.shells) == 1
	requirement.unmet with input as facts
	not requirement.met with input as facts
}

test_is_unknown_where_the_manager_could_not_be_judged if {
	facts := testing.with_facts({"package_managers": [records.manager(null, [])]})
	requirement.unknown with input as facts
	not requirement.unmet with input as facts
}
