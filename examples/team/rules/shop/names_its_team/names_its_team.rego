# METADATA
# title: The image says whose it is
# description: >-
#   Whoever is called at night has to know whom to call next. The label org.example.team names the
#   team that builds the image.
# custom:
#   severity: high
#   weight: 1
#   needs: [image]
#   applies_to: [app, runtime]
#   remediation: Add LABEL org.example.team to the Dockerfile.
#   effort: low
#   stability: stable
package freehold.shop.names_its_team

deny contains {"msg": msg, "subject": "image", "evidence": {"label": _label}} if {
	not input.image.labels[_label]
	msg := sprintf("the image has no label %s", [_label])
}

deny contains {"msg": msg, "subject": "image", "evidence": {"label": _label, "team": team}} if {
	team := input.image.labels[_label]
	not team in data.freehold.shop.names_its_team.parameters.teams
	msg := sprintf("the label %s names no team of ours: %s", [_label, team])
}

_label := "org.example.team"
