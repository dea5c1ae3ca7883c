# METADATA
# title: The time zone database is there, or can be installed
# description: >-
#   Without it every local time is UTC, mostly without a word. A build image can give it away as one
#   directory. Some languages can carry a copy inside the program, which is not looked for.
# related_resources:
#   - ref: https://man7.org/linux/man-pages/man3/tzset.3.html
# custom:
#   needs: [layout, package_managers]
#   build_sibling: true
#   stability: stable
package freehold.requirements.timezone_data

import data.freehold.lib.requirements

met := sprintf("%s has %d entries", [_database.path, _database.size]) if {
	_database
} else := requirements.installable("tzdata")

unmet := "no time zone database is in the image, and no package manager" if {
	not _database
	requirements.no_manager
}

unknown := requirements.unjudged_manager if not _database

# UTC and its other names are some six entries.
_database := place if {
	some place in input.layout.well_known
	place.holds == "time_zones"
	place.kind == "directory"
	place.size > 10
}
