# METADATA
# title: People can open a shell in the running container
# description: >-
#   `kubectl exec` and `docker exec` start a program of the container: without a shell there is
#   nothing to start. An ephemeral container beside it helps where the cluster allows one, which no
#   image can tell.
# related_resources:
#   - ref: https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/
# custom:
#   needs: [shells]
#   build_sibling: false
#   stability: stable
package freehold.requirements.shell_debug

met := sprintf("%s is there", [concat("", _shells)]) if {
	count(_shells) == 1
} else := sprintf("%s are there", [concat(", ", _shells)]) if {
	count(_shells) > 1
}

unmet := "no shell is in the image; an ephemeral container may help" if count(_shells) == 0

_shells contains shell.path if some shell in input.shells
