# METADATA
# title: Files that give rights and that nobody answers for
# description: >-
#   A file that gives rights (setuid, capabilities) is expected only from a package of the base. A
#   missing or incomplete database is no excuse, unless its format is one that is not read.
package freehold.lib.intruder

import data.freehold.lib.coverage

# Why a record with `owner`, `owner_known` and `side` is an intruder; undefined if it is none.
reason(file) := "no package owns it" if {
	is_null(file.owner)
	file.owner_known
} else := "a package database that would say whose it is is incomplete" if {
	is_null(file.owner)
	not coverage.unread_database
} else := "was added to the base image" if {
	file.side == "added"
}
