package freehold.requirements.debug_tools_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.requirements.debug_tools as requirement

test_a_debugger_meets_it if {
	tools := records.capped([records.tool("debugger", "/usr/bin/strace")])
	facts := testing.with_facts({"tools": tools, "package_managers": []})
	requirement.met == "/usr/bin/strace is there" with input as facts
	not requirement.unmet with input as facts
}

test_a_package_manager_meets_it if {
	requirement.met == "apt can install a debugger" with input as testing.facts
}

test_neither_does_not if {
	facts := testing.with_facts({"package_managers": []})
	requirement.unmet with input as facts
	not requirement.met with input as facts
}

test_is_unknown_where_the_manager_could_not_be_judged if {
	facts := testing.with_facts({"package_managers": [records.manager(null, [])]})
	requirement.unknown with input as facts
	not requirement.met with input as facts
	not requirement.unmet with input as facts
}
