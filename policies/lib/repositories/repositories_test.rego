package freehold.lib.repositories_test

import data.freehold.lib.records
import data.freehold.lib.repositories

test_an_address_has_neither_scheme_nor_last_slash if {
	repository := records.repository("mirror+https://mirror.debian.org/debian/", "mirror.debian.org")
	repositories.address(repository) == "mirror.debian.org/debian"
	repositories.path(repository) == "/debian"
}

test_a_local_path_stays_as_it_is if {
	repositories.subject(records.repository("file:/srv/debs", null)) == "repo:file:/srv/debs"
}

test_a_domain_holds_itself_and_what_is_below_it if {
	repositories.in_domain("debian.org", "debian.org")
	repositories.in_domain("mirror.debian.org", "debian.org")
	not repositories.in_domain("notdebian.org", "debian.org")
	not repositories.in_domain(null, "debian.org")
}
