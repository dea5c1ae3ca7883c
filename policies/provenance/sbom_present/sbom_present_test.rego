package freehold.provenance.sbom_present_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.sbom_present as rule

_path := "/usr/share/sbom/image.spdx.json"

_of_image := records.sbom(_path, "spdx_json")

_searched(sboms) := testing.with_sboms(sboms)

_not_searched(sboms) := object.union(testing.not_searched, {"sboms": records.capped(sboms)})

_attached(verdict) := object.union(_of_image, {
	"origin": records.origin("attached"),
	"subject": records.speaks_of("platform"),
	"verification": records.verification(verdict),
})

test_passes_an_sbom_of_the_image_wherever_it_is if {
	every sbom in [_of_image, _attached("unsigned"), _attached("verified"), _attached("authentic")] {
		every facts in [_searched([sbom]), _not_searched([sbom])] {
			count(rule.deny) == 0 with input as facts
			not rule.unknown with input as facts
		}
	}
}

test_an_sbom_of_the_base_counts if {
	facts := _searched([object.union(_of_image, {"scope": "base"})])
	count(rule.deny) == 0 with input as facts
	not rule.unknown with input as facts
}

test_what_a_package_says_of_itself_is_not_of_the_image if {
	facts := _searched([records.package_sbom("/var/lib/db/sbom/zlib-1.3-r0.spdx.json")])
	some finding in rule.deny with input as facts
	finding.evidence.of_packages == 1
}

test_denies_when_everything_was_searched if {
	some finding in rule.deny with input as testing.facts
	finding.subject == "image"
	not rule.unknown with input as testing.facts
}

test_a_name_alone_is_no_sbom if {
	facts := _searched([records.sbom("/app/bom.json", "unrecognised")])
	some finding in rule.deny with input as facts
	finding.evidence.unrecognised == ["/app/bom.json"]
}

test_an_sbom_that_was_changed_or_is_of_another_image_is_none if {
	other := object.union(_attached("unsigned"), {"subject": records.speaks_of("another_image")})
	every sbom in [_attached("invalid"), other] {
		count(rule.deny) == 1 with input as _searched([sbom])
	}
}

_empty := object.union(_of_image, {"components": 0})

test_an_sbom_of_nothing_is_none_of_an_image_with_packages if {
	some finding in rule.deny with input as _searched([_empty])
	startswith(finding.msg, "the SBOM in the file /usr/share/sbom/image.spdx.json lists nothing")
}

test_an_sbom_of_nothing_is_one_of_an_image_without_packages if {
	without_packages := object.union(testing.scratch, {"sboms": records.capped([_empty])})
	count(rule.deny) == 0 with input as without_packages
	not rule.unknown with input as without_packages
}

test_an_sbom_that_may_be_of_anything_is_unknown if {
	facts := _searched([object.union(_of_image, {"scope": "unknown", "unread": "too deep"})])
	contains(rule.unknown, _path) with input as facts
	count(rule.deny) == 0 with input as facts
}

test_is_unknown_where_nobody_looked if {
	contains(rule.unknown, "`freehold evidence REGISTRY/NAME:TAG`") with input as testing.not_searched
	count(rule.deny) == 0 with input as testing.not_searched
}

test_is_unknown_where_the_publisher_keeps_it_elsewhere if {
	facts := testing.with_facts({"image": {"labels": {"com.docker.dhi.name": "python"}}})
	contains(rule.unknown, "docker scout attestation list") with input as facts
	count(rule.deny) == 0 with input as facts
}

test_nothing_is_concluded_where_files_were_not_read if {
	facts := testing.with_facts({"topics": {"sboms": {"coverage": "partial", "reason": "a limit"}}})
	count(rule.deny) == 0 with input as facts
}
