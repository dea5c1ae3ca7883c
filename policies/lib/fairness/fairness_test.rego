package freehold.lib.fairness_test

import data.freehold.lib.fairness

# Judged on the day the tables are from.
_now := "2026-11-21T12:00:00Z"

# hardening.no_compilers and hardening.non_root_user are left out: they do not concern base images.
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
	"exit.sources_named": data.freehold.exit.sources_named,
	"fhs.dangling_links": data.freehold.fhs.dangling_links,
	"exit.symbol_versions": data.freehold.exit.symbol_versions,
	"exit.no_vendor_paths": data.freehold.exit.no_vendor_paths,
	"fhs.executables_in_standard_directories": data.freehold.fhs.executables_in_standard_directories,
	"fhs.no_foreign_top_level": data.freehold.fhs.no_foreign_top_level,
	"fhs.portable_names": data.freehold.fhs.portable_names,
	"fhs.required_directories": data.freehold.fhs.required_directories,
	"fhs.usr_merge_consistent": data.freehold.fhs.usr_merge_consistent,
	"hardening.file_capabilities": data.freehold.hardening.file_capabilities,
	"hardening.elf_hardening": data.freehold.hardening.elf_hardening,
	"hardening.no_credentials": data.freehold.hardening.no_credentials,
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
	"provenance.builder_trusted": data.freehold.provenance.builder_trusted,
	"provenance.built_from_source": data.freehold.provenance.built_from_source,
	"provenance.evidence_portable": data.freehold.provenance.evidence_portable,
	"provenance.evidence_same_subject": data.freehold.provenance.evidence_same_subject,
	"provenance.materials_complete": data.freehold.provenance.materials_complete,
	"provenance.patches_public": data.freehold.provenance.patches_public,
	"provenance.provenance_present": data.freehold.provenance.provenance_present,
	"provenance.reproducible_signs": data.freehold.provenance.reproducible_signs,
	"provenance.sbom_accurate": data.freehold.provenance.sbom_accurate,
	"provenance.sbom_complete": data.freehold.provenance.sbom_complete,
	"provenance.sbom_covers_files": data.freehold.provenance.sbom_covers_files,
	"provenance.sbom_present": data.freehold.provenance.sbom_present,
	"provenance.signature_invalid": data.freehold.provenance.signature_invalid,
	"provenance.signature_present": data.freehold.provenance.signature_present,
	"provenance.signature_verified": data.freehold.provenance.signature_verified,
	"provenance.slsa_level": data.freehold.provenance.slsa_level,
	"provenance.source_commit_share": data.freehold.provenance.source_commit_share,
	"provenance.source_identified": data.freehold.provenance.source_identified,
	"provenance.tests_attested": data.freehold.provenance.tests_attested,
	"provenance.vex_justified": data.freehold.provenance.vex_justified,
	"provenance.vex_present": data.freehold.provenance.vex_present,
}

_failed contains rule if {
	some rule, result in _rules
	count(object.get(result, "deny", set())) > 0
	object.get(result, "not_applicable", "") == ""
	object.get(result, "unknown", "") == ""
}

_denied contains rule if {
	some rule in [
		"hardening.file_capabilities",
		"hardening.no_credentials",
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

# No rule may know dpkg and apk alone.
test_rpm_distributions_get_what_debian_gets if {
	every facts in fairness.rpm_images {
		failed := _failed with input as facts with data.freehold.now as _now
		failed == set()
		passed := _passed with input as facts with data.freehold.now as _now
		passed == _declared
	}
}

_passed contains rule if {
	some rule in _declared
	result := _rules[rule]
	object.get(result, "unknown", "") == ""
	object.get(result, "not_applicable", "") == ""
	count(object.get(result, "warn", set())) == 0
}

# Rules that judge an image against the distribution it declares.
_declared := {
	"customization.add_package_path",
	"customization.package_database_intact",
	"distro.consistent_identity",
	"distro.identified",
	"distro.native_package_format",
	"exit.sources_named",
	"proprietary.distro_built_packages",
	"proprietary.distro_trust_keys",
	"proprietary.official_repositories",
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
