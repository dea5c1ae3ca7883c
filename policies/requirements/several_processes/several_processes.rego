# METADATA
# title: Several processes can be started and watched over in one container
# description: >-
#   Some services are two programs and a log shipper. That takes a supervisor (s6, runit,
#   supervisord, pebble and the like) in the image, or a package manager to install one. A shell
#   starts several programs, and does not restart them.
# related_resources:
#   - ref: https://docs.docker.com/engine/containers/multi-service_container/
# custom:
#   needs: [tools, package_managers]
#   build_sibling: true
#   stability: stable
package freehold.requirements.several_processes

import data.freehold.lib.requirements

met := requirements.present(requirements.tools("supervisor")) if {
	count(requirements.tools("supervisor")) > 0
} else := requirements.installable("a supervisor")

unmet := "there is no supervisor, and no package manager to install one" if {
	count(requirements.tools("supervisor")) == 0
	requirements.no_manager
}

unknown := requirements.unjudged_manager if {
	count(requirements.tools("supervisor")) == 0
}
