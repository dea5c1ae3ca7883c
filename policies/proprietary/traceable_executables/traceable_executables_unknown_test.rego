package freehold.proprietary.traceable_executables_unknown_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.proprietary.traceable_executables as rule

test_is_unknown_with_a_damaged_database if {
	facts := object.union(testing.database_deleted, {
		"package_databases": [records.database("damaged")],
	})
	contains(rule.unknown, "200 of 200") with input as facts
	count(rule.deny) == 0 with input as facts
}

test_is_unknown_with_a_database_of_a_format_not_read if {
	facts := object.union(testing.database_deleted, {
		"package_databases": [],
		"ownership": {"executables": {"total": 9}},
		"gaps": [records.gap("packages", "unsupported", "/var/lib/chisel/manifest.wall")],
	})
	rule.unknown with input as facts
	count(rule.deny) == 0 with input as facts
}

_undetermined(traceable, unowned, undetermined) := testing.with_facts({"ownership": {"executables": {
	"total": (traceable + unowned) + undetermined,
	"base_total": 0,
	"rungs": records.rungs({"source_named": traceable, "unowned": unowned}, {}),
}}})

test_a_few_undetermined_files_do_not_hide_a_good_share if {
	facts := _undetermined(99, 0, 1)
	not rule.unknown with input as facts
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_undetermined_files_that_could_decide_it_make_it_unknown if {
	rule.unknown with input as _undetermined(90, 0, 10)
	rule.unknown with input as _undetermined(90, 1, 9)
	count(rule.deny) == 0 with input as _undetermined(90, 1, 9)
	not rule.score with input as _undetermined(90, 1, 9)
}

test_undetermined_files_do_not_excuse_a_bad_share if {
	facts := _undetermined(10, 80, 10)
	not rule.unknown with input as facts
	count(rule.deny) > 0 with input as facts
}
