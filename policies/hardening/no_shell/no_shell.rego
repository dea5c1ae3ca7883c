# METADATA
# title: No command shell
# description: >-
#   Most attacks on a service end in a shell; without one they need more. A shell is also how people
#   look into a running container, so it costs half the credit and never fails. Build images need
#   one.
# related_resources:
#   - ref: https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/
# custom:
#   severity: low
#   weight: 3
#   needs: [shells]
#   applies_to: [base, runtime, app]
#   remediation: >-
#     Ship a runtime image without a shell and debug with an ephemeral container, or keep the shell
#     and say why.
#   effort: medium
#   stability: stable
#   controls:
#     cis_docker_1.6: ["4.3"]
#     cra_annex_i: ["I.2.j"]
package freehold.hardening.no_shell

warn contains {"msg": msg, "subject": subject, "evidence": evidence} if {
	some shell in input.shells
	msg := sprintf("%s is a shell, %s (layer %d)", [shell.path, shell.program, shell.layer])
	subject := sprintf("path:%s", [shell.path])
	evidence := {"path": shell.path, "layer": shell.layer, "owner": shell.owner}
}
