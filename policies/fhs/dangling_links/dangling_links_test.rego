package freehold.fhs.dangling_links_test

import data.freehold.fhs.dangling_links as rule
import data.freehold.lib.records
import data.freehold.lib.testing

_with(links) := testing.with_facts({"layout": {"dangling_links": records.capped(links)}})

test_passes_an_image_without_any if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
}

test_denies_one_among_programs if {
	facts := _with([records.dangling_link("/usr/local/bin/tool")])
	some finding in rule.deny with input as facts
	finding.msg == "/usr/local/bin/tool leads nowhere: /opt/gone is not in the image (layer 2)"
	finding.subject == "path:/usr/local/bin/tool"
	count(rule.warn) == 0 with input as facts
	not rule.score with input as facts
}

test_one_elsewhere_is_a_warning if {
	facts := _with([object.union(records.dangling_link("/srv/current"), {"circular": true})])
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	contains(finding.msg, "goes in circles by way of /opt/gone")
	not rule.score with input as facts
}

test_links_of_packages_and_their_tools_are_noted_and_cost_nothing if {
	facts := _with([
		object.union(records.dangling_link("/usr/lib/x.so"), {"owner": "libx"}),
		object.union(records.dangling_link("/usr/bin/pager"), {"generated": true}),
	])
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.severity == "info"
	finding.subject == "image"
	rule.score == 1 with input as facts
}

test_a_link_that_packages_may_have_brought_is_unknown if {
	unclear := object.union(records.dangling_link("/usr/bin/tool"), {"owner_known": false})
	rule.unknown with input as _with([unclear])
	count(rule.deny | rule.warn) == 0 with input as _with([unclear])
	not rule.unknown with input as _with([unclear, records.dangling_link("/usr/bin/other")])
}

test_names_no_more_than_it_lists if {
	facts := _with([records.dangling_link(sprintf("/opt/%d", [n])) | some n in numbers.range(1, 30)])
	count(rule.warn) == 20 with input as facts
}
