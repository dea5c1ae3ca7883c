# METADATA
# title: Packages of the team's own choice can be installed when building on the image
# description: >-
#   A library, a client, a font: the RUN line of a Dockerfile needs a package manager that works in
#   the image. Where it was taken away, a build image of the same family installs into a directory
#   that is then copied.
# related_resources:
#   - ref: https://docs.docker.com/build/building/multi-stage/
# custom:
#   needs: [package_managers]
#   build_sibling: true
#   stability: stable
package freehold.requirements.package_install

import data.freehold.lib.requirements

met := requirements.installable("packages")

unmet := requirements.why_no_manager if requirements.no_manager

unknown := requirements.unjudged_manager
