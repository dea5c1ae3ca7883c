# METADATA
# title: A debugger or tracer is there, or can be installed
# description: >-
#   strace, gdb and their like are of use where the process runs. A package manager that works adds
#   them; a build stage can copy them in with their libraries.
# related_resources:
#   - ref: https://man7.org/linux/man-pages/man1/strace.1.html
# custom:
#   needs: [tools, package_managers]
#   build_sibling: true
#   stability: stable
package freehold.requirements.debug_tools

import data.freehold.lib.requirements

met := requirements.present(requirements.tools("debugger")) if {
	count(requirements.tools("debugger")) > 0
} else := requirements.installable("a debugger")

unmet := "there is no debugger, and no package manager to install one" if {
	count(requirements.tools("debugger")) == 0
	requirements.no_manager
}

unknown := requirements.unjudged_manager if {
	count(requirements.tools("debugger")) == 0
}
