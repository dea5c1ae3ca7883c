package freehold.proprietary.distro_trust_keys_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.proprietary.distro_trust_keys as rule

_stranger := "00112233445566778899aabbccddeeff00112233"

_with(keys) := testing.with_facts({"trust_keys": keys})

_apk_key(name) := object.union(
	records.trust_key(sprintf("/etc/apk/keys/%s", [name]), _stranger),
	{"kind": "apk_rsa"},
)

test_passes_debian if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
	not rule.unknown with input as testing.facts
}

test_passes_a_known_fingerprint_that_no_package_owns if {
	key := records.trust_key(
		"/etc/apt/keyrings/archive.gpg",
		"b8b80b5b623eab6ad8775c45b7c5d7d6350947f8",
	)
	count(rule.deny | rule.warn) == 0 with input as _with([key])
}

test_passes_an_owner_written_as_package_url if {
	key := object.union(records.trust_key("/usr/share/keyrings/new.pgp", _stranger), {
		"owner": "pkg:deb/debian/debian-archive-keyring",
	})
	count(rule.deny | rule.warn) == 0 with input as _with([key])
}

test_passes_alpine_and_wolfi_with_their_own if {
	alpine := testing.with_facts({
		"distro": {"id": "alpine"},
		"trust_keys": [_apk_key("alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub")],
	})
	count(rule.deny | rule.warn) == 0 with input as alpine
	wolfi := testing.with_facts({
		"distro": records.wolfi_distro,
		"trust_keys": [_apk_key("wolfi-signing.rsa.pub")],
	})
	count(rule.deny | rule.warn) == 0 with input as wolfi
}

test_warns_about_a_key_of_another_distribution if {
	facts := testing.with_facts({
		"distro": {"id": "alpine"},
		"trust_keys": [_apk_key("wolfi-signing.rsa.pub")],
	})
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.subject == sprintf("key:%s", [_stranger])
	contains(finding.msg, "is a key of Wolfi, not of Alpine Linux (layer 1)")
}

test_a_name_alone_does_not_make_an_openpgp_key_official if {
	key := records.trust_key("/etc/apt/keyrings/debian-archive-keyring.gpg", _stranger)
	some finding in rule.warn with input as _with([key])
	contains(finding.msg, "an unlisted supplier")
}

test_warns_about_a_key_of_another_package if {
	key := object.union(records.trust_key("/usr/share/keyrings/x.gpg", _stranger), {"owner": "x"})
	some finding in rule.warn with input as _with([key])
	contains(finding.msg, "package x")
}

test_denies_the_key_to_a_gated_archive if {
	key := records.trust_key("/usr/share/keyrings/dhi-deb-sec.gpg", _stranger)
	some finding in rule.deny with input as _with([key])
	contains(finding.msg, "gated archive of Docker Hardened Images")
	count(rule.warn) == 0 with input as _with([key])
}

test_denies_a_repository_without_signature if {
	repository := object.union(
		records.repository("http://mirror.debian.org/debian", "mirror.debian.org"),
		{"unsigned_allowed": true},
	)
	facts := testing.with_facts({"repositories": [repository]})
	some finding in rule.deny with input as facts
	finding.subject == "repo:mirror.debian.org/debian"
}

test_leaves_out_what_was_added_to_a_known_base if {
	key := object.union(records.trust_key("/etc/apt/keyrings/x.gpg", _stranger), {"side": "added"})
	facts := object.union(_with([key]), {"image": {"base": {"layers": 1}}})
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_is_unknown_for_an_unlisted_distribution if {
	facts := testing.with_facts({"distro": {"id": "acme"}})
	rule.unknown with input as facts
}

test_does_not_concern_an_image_without_keys if {
	rule.not_applicable with input as _with([])
	not rule.unknown with input as _with([])
}
