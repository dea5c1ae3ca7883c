package freehold.lib.packages_test

import data.freehold.lib.packages

test_reads_the_name_out_of_every_form if {
	every reference in ["apt", "pkg:deb/apt", "pkg:deb/debian/apt@2.6.1?arch=amd64"] {
		packages.bare_name(reference) == "apt"
	}
}
