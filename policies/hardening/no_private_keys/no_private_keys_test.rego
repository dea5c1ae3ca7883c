package freehold.hardening.no_private_keys_test

import data.freehold.hardening.no_private_keys as rule
import data.freehold.lib.records
import data.freehold.lib.testing

_with(path, patch) := testing.with_facts({"private_keys": records.capped([object.union(
	records.private_key(path),
	patch,
)])})

test_passes_an_image_without_any if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
}

test_denies_a_key_no_package_owns if {
	some finding in rule.deny with input as _with("/app/tls.key", {})
	finding.subject == "path:/app/tls.key"
	contains(finding.msg, "a private key (RSA PRIVATE KEY) no package owns (layer 2)")
	object.get(finding, "severity", "") == ""
	not rule.score with input as _with("/app/tls.key", {})
}

test_denies_an_encrypted_key_too if {
	facts := _with("/root/.ssh/id_rsa", {"encrypted": true})
	some finding in rule.deny with input as facts
	contains(finding.msg, "an encrypted rsa private key")
}

test_a_packaged_key_is_information if {
	facts := _with("/usr/lib/python3/dist-packages/x/key.pem", {"owner": "python3-x"})
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.severity == "info"
	rule.score == 1 with input as facts
}

test_published_test_data_is_information if {
	facts := _with("/usr/local/lib/python3.13/test/certdata/keycert.pem", {})
	count(rule.deny) == 0 with input as facts
	count(rule.warn) == 1 with input as facts
}

test_denies_a_key_in_the_tests_of_an_application if {
	count(rule.deny) == 1 with input as _with("/app/tests/server.key", {})
}
