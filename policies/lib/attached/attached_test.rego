package freehold.lib.attached_test

import data.freehold.lib.attached

_with(complete, artifacts) := {
	"topics": {"attached_evidence": {"coverage": "partial", "reason": "x"}},
	"attached_evidence": {
		"places": [],
		"complete": complete,
		"artifacts": {"items": artifacts, "total": count(artifacts), "truncated": false},
	},
}

_signature := {"holds": ["signature"], "unread": null}

test_known_kinds_exclude_others_where_all_was_searched if {
	attached.only(["signature"]) with input as _with(true, [_signature])
	not attached.only(["sbom"]) with input as _with(true, [_signature])
}

test_nothing_is_concluded_from_half_a_search if {
	facts := _with(false, [_signature])
	not attached.only(["signature"]) with input as facts
	attached.doubt == "attached evidence was not searched in full" with input as facts
}

test_what_could_not_be_read_may_be_anything if {
	artifact := object.union(_signature, {"unread": "no answer"})
	not attached.only(["signature"]) with input as _with(true, [artifact])
}

test_an_artifact_of_two_kinds_is_both if {
	artifact := object.union(_signature, {"holds": ["signature", "sbom"]})
	not attached.only(["signature"]) with input as _with(true, [artifact])
}

test_a_whole_search_that_found_nothing_excludes_everything if {
	complete := {"topics": {"attached_evidence": {"coverage": "complete", "reason": null}}}
	attached.only([]) with input as object.union(_with(true, []), complete)
}
