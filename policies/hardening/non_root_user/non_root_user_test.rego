package freehold.hardening.non_root_user_test

import data.freehold.hardening.non_root_user as rule
import data.freehold.lib.testing

_with(user, runs_as_root) := testing.with_facts({"image": {"config": {
	"user": user, "runs_as_root": runs_as_root,
}}})

test_passes_an_ordinary_user if {
	count(rule.deny) == 0 with input as testing.facts
	not rule.unknown with input as testing.facts
}

test_denies_an_empty_user if {
	some finding in rule.deny with input as _with("", true)
	finding.msg == "the image starts as root (no USER is set)"
	finding.subject == "image"
}

test_denies_a_named_root if {
	some finding in rule.deny with input as _with("root:root", true)
	finding.msg == "the image starts as root (USER root:root)"
}

test_is_unknown_when_the_user_cannot_be_looked_up if {
	contains(rule.unknown, "app") with input as _with("app", null)
	count(rule.deny) == 0 with input as _with("app", null)
}

test_is_unknown_without_a_configuration if {
	facts := object.union(_with("", null), {"image": {"source": "rootfs"}})
	contains(rule.unknown, "no configuration") with input as facts
}
