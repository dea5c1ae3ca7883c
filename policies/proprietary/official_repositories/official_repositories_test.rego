package freehold.proprietary.official_repositories_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.proprietary.official_repositories as rule

_with(repositories) := testing.with_facts({"repositories": repositories})

_public := "http://dhi.io/deb/debian/main"

_gated := "http://dhi.io/deb/debian/security"

test_passes_debian if {
	facts := _with([
		records.repository("http://mirror.debian.org/debian", "mirror.debian.org"),
		records.repository("http://security.mirror.debian.org/debian-security", "security.mirror.debian.org"),
	])
	count(rule.deny | rule.warn) == 0 with input as facts
	not rule.unknown with input as facts
	not rule.not_applicable with input as facts
}

test_passes_ubuntu_ports if {
	facts := testing.with_facts({
		"distro": {"id": "ubuntu", "id_like": ["debian"]},
		"repositories": [
			records.repository("http://mirror.ubuntu.com/ubuntu-ports/", "mirror.ubuntu.com"),
			records.repository("http://mirror.ubuntu.com/ubuntu", "mirror.ubuntu.com"),
		],
	})
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_passes_wolfi_with_its_own if {
	facts := testing.with_facts({
		"distro": records.wolfi_distro,
		"repositories": [
			records.apk_repository("https://mirror.wolfi.dev/os", "mirror.wolfi.dev"),
			records.apk_repository("https://mirror.cgr.dev/chainguard", "mirror.cgr.dev"),
		],
	})
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_warns_about_a_public_vendor_repository if {
	facts := _with([records.repository(_public, "dhi.io")])
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.subject == "repo:dhi.io/deb/debian/main"
	contains(finding.msg, "vendor repository of Docker Hardened Images")
	contains(finding.msg, "where the base ends is not known")
}

test_denies_a_gated_vendor_repository if {
	facts := _with([records.repository(_gated, "dhi.io")])
	some finding in rule.deny with input as facts
	contains(finding.msg, "needs an account, token or contract")
	count(rule.warn) == 0 with input as facts
}

test_denies_ubuntu_pro_on_ubuntu if {
	facts := testing.with_facts({
		"distro": {"id": "ubuntu"},
		"repositories": [records.repository("https://pro.ubuntu.com/apps/ubuntu", "pro.ubuntu.com")],
	})
	some finding in rule.deny with input as facts
	contains(finding.msg, "Ubuntu Pro")
}

test_denies_credentials_even_for_an_official_host if {
	repository := object.union(
		records.repository("http://mirror.debian.org/debian", "mirror.debian.org"),
		{"credentials": true},
	)
	some finding in rule.deny with input as _with([repository])
	contains(finding.msg, "credentials")
}

test_a_host_that_only_ends_alike_is_foreign if {
	facts := _with([records.repository("http://notdebian.org/debian", "notdebian.org")])
	some finding in rule.warn with input as facts
	contains(finding.msg, "no official repository of Debian")
}

test_a_private_mirror_only_warns if {
	facts := _with([records.repository("https://mirror.acme.test/debian", "mirror.acme.test")])
	count(rule.deny) == 0 with input as facts
	count(rule.warn) == 1 with input as facts
}

test_leaves_out_what_was_added_to_a_known_base if {
	added := object.union(records.repository(_gated, "dhi.io"), {"side": "added"})
	official := object.union(
		records.repository("http://mirror.debian.org/debian", "mirror.debian.org"),
		{"side": "base"},
	)
	facts := object.union(_with([added, official]), {"image": {"base": {"layers": 1}}})
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_a_repository_that_is_switched_off_is_not_judged if {
	repository := object.union(records.repository(_gated, "dhi.io"), {"enabled": false})
	rule.not_applicable with input as _with([repository])
}

test_is_unknown_for_an_unlisted_distribution if {
	facts := testing.with_facts({"distro": {"id": "acme"}})
	rule.unknown with input as facts
}

test_does_not_concern_an_image_without_repositories if {
	rule.not_applicable with input as _with([])
	not rule.unknown with input as _with([])
}

test_an_empty_list_that_was_not_read_in_full_excuses_nothing if {
	facts := object.union(_with([]), {"topics": {"repositories": {"coverage": "missing"}}})
	not rule.not_applicable with input as facts
}
