# METADATA
# title: The image starts as an ordinary user
# description: >-
#   A process that starts as root inside a container is root towards every mount, socket and kernel
#   interface it reaches. This concerns images that are run; base and build images need root for the
#   next RUN step.
# related_resources:
#   - ref: https://github.com/opencontainers/image-spec/blob/main/config.md
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   severity: medium
#   weight: 4
#   needs: [image]
#   applies_to: [runtime, app]
#   remediation: >-
#     End the Dockerfile with USER and a numeric id above 0, and give that user what it must write.
#   effort: low
#   stability: stable
#   controls:
#     cis_docker_1.6: ["4.1"]
#     nist_800_190: ["4.1.2"]
#     disa_container_guide: ["CCI-002235"]
#     cra_annex_i: ["I.2.b"]
package freehold.hardening.non_root_user

unknown := "a root file system carries no configuration" if input.image.source == "rootfs"

unknown := msg if {
	input.image.source != "rootfs"
	is_null(input.image.config.runs_as_root)
	msg := sprintf("the user %s cannot be looked up in the image", [input.image.config.user])
}

deny contains {"msg": msg, "subject": "image", "evidence": {"user": input.image.config.user}} if {
	input.image.config.runs_as_root == true
	msg := sprintf("the image starts as root (%s)", [_stated])
}

_stated := "no USER is set" if input.image.config.user == ""

_stated := sprintf("USER %s", [input.image.config.user]) if input.image.config.user != ""
