# METADATA
# title: The image starts as an ordinary user
# description: >-
#   Clusters that enforce the restricted Pod Security Standard start nothing as root. An image that
#   names an ordinary user starts there as it is. One that starts as root may well run as another
#   user, which can be tried and not read.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   needs: [image]
#   build_sibling: false
#   stability: stable
package freehold.requirements.non_root

met := sprintf("it starts as user %s", [input.image.config.user]) if {
	input.image.config.runs_as_root == false
}

unknown := "it starts as root; whether it runs as another user has to be tried" if {
	input.image.source != "rootfs"
	input.image.config.runs_as_root == true
}

unknown := "a root file system carries no configuration" if input.image.source == "rootfs"

unknown := sprintf("the user %s cannot be looked up in the image", [input.image.config.user]) if {
	input.image.source != "rootfs"
	is_null(input.image.config.runs_as_root)
}
