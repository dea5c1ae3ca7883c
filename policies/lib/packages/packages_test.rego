package freehold.lib.packages_test

import data.freehold.lib.packages
import data.freehold.lib.records

test_reads_the_name_out_of_every_form if {
	every reference in ["apt", "pkg:deb/apt", "pkg:deb/debian/apt@2.6.1?arch=amd64"] {
		packages.bare_name(reference) == "apt"
	}
}

test_language_packages_are_not_the_systems if {
	system := records.package_of("libc6", "2.41-12")
	module := object.union(records.package_of("stdlib", "1.24.1"), {"type": "golang", "installed": false})
	[entry.name | some entry in packages.system] == ["libc6"] with input as {"packages": [system, module]}
}
