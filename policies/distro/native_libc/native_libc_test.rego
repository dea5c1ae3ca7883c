package freehold.distro.native_libc_test

import data.freehold.distro.native_libc as rule
import data.freehold.lib.records
import data.freehold.lib.testing

_alpine := {"id": "alpine", "id_like": [], "name": "Alpine Linux", "version_id": "3.22.0"}

_musl := {"family": "musl", "main": "musl"}

test_passes_debian_on_glibc if {
	count(rule.deny) == 0 with input as testing.facts
	not rule.unknown with input as testing.facts
	not rule.not_applicable with input as testing.facts
}

test_passes_alpine_on_musl if {
	facts := testing.with_facts({"distro": _alpine, "libc": _musl})
	count(rule.deny) == 0 with input as facts
	not rule.unknown with input as facts
}

test_passes_a_distribution_with_both if {
	alpaquita := {"id": "alpaquita", "id_like": [], "name": "Alpaquita"}
	count(rule.deny) == 0 with input as testing.with_facts({"distro": alpaquita, "libc": _musl})
	count(rule.deny) == 0 with input as testing.with_facts({"distro": alpaquita})
}

test_passes_what_is_like_a_known_one if {
	facts := testing.with_facts({"distro": {"id": "somebodys", "id_like": ["debian"]}})
	count(rule.deny) == 0 with input as facts
	not rule.unknown with input as facts
}

test_denies_alpine_on_glibc if {
	some finding in rule.deny with input as testing.with_facts({"distro": _alpine})
	finding.subject == "image"
	contains(finding.msg, "most programs run on glibc; Alpine Linux 3.22.0 has musl")
}

test_judges_a_mix_by_what_most_programs_use if {
	facts := testing.with_facts({"distro": _alpine, "libc": {"family": "mixed", "main": "musl"}})
	count(rule.deny) == 0 with input as facts
}

test_does_not_know_every_distribution if {
	facts := testing.with_facts({"distro": {"id": "somebodys", "id_like": []}})
	contains(rule.unknown, "not in the table") with input as facts
	count(rule.deny) == 0 with input as facts
}

test_does_not_concern_static_programs if {
	facts := testing.with_facts({"libc": {"family": "none", "main": null}})
	contains(rule.not_applicable, "no program") with input as facts
	contains(rule.not_applicable, "no distribution") with input as testing.scratch
}

test_a_gap_does_not_excuse if {
	facts := testing.with_facts({
		"libc": {"family": "none", "main": null},
		"topics": {"elf": {"coverage": "partial", "reason": "x"}},
		"gaps": [records.gap("elf", "corrupt", "/x")],
	})
	not rule.not_applicable with input as facts
}
