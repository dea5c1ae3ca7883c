# METADATA
# title: Programs built for the GNU C library run
# description: >-
#   Vendor agents, database clients, Python wheels tagged manylinux and most prebuilt programs ask
#   for glibc and its loader. It is part of the image or it is not: nothing done at build time
#   changes the C library of the packages that are there.
# related_resources:
#   - ref: https://peps.python.org/pep-0600/
# custom:
#   needs: [elf]
#   build_sibling: false
#   stability: stable
package freehold.requirements.glibc

import data.freehold.lib.requirements

met := requirements.has_libc("glibc", "the GNU C library")

unmet := requirements.lacks_libc("glibc", "the GNU C library")

unknown := requirements.unlisted_libc("glibc")
