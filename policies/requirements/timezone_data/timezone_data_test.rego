package freehold.requirements.timezone_data_test

import data.freehold.lib.layout_records
import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.requirements.timezone_data as requirement

_places(places) := testing.with_facts({"layout": {"well_known": places}, "package_managers": []})

_zones(entries) := layout_records.well_known("time_zones", "/usr/share/zoneinfo", entries)

test_a_database_meets_it if {
	facts := _places([_zones(60)])
	requirement.met == "/usr/share/zoneinfo has 60 entries" with input as facts
	not requirement.unmet with input as facts
}

test_utc_alone_does_not if {
	facts := _places([_zones(2)])
	requirement.unmet with input as facts
	not requirement.met with input as facts
}

test_a_package_manager_meets_it if {
	facts := testing.with_facts({"layout": {"well_known": []}})
	requirement.met == "apt can install tzdata" with input as facts
}

test_is_unknown_where_the_manager_could_not_be_judged if {
	facts := object.union(_places([]), {"package_managers": [records.manager(null, [])]})
	requirement.unknown with input as facts
	not requirement.unmet with input as facts
}
