# METADATA
# title: How much was read
# description: >-
#   That something is absent may only be concluded from a topic that was read in full. A rule states
#   `not_applicable` on such a conclusion, so it asks here first.
package freehold.lib.coverage

complete(topics) if {
	every topic in topics {
		input.topics[topic].coverage == "complete"
	}
}

# There is a package database of a format that is not read, and no other says what is installed: what
# looks deleted may be fine. An `absent` one is of another format, and really gone.
unread_database if {
	some gap in input.gaps
	gap.kind == "unsupported"
	gap.topic in {"packages", "package_databases", "ownership"}
	every database in input.package_databases {
		not database.state in {"complete", "reduced", "absent"}
	}
}

# A package database is gone or cannot be read: an empty list of packages proves nothing.
blind_database if {
	some database in input.package_databases
	database.state in {"absent", "damaged"}
}

blind_database if unread_database

# The distribution's files are there, its database was taken away, and nothing else lists packages.
database_deleted if {
	some database in input.package_databases
	database.state == "absent"
	every other in input.package_databases {
		not other.state in {"complete", "reduced"}
	}
	not unread_database
}
