package freehold.customization.conffiles_untouched_test

import data.freehold.customization.conffiles_untouched as rule
import data.freehold.lib.records
import data.freehold.lib.testing

test_passes_debian if {
	count(rule.warn) == 0 with input as testing.facts
	not rule.not_applicable with input as testing.facts
}

test_names_changed_configuration if {
	file := records.excused("/etc/ssl/openssl.cnf", "configuration")
	facts := testing.with_facts({"ownership": {"modified": records.capped([file])}})
	some finding in rule.warn with input as facts
	finding.subject == "path:/etc/ssl/openssl.cnf"
	rule.score == 1 with input as facts
}

test_names_configuration_that_is_gone if {
	file := records.missing("/etc/default/useradd", "configuration")
	facts := testing.with_facts({"ownership": {"missing": records.capped([file])}})
	some finding in rule.warn with input as facts
	contains(finding.msg, "is gone")
}

test_other_changes_are_not_its_business if {
	file := records.modified("/usr/bin/openssl", "elf_program", true)
	facts := testing.with_facts({"ownership": {"modified": records.capped([file])}})
	count(rule.warn) == 0 with input as facts
}

test_does_not_concern_images_without_records if {
	facts := testing.with_facts({"ownership": {"digests_compared": 0}})
	rule.not_applicable with input as facts
}
