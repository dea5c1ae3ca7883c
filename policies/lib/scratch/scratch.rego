# METADATA
# title: Images without any distribution
package freehold.lib.scratch

import data.freehold.lib.coverage

# A static program or plain data: no distribution is named, no file speaks of one, nothing uses a C
# library inside the image and there is no shell. All of that must have been read in full.
is_scratch if {
	is_null(input.distro.id)
	count(input.distro.markers) == 0
	count(input.shells) == 0
	every interpreter in input.elf.interpreters {
		not interpreter.present
	}
	coverage.complete({"distro", "shells", "elf"})
}

reason := concat("", [
	"no distribution is part of the image: ",
	"nothing uses a C library in it and there is no shell",
])
