# METADATA
# title: The build started from source, and not from prebuilt archives
# description: >-
#   Whoever has the sources can build again. Provenance shows what a build took in: repositories and
#   source archives pinned by digest or commit count, archives and programs that others built do
#   not. Packages of distributions are built from sources of their own, and base images judged by
#   themselves; neither counts for or against. A source at an address only its maker can reach is a
#   warning.
# related_resources:
#   - ref: https://slsa.dev/spec/v1.0/provenance#resolveddependencies
#   - ref: https://reproducible-builds.org/docs/definition/
# custom:
#   severity: low
#   weight: 3
#   needs: [image]
#   remediation: >-
#     Build what you add from source, pinned by commit or digest; ask the supplier for the sources
#     of the archives it unpacks.
#   effort: high
#   stability: experimental
#   controls:
#     s2c2f: ["REB-1"]
#     nist_800_218: ["PS.3.2"]
package freehold.provenance.built_from_source

import data.freehold.lib.attached
import data.freehold.lib.evidence

not_applicable := "there is no provenance" if {
	count(evidence.statements("provenance")) == 0
	attached.absent("provenance")
}

unknown := msg if {
	count(evidence.statements("provenance")) == 0
	msg := sprintf("no provenance was found, and %s", [attached.doubt("provenance")])
} else := msg if {
	not evidence.provenance
	msg := sprintf("the provenance could not be read: %s", [evidence.provenance_unread])
} else := msg if {
	evidence.provenance
	count(_sources) + count(_prebuilt) == 0
	msg := "the provenance names neither sources nor prebuilt archives"
}

deny contains _finding if {
	count(_prebuilt) > 0
	_share < data.freehold.provenance.built_from_source.parameters.minimum_share
}

warn contains _finding if {
	count(_prebuilt) > 0
	_share >= data.freehold.provenance.built_from_source.parameters.minimum_share
}

warn contains {"msg": msg, "subject": "image", "evidence": {"examples": examples}} if {
	count(_unpinned) > 0
	msg := sprintf("the source %s is named without commit or digest", [_unpinned[0].uri])
	examples := [material.uri | some material in array.slice(_unpinned, 0, 5)]
}

warn contains {"msg": msg, "subject": "image", "evidence": {"examples": examples}} if {
	count(_closed) > 0
	msg := sprintf("the source %s is at an address that is not public", [_closed[0]])
	examples := array.slice(_closed, 0, 5)
}

score := _share if _share < 1

_materials := array.concat(_source, evidence.provenance.provenance.materials.items)

# The source the build was asked for, unless the materials have it.
_source := [evidence.provenance.provenance.source |
	is_object(evidence.provenance.provenance.source)
	not evidence.provenance.provenance.source in evidence.provenance.provenance.materials.items
]

_sources := [material |
	some material in _materials
	material.kind in {"repository", "source_archive"}
]

_unpinned := [material | some material in _sources; is_null(material.digest)]

_prebuilt := [material |
	some material in _materials
	material.kind == "binary_package"
	not _of_a_distribution(material)
]

# Built by a distribution, whose sources are those of its packages (exit.sources_named).
_of_a_distribution(material) if {
	regex.match(
		`^pkg:(deb|rpm|apk|alpm)/|\.(deb|udeb|rpm|apk|pkg\.tar\.zst)([?#]|$)`,
		lower(material.uri),
	)
}

# Local, or behind credentials: nobody but its maker can fetch it.
_closed := [material.uri |
	some material in _sources
	some pattern in _closed_addresses
	regex.match(pattern, material.uri)
]

_closed_addresses := [
	`^(file:|/)`,
	`://[^/]*…@`,
	`://(localhost|10\.|127\.|192\.168\.)`,
	`://[^/]*\.(internal|local|corp|lan)([:/]|$)`,
]

_share := (count(_sources) - count(_unpinned)) / (count(_sources) + count(_prebuilt)) if {
	count(_sources) + count(_prebuilt) > 0
}

_finding := {
	"msg": sprintf("%d of %d materials were built by others, as %s", [
		count(_prebuilt), count(_sources) + count(_prebuilt), _prebuilt[0].uri,
	]),
	"subject": "image",
	"evidence": {"examples": [material.uri | some material in array.slice(_prebuilt, 0, 5)]},
}
