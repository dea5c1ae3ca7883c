# METADATA
# title: No file in the image holds credentials
# description: >-
#   Files that package managers, clouds and databases read their passwords and tokens from, and that
#   hold one written out. Whoever can pull the image can use it, for as long as any copy exists.
#   Variables and placeholders are none. What a package owns is the same in every installation and is
#   only reported; so is test data of language libraries. Of values nothing is kept. Not looked into:
#   `.env` and other files whose name says nothing of their format.
# related_resources:
#   - ref: https://csrc.nist.gov/pubs/sp/800/190/final
# custom:
#   severity: critical
#   weight: 4
#   needs: [credentials]
#   remediation: >-
#     Remove the file from the layer that brings it, not in a later one, and replace the credentials.
#     Give builds theirs with `RUN --mount=type=secret`, and containers theirs at run time.
#   effort: medium
#   stability: stable
#   controls:
#     cis_docker_1.6: ["4.10"]
#     nist_800_190: ["4.1.4"]
#     disa_container_guide: ["CCI-002367"]
package freehold.hardening.no_credentials

deny contains {"msg": msg, "subject": subject, "evidence": _evidence(file)} if {
	some file in input.credentials.items
	not _published(file)
	msg := sprintf(
		"%s holds %s %s (layer %d)",
		[file.path, _words(file.kind), _unowned_words(file), file.layer],
	)
	subject := sprintf("path:%s", [file.path])
}

warn contains finding if {
	some file in input.credentials.items
	reason := _published(file)
	finding := {
		"msg": sprintf(
			"%s holds %s; %s (layer %d)",
			[file.path, _words(file.kind), reason, file.layer],
		),
		"subject": sprintf("path:%s", [file.path]),
		"severity": "info",
		"evidence": _evidence(file),
	}
}

# Credentials everybody has cost nothing.
score := 1 if count(deny) == 0

_published(file) := sprintf("package %s owns it, so everybody has it", [file.owner]) if {
	is_string(file.owner)
} else := "test data of a language library, so everybody has it" if {
	some pattern in data.freehold.hardening.no_credentials.parameters.test_data
	regex.match(pattern, file.path)
}

_words(kind) := object.get(
	{
		"npm": "a registry token",
		"pypi": "a password of a Python index",
		"netrc": "a password of a host",
		"git": "a password of a Git host",
		"registry": "a login of an image registry",
		"aws": "a secret access key of AWS",
		"google_cloud": "credentials of Google Cloud",
		"kubernetes": "credentials of a Kubernetes cluster",
		"postgresql": "a password of PostgreSQL",
		"mysql": "a password of MySQL",
		"terraform": "a token of Terraform",
		"cargo": "a token of a crate registry",
		"maven": "a password of a Maven repository",
		"rubygems": "an API key of RubyGems",
		"composer": "a login of a Composer repository",
		"apt": "a password of a package repository",
	},
	kind,
	"credentials",
)

_unowned_words(file) := "no package owns" if {
	file.owner_known
} else := "whose owner cannot be said"

_evidence(file) := {
	"path": file.path,
	"layer": file.layer,
	"side": file.side,
	"kind": file.kind,
	"owner": file.owner,
}
