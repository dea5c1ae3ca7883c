package freehold.requirements.amd64_test

import data.freehold.lib.testing
import data.freehold.requirements.amd64 as requirement

test_an_image_for_it_meets_it if {
	requirement.met == "the image is for linux/amd64" with input as testing.facts
	not requirement.unmet with input as testing.facts
	not requirement.unknown with input as testing.facts
}

test_an_image_for_another_does_not_say if {
	facts := testing.with_facts({"image": {"platform": {"architecture": "s390x"}}})
	requirement.unknown with input as facts
	not requirement.met with input as facts
}
