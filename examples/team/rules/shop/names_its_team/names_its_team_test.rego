package freehold.shop.names_its_team_test

import data.freehold.lib.testing
import data.freehold.shop.names_its_team as rule

_image(labels) := testing.with_facts({"image": {"labels": labels}})

test_passes_an_image_of_a_team_of_ours if {
	count(rule.deny) == 0 with input as _image({"org.example.team": "cart"})
}

test_denies_an_image_of_nobody if {
	some finding in rule.deny with input as _image({})
	finding.msg == "the image has no label org.example.team"
	finding.subject == "image"
}

test_denies_an_image_of_strangers if {
	some finding in rule.deny with input as _image({"org.example.team": "sales"})
	finding.msg == "the label org.example.team names no team of ours: sales"
}
