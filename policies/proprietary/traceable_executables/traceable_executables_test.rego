package freehold.proprietary.traceable_executables_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.proprietary.traceable_executables as rule

_with(total, traceable, files) := testing.with_facts({"ownership": {
	"executables": _on({"source_named": traceable, "unowned": total - traceable}, {}),
	"unowned": records.capped(files),
}})

_on(files, base) := {
	"total": sum([n | some n in files]),
	"base_total": sum([n | some n in base]),
	"rungs": records.rungs(files, base),
}

_all_on(files) := testing.with_facts({"ownership": {"executables": _on(files, {})}})

_with_base(facts, files, base) := object.union(facts, {
	"image": {"base": {"layers": 1}},
	"ownership": {"executables": _on(files, base)},
})

_tool := records.unowned("/opt/x/y", "elf_program")

test_passes_debian if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
	not rule.score with input as testing.facts
	not rule.unknown with input as testing.facts
	not rule.not_applicable with input as testing.facts
}

test_denies_below_the_minimum_with_the_share_as_credit if {
	facts := _with(10, 7, [_tool])
	messages := {finding.msg | some finding in rule.deny} with input as facts
	"/opt/x/y is an ELF program no package owns (layer 3)" in messages
	subjects := {finding.subject | some finding in rule.deny} with input as facts
	subjects == {"image", "path:/opt/x/y"}
	rule.score == 0.7 with input as facts
	count(rule.warn) == 0 with input as facts
}

test_an_application_is_only_warned_while_its_base_is_not_known if {
	facts := object.union(_with(10, 7, [_tool]), {"image": {"role": {"name": "app"}}})
	count(rule.deny) == 0 with input as facts
	rule.score == 0.7 with input as facts
	count(rule.warn) == 2 with input as facts
}

test_points_at_the_directories_that_hold_executables if {
	facts := object.union(_with(10, 7, [_tool]), {"ownership": {
		"unowned_by_directory": records.capped([
			{"path": "/opt/x", "files": 5, "executables": 3, "bytes": 4096},
			{"path": "/usr/share", "files": 9, "executables": 0, "bytes": 512},
		]),
	}})
	some finding in rule.deny with input as facts
	finding.evidence.directories == ["/opt/x"]
}

test_says_that_the_base_is_not_known if {
	facts := _with(10, 7, [_tool])
	some finding in rule.deny with input as facts
	startswith(finding.msg, "70% of executables")
	endswith(finding.msg, "; where the base ends is not known")
}

test_a_base_image_is_all_base if {
	facts := object.union(_with(10, 7, [_tool]), {"image": {"role": {"name": "base"}}})
	some finding in rule.deny with input as facts
	finding.msg == "70% of executables can be traced to a package; 3 cannot"
}

test_only_warns_about_a_few if {
	facts := _with(100, 99, [_tool])
	count(rule.deny) == 0 with input as facts
	count(rule.warn) == 2 with input as facts
	rule.score == 0.99 with input as facts
}

test_names_no_more_than_it_should if {
	files := [records.unowned(sprintf("/opt/x/%d", [n]), "elf_program") |
		some n in numbers.range(1, 60)
	]
	count(rule.deny) == 21 with input as _with(100, 40, files)
}

test_names_executables_only if {
	data_file := object.union(records.unowned("/opt/x/readme", "data"), {"executable": false})
	facts := _with(10, 7, [data_file])
	{finding.subject | some finding in rule.deny} == {"image"} with input as facts
}

test_judges_the_base_when_it_is_known if {
	added := object.union(_tool, {"side": "added"})
	facts := _with_base(
		_with(11, 10, [added]),
		{"source_named": 10, "unowned": 1}, {"source_named": 10},
	)
	count(rule.deny | rule.warn) == 0 with input as facts
	not rule.score with input as facts
}

test_counts_the_base_alone_when_it_is_known if {
	facts := _with_base(
		_with(20, 14, [_tool]),
		{"source_named": 14, "unowned": 6}, {"source_named": 8, "unowned": 2},
	)
	rule.score == 0.8 with input as facts
	some finding in rule.deny with input as facts
	finding.msg == "80% of executables can be traced to a package; 2 cannot"
}

test_undetermined_files_of_a_known_base_make_it_unknown if {
	facts := object.union(
		_with_base(testing.facts, {"source_named": 10}, {"source_named": 9}),
		{"ownership": {"executables": {"base_total": 10}}},
	)
	contains(rule.unknown, "1 of 10 executables") with input as facts
	not rule.score with input as facts
}

test_programs_that_describe_themselves_are_worth_less_than_packaged_ones if {
	every rung in ["self_described", "sbom_declared"] {
		facts := _all_on({"source_named": 80, rung: 20})
		rule.score == 0.94 with input as facts
		some finding in rule.deny with input as facts
		startswith(finding.msg, "80% of executables can be traced to a package; 20 ")
	}
}

test_a_database_without_digests_or_sources_loses_nothing if {
	facts := _all_on({"package_owned": 50, "digest_matches": 40, "source_commit_named": 10})
	count(rule.deny | rule.warn) == 0 with input as facts
	not rule.score with input as facts
	not rule.unknown with input as facts
}

test_credit_of_a_rung_is_the_teams_to_set if {
	facts := _all_on({"package_owned": 50, "source_named": 50})
	stricter := object.union(_parameters, {"credit": {"package_owned": 0.5}})
	rule.score == 0.75 with input as facts
		with rule.parameters as stricter
	some finding in rule.deny with input as facts
		with rule.parameters as stricter
	contains(finding.msg, "50 are of packages whose record of them does not match")
}

_parameters := rule.parameters

test_denies_a_deleted_database if {
	some finding in rule.deny with input as testing.database_deleted
	finding.subject == "path:/var/lib/dpkg/status"
	rule.score == 0 with input as testing.database_deleted
	not rule.unknown with input as testing.database_deleted
}

test_does_not_concern_an_image_without_executables if {
	facts := testing.with_facts({"ownership": {"executables": {
		"total": 0, "rungs": [],
	}}})
	rule.not_applicable == "the image holds no executables" with input as facts
}

test_does_not_concern_a_base_without_executables if {
	facts := _with_base(testing.facts, {"unowned": 1}, {})
	rule.not_applicable == "no executables came with the base image" with input as facts
	not rule.unknown with input as testing.facts
}

test_does_not_concern_a_single_static_program if {
	rule.not_applicable with input as testing.scratch
}
