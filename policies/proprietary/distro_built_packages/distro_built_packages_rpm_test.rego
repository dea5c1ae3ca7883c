package freehold.proprietary.distro_built_packages_rpm_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.proprietary.distro_built_packages as rule

_with(packages) := testing.with_facts({"packages": packages})

_rpm(name, version, patch) := object.union_n([
	records.package_of(name, version),
	{"type": "rpm", "purl": null},
	patch,
])

_rpm_image(id, packages) := object.union(_with(packages), {"distro": {
	"id": id, "id_like": object.get(_like, id, ["fedora"]), "native_package_type": "rpm",
}})

_like := {"sl-micro": ["suse"], "cloudlinux": ["rhel", "fedora", "centos"]}

_own_rpms := {
	"fedora": ["43-1.fc43", "Fedora Project"],
	"rhel": ["5.1.8-9.el9", "Red Hat, Inc."],
	"centos": ["5.1.8-9.el9", "CentOS"],
	"rocky": ["5.1.8-9.el9", "Rocky Enterprise Software Foundation"],
	"almalinux": ["5.1.8-9.el9", "AlmaLinux"],
	"ol": ["5.1.8-9.0.1.el9", "Oracle America"],
	"amzn": ["5.2.15-1.amzn2023.0.2", "Amazon Linux"],
	"sles": ["5.2-150600.7.1", "SUSE LLC <https://www.suse.com/>"],
	"opensuse-leap": ["5.2-150600.7.1", "openSUSE"],
	"opensuse-tumbleweed": ["5.3-4.1", "openSUSE"],
	"sl-micro": ["5.2-160000.1.1", "SUSE LLC <https://www.suse.com/>"],
	"cloudlinux": ["5.1.8-9.el9", "CloudLinux"],
	"azurelinux": ["5.2.15-3.azl3", "Microsoft Corporation"],
	"mariner": ["5.1.8-3.cm2", "Microsoft Corporation"],
	"photon": ["5.2-2.ph5", "VMware, Inc."],
	"mageia": ["5.2.15-3.mga9", "Mageia.Org"],
	"hummingbird": ["5.3.0-2.hum1", "Red Hat, Inc."],
	"arch": ["5.3.0-1", null],
	"a-derivative-of-fedora": ["1-1.fc43", "A Derivative"],
}

test_rpm_packages_are_at_home_in_their_own_distribution if {
	every id, own in _own_rpms {
		facts := _rpm_image(id, [_rpm("bash", own[0], {"vendor": own[1]})])
		count(rule.deny | rule.warn) == 0 with input as facts
		not rule.score with input as facts
	}
}

test_rpm_packages_of_another_distribution_are_nearly_as_good if {
	facts := _rpm_image("rhel", [_rpm("tool", "1-2.fc43", {"vendor": "Fedora Project"})])
	rule.score == 0.9 with input as facts
	some finding in rule.warn with input as facts
	finding.subject == "pkg:rpm/fedora/*"
}

test_a_signature_says_more_than_a_vendor if {
	facts := _rpm_image("rhel", [_rpm("tool", "1-2", {
		"vendor": "Fedora Project",
		"signature_keys": ["199e2f91fd431d51"],
	})])
	count(rule.deny | rule.warn) == 0 with input as facts
	foreign := _rpm_image("rhel", [_rpm("tool", "1-2", {"signature_keys": ["829b606631645531"]})])
	some finding in rule.warn with input as foreign
	finding.evidence.told_by == {"signature_keys"}
}
