package freehold.fhs.usr_merge_consistent_test

import data.freehold.fhs.usr_merge_consistent as rule
import data.freehold.lib.records
import data.freehold.lib.testing

_with(bin, sbin, lib, broken) := testing.with_facts({"layout": {"usr_merge": {
	"bin": bin, "sbin": sbin, "lib": lib, "broken": broken,
}}})

test_passes_merged_and_unmerged if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
	facts := _with("directory", "directory", "directory", [])
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_passes_an_image_that_has_only_some_of_them if {
	facts := _with("merged", "absent", "absent", [])
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_denies_a_broken_link_once if {
	facts := _with("merged", "merged", "directory", [records.entry("/lib")])
	some finding in rule.deny with input as facts
	finding.subject == "path:/lib"
	contains(finding.msg, "layer 1 made it a directory")
	count(rule.warn) == 0 with input as facts
}

test_warns_about_a_mixture if {
	facts := _with("merged", "directory", "merged", [])
	count(rule.deny) == 0 with input as facts
	{finding.subject | some finding in rule.warn} == {"path:/sbin"} with input as facts
}

test_does_not_concern_an_image_without_them if {
	facts := _with("absent", "absent", "absent", [])
	rule.not_applicable with input as facts
	not rule.not_applicable with input as testing.facts
}
