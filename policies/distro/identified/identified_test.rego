package freehold.distro.identified_test

import data.freehold.distro.identified as rule
import data.freehold.lib.records
import data.freehold.lib.testing

test_passes_debian if {
	facts := testing.facts
	count(rule.deny) == 0 with input as facts
	count(rule.warn) == 0 with input as facts
	not rule.not_applicable with input as facts
}

test_passes_wolfi if {
	facts := testing.with_facts({"distro": records.wolfi_distro})
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_passes_a_rolling_distro_without_a_version if {
	facts := testing.with_facts({"distro": {
		"id": "arch", "version_id": null, "version_codename": null,
	}})
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_denies_a_shell_without_a_name if {
	facts := testing.with_facts({"distro": records.no_distro})
	some finding in rule.deny with input as facts
	finding.subject == "image"
	contains(finding.msg, "the shell /bin/sh")
	rule.score == 0 with input as facts
}

test_denies_a_marker_without_a_name if {
	distro := object.union(records.no_distro, {"markers": testing.facts.distro.markers})
	facts := testing.with_facts({"distro": distro, "shells": []})
	some finding in rule.deny with input as facts
	contains(finding.msg, "/etc/debian_version")
}

test_only_warns_about_a_slice_without_a_name if {
	facts := testing.with_facts({"distro": records.no_distro, "shells": []})
	count(rule.deny) == 0 with input as facts
	count(rule.warn) == 1 with input as facts
	rule.score == 0 with input as facts
}

test_warns_about_a_missing_version if {
	facts := testing.with_facts({"distro": {"version_id": null, "version_codename": null}})
	count(rule.warn) == 1 with input as facts
	not rule.score with input as facts
}

test_does_not_concern_a_single_static_program if {
	contains(rule.not_applicable, "no distribution") with input as testing.scratch
	count(rule.deny | rule.warn) == 0 with input as testing.scratch
}
