# METADATA
# title: No package manager
# description: >-
#   A package manager inside a running container helps an intruder bring tools, and its users to
#   change what was scanned. It is also the short way to add a package, which operability rewards;
#   so it costs half the credit here and never fails. Build images need one.
# related_resources:
#   - ref: https://csrc.nist.gov/pubs/sp/800/190/final
# custom:
#   severity: low
#   weight: 3
#   needs: [package_managers]
#   applies_to: [base, runtime, app]
#   remediation: >-
#     Install in a build stage and copy the result; keep the package database, which is data and no
#     risk.
#   effort: medium
#   stability: stable
#   controls:
#     cis_docker_1.6: ["4.3"]
#     cra_annex_i: ["I.2.j"]
package freehold.hardening.no_package_manager

warn contains {"msg": msg, "subject": subject, "evidence": evidence} if {
	some manager in input.package_managers
	manager.level == "repository"
	msg := sprintf("%s is a package manager (layer %d)", [manager.path, manager.layer])
	subject := sprintf("path:%s", [manager.path])
	evidence := {
		"path": manager.path,
		"layer": manager.layer,
		"operational": manager.operational,
	}
}
