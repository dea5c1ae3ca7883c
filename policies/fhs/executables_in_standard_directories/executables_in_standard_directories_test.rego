package freehold.fhs.executables_in_standard_directories_test

import data.freehold.fhs.executables_in_standard_directories as rule
import data.freehold.lib.records
import data.freehold.lib.testing

_with(entries) := testing.with_facts({"layout": {"stray_executables": records.capped(entries)}})

test_passes_debian if {
	count(rule.warn) == 0 with input as testing.facts
}

test_passes_scripts_of_configuration_and_package_tools if {
	facts := _with([
		records.entry("/etc/cron.daily/dpkg"),
		records.entry("/var/lib/dpkg/info/libc6:amd64.postinst"),
	])
	count(rule.warn) == 0 with input as facts
}

test_passes_what_a_package_put_there if {
	entry := object.union(records.entry("/var/lib/app/run"), {"owner": "app"})
	count(rule.warn) == 0 with input as _with([entry])
}

test_warns_once_for_each_directory if {
	facts := _with([
		records.entry("/srv/a"), records.entry("/srv/bin/b"), records.entry("/mnt/c"),
	])
	{finding.subject | some finding in rule.warn} == {"path:/mnt", "path:/srv"} with input as facts
	some finding in rule.warn with input as facts
	contains(finding.msg, "/srv holds programs outside the standard directories: 2,")
}

test_leaves_foreign_directories_to_their_own_rule if {
	count(rule.warn) == 0 with input as _with([records.entry("/app/bin/b")])
}

test_does_not_concern_a_single_static_program if {
	rule.not_applicable with input as testing.scratch
}
