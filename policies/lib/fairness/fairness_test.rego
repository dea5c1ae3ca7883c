package freehold.lib.fairness_test

import data.freehold.lib.fairness

# Judged on the day the tables are from.
_now := "2026-11-21T12:00:00Z"

# hardening.non_root_user is left out: it does not concern base images.
_rules := {
	"customization.add_package_path": data.freehold.customization.add_package_path,
	"customization.missing_libraries": data.freehold.customization.missing_libraries,
	"customization.package_database_intact": data.freehold.customization.package_database_intact,
	"distro.consistent_identity": data.freehold.distro.consistent_identity,
	"distro.identified": data.freehold.distro.identified,
	"distro.libc_not_mixed": data.freehold.distro.libc_not_mixed,
	"distro.mainstream_base": data.freehold.distro.mainstream_base,
	"distro.native_libc": data.freehold.distro.native_libc,
	"distro.native_package_format": data.freehold.distro.native_package_format,
	"distro.supported_release": data.freehold.distro.supported_release,
	"exit.symbol_versions": data.freehold.exit.symbol_versions,
	"exit.no_vendor_paths": data.freehold.exit.no_vendor_paths,
	"fhs.executables_in_standard_directories": data.freehold.fhs.executables_in_standard_directories,
	"fhs.no_foreign_top_level": data.freehold.fhs.no_foreign_top_level,
	"fhs.required_directories": data.freehold.fhs.required_directories,
	"fhs.usr_merge_consistent": data.freehold.fhs.usr_merge_consistent,
	"hardening.elf_hardening": data.freehold.hardening.elf_hardening,
	"hardening.no_package_manager": data.freehold.hardening.no_package_manager,
	"hardening.no_private_keys": data.freehold.hardening.no_private_keys,
	"hardening.no_setuid": data.freehold.hardening.no_setuid,
	"hardening.no_shell": data.freehold.hardening.no_shell,
	"hardening.no_world_writable": data.freehold.hardening.no_world_writable,
	"proprietary.distro_built_packages": data.freehold.proprietary.distro_built_packages,
	"proprietary.distro_trust_keys": data.freehold.proprietary.distro_trust_keys,
	"proprietary.official_repositories": data.freehold.proprietary.official_repositories,
	"proprietary.packages_unmodified": data.freehold.proprietary.packages_unmodified,
	"proprietary.traceable_executables": data.freehold.proprietary.traceable_executables,
	"provenance.sbom_present": data.freehold.provenance.sbom_present,
	"provenance.source_identified": data.freehold.provenance.source_identified,
}

_failed := {rule |
	some rule, result in _rules
	count(object.get(result, "deny", set())) > 0
	object.get(result, "not_applicable", "") == ""
	object.get(result, "unknown", "") == ""
}

_denied := {rule |
	some rule in [
		"hardening.no_private_keys",
		"hardening.no_setuid",
		"proprietary.packages_unmodified",
	]
	count(_rules[rule].deny) > 0
}

test_no_rule_fails_a_legitimate_image if {
	every facts in fairness.images {
		failed := _failed with input as facts with data.freehold.now as _now
		failed == set()
	}
}

test_the_gate_finds_nothing_in_a_legitimate_image if {
	every facts in fairness.images {
		denied := _denied with input as facts with data.freehold.now as _now
		denied == set()
	}
}

test_the_same_rules_do_find_faults if {
	facts := object.union(fairness.images.debian, {"shells": [], "distro": {"markers": [{
		"path": "/etc/alpine-release", "layer": 2, "family": "alpine", "text": "3.20.3",
	}]}})
	failed := _failed with input as facts with data.freehold.now as _now
	failed == {"distro.consistent_identity"}
}
