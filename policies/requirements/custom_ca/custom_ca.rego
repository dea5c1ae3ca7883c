# METADATA
# title: The team's own CA certificates can be added to the trust store
# description: >-
#   Services behind an inspecting proxy, or with an internal authority, need its certificate in the
#   bundle that TLS clients read. update-ca-certificates or update-ca-trust rebuilds that bundle and
#   is a script: it needs a shell. A package manager can install both. Where neither is there, a
#   build image makes the bundle and its copy replaces the one in the image. Java's keystore is
#   another matter.
# related_resources:
#   - ref: https://manpages.debian.org/stable/ca-certificates/update-ca-certificates.8.en.html
#   - ref: https://github.com/GoogleContainerTools/distroless/issues/668
# custom:
#   needs: [tools, shells, package_managers, layout]
#   build_sibling: true
#   stability: stable
package freehold.requirements.custom_ca

import data.freehold.lib.requirements

met := requirements.present(_rebuilders) if {
	_can_rebuild
} else := requirements.installable("ca-certificates and rebuild the bundle")

unmet := sprintf("nothing in the image can rebuild the trust store; %s", [_bundle]) if {
	not _can_rebuild
	requirements.no_manager
}

unknown := requirements.unjudged_manager if not _can_rebuild

_rebuilders := requirements.tools("trust_store")

_can_rebuild if {
	count(_rebuilders) > 0
	count(input.shells) > 0
}

default _bundle := "it has no bundle in a place known to us"

_bundle := sprintf("its bundle is %s", [_bundles[0]]) if {
	count(_bundles) > 0
}

_bundles := [place.path | some place in input.layout.well_known; place.holds == "ca_bundle"]
