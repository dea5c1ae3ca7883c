package freehold.provenance.built_from_source_test

import data.freehold.lib.records
import data.freehold.lib.testing
import data.freehold.provenance.built_from_source as rule

_with(materials) := testing.with_statements([records.provenance(
	"unsigned",
	{"materials": records.capped(materials)},
)])

_repository := records.material("git+https://git.example/shop", "repository", "gitCommit:5b7d09c0")

_floating := records.material("https://git.example/shop.git", "repository", null)

_archive := records.material("https://example.com/x-linux-amd64.tar.gz", "binary_package", "sha256:00")

_package := records.material("pkg:apk/wolfi/glibc@2.42-r0", "binary_package", "sha256:00")

_base := records.material("pkg:docker/debian@trixie", "image", "sha256:00")

test_passes_pinned_sources if {
	facts := _with([_repository, _base])
	count(rule.deny | rule.warn) == 0 with input as facts
	not rule.score with input as facts
	not rule.unknown with input as facts
}

test_packages_of_distributions_count_neither_way if {
	count(rule.deny | rule.warn) == 0 with input as _with([_repository, _package])
	contains(rule.unknown, "neither sources nor") with input as _with([_package, _base])
	debs := ["https://deb.example/x_1_amd64.deb", "https://apk.example/x-1-r0.apk"]
	every address in debs {
		material := records.material(address, "binary_package", null)
		rule.unknown with input as _with([material])
	}
}

test_denies_where_most_was_built_by_others if {
	facts := _with([_repository, _archive, object.union(_archive, {"uri": "https://example.com/x.jar"})])
	some finding in rule.deny with input as facts
	startswith(finding.msg, "2 of 3 materials were built by others")
	round(rule.score * 100) == 33 with input as facts
}

test_warns_about_some if {
	facts := _with([_repository, _archive])
	count(rule.deny) == 0 with input as facts
	count(rule.warn) == 1 with input as facts
	rule.score == 0.5 with input as facts
}

test_a_source_without_a_commit_is_not_pinned if {
	some finding in rule.warn with input as _with([_floating])
	contains(finding.msg, "without commit or digest")
	rule.score == 0 with input as _with([_floating])
}

test_the_source_of_the_build_counts_once if {
	parts := {"source": _repository, "materials": records.capped([_repository, _archive])}
	rule.score == 0.5 with input as testing.with_statements([records.provenance("unsigned", parts)])
	alone := {"source": _repository, "materials": records.capped([])}
	facts := testing.with_statements([records.provenance("unsigned", alone)])
	count(rule.deny | rule.warn) == 0 with input as facts
	not rule.unknown with input as facts
}

test_warns_about_sources_only_the_maker_can_reach if {
	every address in ["https://…@git.shop.example/x", "file:///src", "https://git.shop.internal/x.git"] {
		material := records.material(address, "repository", "gitCommit:00")
		statement := records.provenance("unsigned", {"materials": records.capped([material])})
		facts := testing.with_statements([statement])
		some finding in rule.warn with input as facts
		contains(finding.msg, address)
		count(rule.deny) == 0 with input as facts
	}
	count(rule.warn) == 0 with input as _with([_repository])
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
