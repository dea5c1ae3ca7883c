package freehold.provenance.materials_complete_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.materials_complete as rule

_with(parts) := testing.with_statements([records.provenance("unsigned", parts)])

_pinned := records.material("pkg:docker/debian@trixie", "image", "sha256:00")

_floating := records.material("https://example.com/x.tar.gz", "source_archive", null)

test_passes_where_every_material_has_a_digest if {
	every complete in [true, null] {
		facts := _with({"materials": records.capped([_pinned]), "complete_materials": complete})
		count(rule.deny | rule.warn) == 0 with input as facts
		not rule.score with input as facts
	}
}

test_the_share_of_pinned_materials_is_the_credit if {
	facts := _with({"materials": records.capped([_pinned, _floating])})
	some finding in rule.warn with input as facts
	finding.msg == "1 of 2 materials have no digest, as https://example.com/x.tar.gz"
	rule.score == 0.5 with input as facts
}

test_warns_where_the_builder_did_not_see_everything if {
	facts := _with({"materials": records.capped([_pinned]), "complete_materials": false})
	count(rule.warn) == 1 with input as facts
	count(rule.deny) == 0 with input as facts
	rule.score == 0.5 with input as facts
}

test_denies_an_empty_list if {
	facts := _with({"complete_materials": false})
	count(rule.deny) == 1 with input as facts
	count(rule.warn) == 0 with input as facts
}

test_does_not_concern_an_image_without_provenance if {
	rule.not_applicable with input as testing.facts
	count(rule.deny | rule.warn) == 0 with input as testing.facts
}

test_is_unknown_where_nobody_looked if {
	contains(rule.unknown, "`freehold evidence REGISTRY/NAME:TAG`") with input as testing.not_searched
	count(rule.deny | rule.warn) == 0 with input as testing.not_searched
}

test_is_unknown_where_it_could_not_be_read if {
	statement := object.union(records.statement("provenance", "unsigned"), {"unread": "too deep"})
	facts := testing.with_statements([statement])
	endswith(rule.unknown, "too deep") with input as facts
	count(rule.deny | rule.warn) == 0 with input as facts
}
