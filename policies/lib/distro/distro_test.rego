package freehold.lib.distro_test

import data.freehold.lib.distro
import data.freehold.lib.records
import data.freehold.lib.testing

_facts(patch) := testing.with_facts({"distro": patch})

test_names_a_listed_distribution_by_the_table if {
	distro.label == "Debian 13" with input as testing.facts
}

test_names_an_unlisted_distribution_as_it_names_itself if {
	distro.label == "Acme Linux 1" with input as _facts({
		"id": "acme", "name": "Acme Linux", "version_id": "1",
	})
	distro.label == "acme" with input as _facts({"id": "acme", "name": null, "version_id": null})
	distro.name == "an unnamed distribution" with input as _facts(records.no_distro)
}

test_a_listed_distribution_speaks_for_itself_and_what_it_inherits if {
	entries := data.freehold.data.official_repositories.entries
	distro.ids(entries) == {"ubuntu"} with input as _facts({"id": "ubuntu", "id_like": ["debian"]})
	distro.ids(entries) == {"dhi", "debian", "alpine"} with input as _facts({"id": "dhi"})
}

test_an_unlisted_distribution_is_judged_by_what_it_is_like if {
	entries := data.freehold.data.official_repositories.entries
	distro.ids(entries) == {"debian"} with input as _facts({
		"id": "acme", "id_like": ["debian", "unheard-of"],
	})
}
