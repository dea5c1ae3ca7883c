# METADATA
# title: The image is there for linux/amd64
# description: >-
#   A service that is scheduled on x86-64 machines needs an image for them. The index an image was
#   chosen from says what else it offers; a single manifest, an archive or a directory does not, and
#   what it does not say is unknown.
# related_resources:
#   - ref: https://github.com/opencontainers/image-spec/blob/main/image-index.md
# custom:
#   needs: [image]
#   build_sibling: false
#   stability: stable
package freehold.requirements.amd64

import data.freehold.lib.requirements

met := requirements.offers("linux", "amd64")

unmet := requirements.does_not_offer("linux", "amd64")

unknown := requirements.unlisted_platforms("linux", "amd64")
