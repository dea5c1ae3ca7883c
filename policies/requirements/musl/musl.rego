# METADATA
# title: Programs built for musl run
# description: >-
#   Programs and Python wheels tagged musllinux ask for musl's loader. It is part of the image or it
#   is not: nothing done at build time changes the C library of the packages that are there.
# related_resources:
#   - ref: https://peps.python.org/pep-0656/
# custom:
#   needs: [elf]
#   build_sibling: false
#   stability: stable
package freehold.requirements.musl

import data.freehold.lib.requirements

met := requirements.has_libc("musl", "musl")

unmet := requirements.lacks_libc("musl", "musl")

unknown := requirements.unlisted_libc("musl")
