package freehold.hardening.no_compilers_test

import data.freehold.hardening.no_compilers as rule
import data.freehold.lib.records
import data.freehold.lib.testing

_with(tools) := testing.with_facts({"tools": records.capped(tools)})

test_passes_an_image_without_any if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
}

test_denies_a_compiler_and_a_linker if {
	facts := _with([
		object.union(records.tool("compiler", "/usr/bin/gcc-14"), {"owner": "gcc-14"}),
		records.tool("linker", "/opt/tools/bin/ld"),
	])
	messages := {finding.msg | some finding in rule.deny} with input as facts
	messages == {
		"/usr/bin/gcc-14 is a compiler or assembler (package gcc-14, layer 2)",
		"/opt/tools/bin/ld is a linker (of no package, layer 2)",
	}
	not rule.score with input as facts
}

test_build_drivers_and_debuggers_are_low_warnings if {
	facts := _with([records.tool("build", "/usr/bin/make"), records.tool("debugger", "/usr/bin/gdb")])
	count(rule.deny) == 0 with input as facts
	severities := [finding.severity | some finding in rule.warn] with input as facts
	severities == ["low", "low"]
	not rule.score with input as facts
}

test_headers_alone_are_noted_and_cost_nothing if {
	facts := _with([records.tool("headers", "/usr/local/include/python3.13/Python.h")])
	some finding in rule.warn with input as facts
	finding.severity == "info"
	rule.score == 1 with input as facts
}

test_network_tools_are_not_its_subject if {
	facts := _with([records.tool("network", "/usr/bin/wget")])
	count(rule.deny | rule.warn) == 0 with input as facts
}
