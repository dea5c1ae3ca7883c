package freehold.proprietary.opaque_trees_test

import data.freehold.lib.testing
import data.freehold.proprietary.opaque_trees as rule

_tree(path, bytes) := _tree_of("unknown", path, bytes)

_tree_of(side, path, bytes) := testing.with_facts({"ownership": {"main_trees": {side: {
	"path": path, "executables": 12, "bytes": bytes, "share": 0.93,
}}}})

_known_base := {"image": {"base": {"layers": 1, "basis": "given"}}}

test_passes_debian if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
	not rule.not_applicable with input as testing.facts
}

test_denies_a_tree_of_a_known_vendor if {
	some finding in rule.deny with input as _tree("/opt/bitnami/nginx", 8388608)
	finding.subject == "path:/opt/bitnami/nginx"
	contains(finding.msg, "12 executables that no package owns (8 MiB, 93% of all such bytes)")
	contains(finding.msg, "Bitnami keeps its software there")
}

test_denies_a_tree_in_a_known_base if {
	facts := object.union(_tree_of("base", "/opt/agent", 8388608), _known_base)
	some finding in rule.deny with input as facts
	finding.subject == "path:/opt/agent"
	endswith(finding.msg, "93% of all such bytes)")
}

test_what_was_added_to_a_known_base_is_its_makers if {
	every path in ["/app", "/opt/bitnami/nginx"] {
		facts := object.union(_tree_of("added", path, 8388608), _known_base)
		count(rule.deny | rule.warn) == 0 with input as facts
	}
}

test_a_bigger_tree_beside_it_does_not_hide_the_vendors if {
	trees := object.union(_tree_of("base", "/opt/agent", 8388608), _tree_of("added", "/app", 838860800))
	facts := object.union(trees, _known_base)
	{finding.subject | some finding in rule.deny} == {"path:/opt/agent"} with input as facts
}

test_warns_of_a_tree_that_may_be_the_application if {
	count(rule.deny) == 0 with input as _tree("/opt/app", 8388608)
	some finding in rule.warn with input as _tree("/opt/app", 8388608)
	endswith(finding.msg, "; where the base ends is not known")
}

test_little_is_no_tree if {
	count(rule.deny | rule.warn) == 0 with input as _tree("/opt/bitnami", 1000)
}

test_a_deleted_database_is_said_elsewhere if {
	rule.not_applicable with input as testing.database_deleted
}

test_does_not_concern_an_empty_image if {
	rule.not_applicable with input as testing.scratch
}
