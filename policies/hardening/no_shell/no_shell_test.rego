package freehold.hardening.no_shell_test

import data.freehold.hardening.no_shell as rule
import data.freehold.lib.testing

test_passes_an_image_without_a_shell if {
	count(rule.warn) == 0 with input as testing.with_facts({"shells": []})
}

test_a_shell_is_a_warning if {
	some finding in rule.warn with input as testing.facts
	finding.subject == "path:/bin/sh"
	finding.msg == "/bin/sh is a shell, dash (layer 1)"
}
