package freehold.requirements.custom_ca_test

import data.freehold.lib.layout_records
import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.requirements.custom_ca as requirement

_with_tool(patch) := object.union(
	testing.with_facts({
		"tools": records.capped([records.tool("trust_store", "/usr/sbin/update-ca-certificates")]),
		"package_managers": [],
	}),
	patch,
)

test_the_tool_and_a_shell_meet_it if {
	facts := _with_tool({})
	requirement.met == "/usr/sbin/update-ca-certificates is there" with input as facts
	not requirement.unmet with input as facts
	not requirement.unknown with input as facts
}

test_a_script_without_a_shell_does_not if {
	facts := _with_tool({"shells": []})
	not requirement.met with input as facts
	requirement.unmet with input as facts
}

test_a_package_manager_meets_it if {
	startswith(requirement.met, "apt can install ca-certificates") with input as testing.facts
}

test_distroless_does_not_and_the_bundle_to_replace_is_named if {
	facts := testing.with_facts({
		"shells": [],
		"package_managers": [],
		"layout": {"well_known": [layout_records.ca_bundle]},
	})
	endswith(requirement.unmet, "is /etc/ssl/certs/ca-certificates.crt") with input as facts
	not requirement.met with input as facts
}

test_a_single_static_program_has_nothing if {
	endswith(requirement.unmet, "no bundle in a place known to us") with input as testing.scratch
}

test_is_unknown_where_the_manager_could_not_be_judged if {
	facts := testing.with_facts({"package_managers": [records.manager(null, [])]})
	requirement.unknown with input as facts
	not requirement.unmet with input as facts
}
