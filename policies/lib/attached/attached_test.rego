package freehold.lib.attached_test

import data.freehold.lib.attached
import data.freehold.lib.testing

_partly := testing.with_facts({
	"topics": {"attached_evidence": {"coverage": "partial", "reason": "no answer from the registry"}},
	"image": {"source": "registry", "reference": "registry.example/shop:1"},
})

test_absence_is_known_where_every_place_was_searched_and_read if {
	attached.absent("sbom") with input as testing.facts
	not attached.doubt("sbom") with input as testing.facts
}

test_nothing_is_concluded_where_a_part_was_not_read if {
	not attached.absent("sbom") with input as _partly
	doubt := attached.doubt("sbom") with input as _partly
	contains(doubt, "no answer from the registry")
	contains(doubt, "`freehold evidence registry.example/shop:1` would settle it")
}

test_nothing_is_concluded_where_a_place_was_left_out if {
	facts := testing.with_facts({"attached_evidence": {"complete": false}})
	not attached.absent("sbom") with input as facts
	attached.doubt("sbom") with input as facts
}

test_a_copy_is_settled_by_its_registry if {
	not attached.absent("signature") with input as testing.not_searched
	doubt := attached.doubt("signature") with input as testing.not_searched
	contains(doubt, "`freehold evidence REGISTRY/NAME:TAG")
	unnamed := object.union(testing.not_searched, {"image": {"digest": null}})
	other := attached.doubt("signature") with input as unnamed
	contains(other, "`freehold evidence REGISTRY/NAME:TAG`")
}

test_what_was_not_to_be_searched_is_said if {
	facts := object.union(testing.not_searched, {"attached_evidence": {"places": [{
		"subject": "manifest", "place": "referrers", "state": "not_asked", "complete": false,
		"detail": null,
	}]}})
	doubt := attached.doubt("sbom") with input as facts
	startswith(doubt, "what is attached was not to be looked for")
}

test_a_publisher_may_keep_it_elsewhere if {
	hardened := testing.with_facts({"image": {
		"labels": {"com.docker.dhi.name": "x"},
		"reference": "registry.example/python:3",
	}})
	not attached.absent("sbom") with input as hardened
	doubt := attached.doubt("sbom") with input as hardened
	contains(doubt, "docker scout attestation list registry://registry.example/python:3`")
	attached.kept_elsewhere("vex") == "Docker Hardened Images" with input as hardened
	label := testing.with_facts({"image": {"labels": {"com.redhat.component": "ubi10-container"}}})
	not attached.absent("signature") with input as label
	attached.absent("sbom") with input as label
	both := {"com.redhat.component": "x", "com.docker.dhi.name": "x"}
	attached.doubt("signature") with input as testing.with_facts({"image": {"labels": both}})
}

test_a_publisher_is_told_by_os_release_and_versions_too if {
	home := {"distro": {"home_url": "https://docker.com/products/hardened-images/"}}
	not attached.absent("sbom") with input as testing.with_facts(home)
	some entry in testing.facts.packages
	rebuilt := object.union(entry, {"version": "1.2.3.root.io.4"})
	not attached.absent("sbom") with input as testing.with_facts({"packages": [rebuilt]})
	not attached.kept_elsewhere("sbom") with input as testing.facts
}
