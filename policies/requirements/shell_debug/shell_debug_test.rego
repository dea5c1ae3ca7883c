package freehold.requirements.shell_debug_test

import data.freehold.lib.testing
import data.freehold.requirements.shell_debug as requirement

test_debian_meets_it if {
	requirement.met == "/bin/sh is there" with input as testing.facts
	not requirement.unmet with input as testing.facts
}

test_several_are_named if {
	several := object.union(testing.facts, {"shells": [{"path": "/bin/sh"}, {"path": "/usr/bin/bash"}]})
	requirement.met == "/bin/sh, /usr/bin/bash are there" with input as several
}

test_an_image_without_a_shell_does_not if {
	requirement.unmet with input as testing.scratch
	not requirement.met with input as testing.scratch
}
