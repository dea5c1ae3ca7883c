package freehold.proprietary.packages_unmodified_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.proprietary.packages_unmodified as rule

_with(files) := testing.with_facts({"ownership": {"modified": records.capped(files)}})

test_passes_debian if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
	not rule.unknown with input as testing.facts
	not rule.not_applicable with input as testing.facts
}

test_denies_a_changed_library if {
	path := "/usr/lib/x86_64-linux-gnu/libssl.so.3"
	facts := _with([records.modified(path, "elf_library", false)])
	some finding in rule.deny with input as facts
	finding.subject == sprintf("path:%s", [path])
	contains(finding.msg, "is not what pkg:deb/debian/libssl3t64 installed (layer 2)")
	finding.evidence.algorithm == "md5"
}

test_denies_a_changed_script if {
	facts := _with([records.modified("/usr/bin/ldd", "script", true)])
	count(rule.deny) == 1 with input as facts
	count(rule.warn) == 0 with input as facts
}

test_denies_a_program_even_below_etc if {
	facts := _with([records.modified("/etc/alternatives/tool", "elf_program", true)])
	count(rule.deny) == 1 with input as facts
}

test_other_content_is_a_medium_warning if {
	facts := _with([records.modified("/usr/share/app/table.dat", "data", false)])
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.severity == "medium"
	finding.subject == "path:/usr/share/app/table.dat"
}

test_documentation_and_configuration_may_change if {
	facts := _with([
		records.modified("/usr/share/doc/libssl3t64/copyright", "data", false),
		records.modified("/etc/passwd", "data", false),
		records.modified("/usr/lib/os-release", "data", false),
		records.modified("/etc/init.d/hostname", "script", true),
	])
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_what_is_excused_is_no_finding if {
	facts := _with([
		records.excused("/etc/nginx/nginx.conf", "configuration"),
		records.excused("/etc/os-release", "branding"),
		records.excused("/usr/share/mime/magic", "generated"),
	])
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_denies_a_program_that_became_setuid if {
	file := records.changed_mode("/usr/bin/env", true, "4755")
	facts := testing.with_facts({"ownership": {"attributes_changed": records.capped([file])}})
	some finding in rule.deny with input as facts
	contains(finding.msg, "has mode 4755 where pkg:deb/debian/libssl3t64 installed it with 0755")
}

test_another_mode_is_a_low_warning if {
	file := records.changed_mode("/usr/bin/env", true, "0777")
	facts := testing.with_facts({"ownership": {"attributes_changed": records.capped([file])}})
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.severity == "low"
}

test_hardening_is_no_finding if {
	file := object.union(
		records.changed_mode("/usr/bin/env", true, "0555"),
		{"change": "mode_tightened", "class": "tightened"},
	)
	facts := testing.with_facts({"ownership": {"attributes_changed": records.capped([file])}})
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_files_that_are_gone_are_one_warning_for_each_package if {
	gone := [records.missing("/usr/lib/a.so", "content"), records.missing("/usr/lib/b.so", "content")]
	facts := testing.with_facts({"ownership": {
		"missing": records.capped(gone),
		"missing_by_package": {"libssl3t64": 2},
	}})
	some finding in rule.warn with input as facts
	finding.msg == "libssl3t64 installed 2 files that are gone"
	finding.evidence == {"files": ["/usr/lib/a.so", "/usr/lib/b.so"]}
}

_removed_in(layers) := testing.with_facts({"ownership": {
	"missing": records.capped([file |
		some number in layers
		file := object.union(records.missing("/usr/lib/a.so", "content"), {"removed_in": number})
	]),
	"missing_by_package": {"libssl3t64": count(layers)},
}})

test_files_that_are_gone_name_the_layers_that_removed_them if {
	some one in rule.warn with input as _removed_in([3, 3])
	one.msg == "libssl3t64 installed 2 files that are gone (removed in layer 3)"
	one.evidence.layer == 3
	some single in rule.warn with input as _removed_in([2])
	single.msg == "libssl3t64 installed a file that is gone (removed in layer 2)"
	some several in rule.warn with input as _removed_in([4, 3])
	endswith(several.msg, "files that are gone (removed in layers 3, 4)")
	several.evidence.layers == [3, 4]
}

test_is_unknown_without_a_database if {
	contains(rule.unknown, "nothing to compare") with input as testing.database_deleted
	not rule.not_applicable with input as testing.database_deleted
}

test_is_unknown_without_digests if {
	facts := testing.with_facts({"ownership": {"digests_compared": 0}})
	contains(rule.unknown, "no digest") with input as facts
}

test_does_not_concern_an_image_without_packages if {
	rule.not_applicable with input as testing.scratch
	not rule.unknown with input as testing.scratch
}
