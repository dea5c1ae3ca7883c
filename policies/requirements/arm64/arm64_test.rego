package freehold.requirements.arm64_test

import data.freehold.lib.testing
import data.freehold.requirements.arm64 as requirement

_platform(architecture) := {"os": "linux", "architecture": architecture, "variant": null}

_offering(architectures) := testing.with_facts({"image": {"platforms": [_platform(architecture) |
	some architecture in architectures
]}})

test_an_index_that_offers_it_meets_it if {
	facts := _offering(["amd64", "arm64"])
	requirement.met == "its index offers linux/amd64, linux/arm64" with input as facts
	not requirement.unmet with input as facts
	not requirement.unknown with input as facts
}

test_an_index_without_it_does_not if {
	facts := _offering(["amd64", "s390x"])
	requirement.unmet == "its index offers linux/amd64, linux/s390x alone" with input as facts
	not requirement.met with input as facts
}

test_an_image_for_it_meets_it_without_an_index if {
	facts := testing.with_facts({"image": {"platform": {"architecture": "arm64"}}})
	requirement.met == "the image is for linux/arm64" with input as facts
	not requirement.unknown with input as facts
}

test_a_single_manifest_does_not_say if {
	contains(requirement.unknown, "no index") with input as testing.facts
	not requirement.met with input as testing.facts
	not requirement.unmet with input as testing.facts
}

test_another_system_of_that_architecture_is_not_it if {
	platform := {"os": "windows", "architecture": "arm64", "variant": null}
	facts := testing.with_facts({"image": {"platforms": [platform]}})
	requirement.unmet with input as facts
}
