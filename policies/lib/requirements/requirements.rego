# METADATA
# title: What several requirements ask
# description: >-
#   The C library, the platforms of an index, tools by kind, and whether a package manager would work.
package freehold.lib.requirements

# There is this C library, with its version where that is known.
has_libc(family, name) := sprintf("%s%s is there", [name, _version]) if {
	_has_libc(family)
}

lacks_libc(family, name) := msg if {
	input.libc.basis == "interpreters"
	input.libc.main == family
	msg := sprintf("%s is not in the image, and programs ask for it", [name])
} else := sprintf("%s is not in the image: it has %s", [name, _found_libc]) if {
	not _has_libc(family)
	not input.libc.files.truncated
}

unlisted_libc(family) := "the list of C library files was cut" if {
	not _has_libc(family)
	input.libc.files.truncated
}

_has_libc(family) if {
	some file in input.libc.files.items
	file.family == family
}

default _version := ""

_version := sprintf(" %s", [input.libc.version]) if {
	is_string(input.libc.version)
	input.libc.family != "mixed"
}

_found_libc := "no C library" if {
	input.libc.family == "none"
} else := input.libc.family

# The image, or the index it came from, is for this platform.
offers(os, architecture) := sprintf("the image is for %s/%s", [os, architecture]) if {
	_is_for(input.image.platform, os, architecture)
} else := sprintf("its index offers %s", [_offered]) if {
	some platform in _platforms
	_is_for(platform, os, architecture)
}

does_not_offer(os, architecture) := sprintf("its index offers %s alone", [_offered]) if {
	is_array(input.image.platforms)
	not offers(os, architecture)
}

unlisted_platforms(os, architecture) := msg if {
	is_null(input.image.platforms)
	not offers(os, architecture)
	msg := sprintf(
		"the image read is for %s, and no index says what else is offered",
		[_words(input.image.platform)],
	)
}

default _platforms := []

_platforms := input.image.platforms if {
	is_array(input.image.platforms)
}

_is_for(platform, os, architecture) if {
	platform.os == os
	platform.architecture == architecture
}

_offered := concat(", ", [_words(platform) | some platform in _platforms])

_words(platform) := sprintf("%s/%s", [platform.os, platform.architecture])

# Paths of the tools of one kind.
tools(kind) := [tool.path | some tool in input.tools.items; tool.kind == kind]

# The first of some paths, and how many more.
present(paths) := sprintf("%s is there", [paths[0]]) if {
	count(paths) == 1
} else := sprintf("%s and %d more are there", [paths[0], count(paths) - 1])

# A package manager that would work installs this.
installable(what) := sprintf("%s can install %s", [_working[0], what]) if {
	count(_working) > 0
}

# There is none that would work.
no_manager if {
	every manager in _managers {
		manager.operational == false
	}
}

why_no_manager := "there is no package manager" if {
	count(_managers) == 0
} else := sprintf("%s does not work: %s", [_managers[0].name, concat("; ", _managers[0].obstacles)])

# None works for sure, and one could not be judged.
unjudged_manager := sprintf("whether %s would run could not be said", [_unjudged[0]]) if {
	count(_working) == 0
	count(_unjudged) > 0
}

_managers := [manager | some manager in input.package_managers; manager.level == "repository"]

_working := [manager.name | some manager in _managers; manager.operational == true]

_unjudged := [manager.path | some manager in _managers; is_null(manager.operational)]
