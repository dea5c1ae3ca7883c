package freehold.requirements.non_root_test

import data.freehold.lib.testing
import data.freehold.requirements.non_root as requirement

_starting(config) := testing.with_facts({"image": {"config": config}})

test_a_numeric_user_meets_it if {
	requirement.met == "it starts as user 65532" with input as testing.facts
	not requirement.unknown with input as testing.facts
}

test_root_has_to_be_tried if {
	facts := _starting({"user": "", "runs_as_root": true})
	contains(requirement.unknown, "has to be tried") with input as facts
	not requirement.met with input as facts
}

test_a_name_that_cannot_be_looked_up_is_unknown if {
	facts := _starting({"user": "app", "runs_as_root": null})
	contains(requirement.unknown, "app") with input as facts
	not requirement.met with input as facts
}

test_a_root_file_system_does_not_say if {
	facts := testing.with_facts({"image": {
		"source": "rootfs",
		"config": {"user": "", "runs_as_root": true},
	}})
	contains(requirement.unknown, "carries no configuration") with input as facts
}
