package freehold.distro.consistent_identity_test

import data.freehold.distro.consistent_identity as rule
import data.freehold.lib.records
import data.freehold.lib.testing

_marker(path, family, text) := {"path": path, "layer": 2, "family": family, "text": text}

_facts(distro) := testing.with_facts({"distro": distro})

test_passes_debian if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
}

test_passes_a_relative_that_keeps_the_family_file if {
	ubuntu := {
		"id": "ubuntu", "id_like": ["debian"], "version_id": "24.04",
		"name": "Ubuntu", "pretty_name": "Ubuntu 24.04.3 LTS",
		"markers": [_marker("/etc/debian_version", "debian", "trixie/sid")],
	}
	count(rule.deny | rule.warn) == 0 with input as _facts(ubuntu)
	rocky := {
		"id": "rocky", "id_like": ["rhel", "centos", "fedora"], "version_id": "9.4",
		"name": "Rocky Linux", "pretty_name": "Rocky Linux 9.4 (Blue Onyx)",
		"markers": [_marker("/etc/redhat-release", "fedora", "Rocky Linux release 9.4")],
	}
	count(rule.deny | rule.warn) == 0 with input as _facts(rocky)
}

test_passes_alpine_with_a_patch_release if {
	alpine := {
		"id": "alpine", "version_id": "3.20.3", "pretty_name": "Alpine Linux v3.20",
		"markers": [_marker("/etc/alpine-release", "alpine", "3.20.10")],
	}
	count(rule.deny | rule.warn) == 0 with input as _facts(alpine)
}

test_denies_a_file_of_another_distribution if {
	facts := _facts({"markers": [_marker("/etc/alpine-release", "alpine", "3.20.3")]})
	some finding in rule.deny with input as facts
	finding.subject == "path:/etc/alpine-release"
	contains(finding.msg, "speaks for alpine")
}

test_denies_another_release if {
	facts := _facts({"markers": [_marker("/etc/debian_version", "debian", "12.7")]})
	some finding in rule.deny with input as facts
	finding.msg == "/etc/debian_version says 12.7, VERSION_ID says 13 (layer 2)"
	not rule.score with input as facts
}

test_branding_is_information_and_costs_nothing if {
	facts := _facts({"pretty_name": "Distroless"})
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.severity == "info"
	rule.score == 1 with input as facts
}

test_does_not_concern_an_unnamed_distribution if {
	facts := _facts(records.no_distro)
	rule.not_applicable with input as facts
	count(rule.deny) == 0 with input as facts
}
