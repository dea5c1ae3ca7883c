package freehold.requirements.writable_tmp_test

import data.freehold.lib.layout_records
import data.freehold.lib.testing
import data.freehold.requirements.writable_tmp as requirement

_tmp(patch) := testing.with_facts({"layout": {"well_known": [object.union(
	layout_records.well_known("temporary_files", "/tmp", 0),
	patch,
)]}})

test_debian_meets_it if {
	requirement.met == "/tmp is a directory of mode 1777" with input as testing.facts
	not requirement.unmet with input as testing.facts
}

test_an_image_without_one_does_not if {
	facts := testing.with_facts({"layout": {"well_known": []}})
	requirement.unmet == "there is no /tmp" with input as facts
	not requirement.met with input as facts
}

test_one_that_root_alone_may_write_does_not if {
	facts := _tmp({"mode": "0755"})
	requirement.unmet == "/tmp is a directory of mode 0755" with input as facts
	not requirement.met with input as facts
}

test_a_file_of_that_name_does_not if {
	requirement.unmet with input as _tmp({"kind": "file"})
}
