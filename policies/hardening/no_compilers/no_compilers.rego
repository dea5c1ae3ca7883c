# METADATA
# title: No compilers or debuggers in an image that runs programs
# description: >-
#   What builds or inspects programs is not needed to run one, adds updates to follow, and helps
#   whoever got in. Compilers and linkers fail; build drivers, which do nothing without them, and
#   debuggers, which people also look into containers with, warn. Headers of an interpreter alone are
#   noted and cost nothing. Build and base images are not concerned.
# related_resources:
#   - ref: https://docs.docker.com/build/building/multi-stage/
# custom:
#   severity: medium
#   weight: 2
#   needs: [tools]
#   applies_to: [runtime, app]
#   remediation: >-
#     Build in a stage of its own and copy the result; debug with an ephemeral container that shares
#     the processes.
#   effort: medium
#   stability: stable
#   controls:
#     cis_docker_1.6: ["4.3"]
#     nist_800_190: ["4.1.2"]
#     cra_annex_i: ["I.2.j"]
package freehold.hardening.no_compilers

deny contains {"msg": _message(tool), "subject": _subject(tool), "evidence": _evidence(tool)} if {
	some tool in input.tools.items
	tool.kind in {"compiler", "linker"}
}

warn contains finding if {
	some tool in input.tools.items
	tool.kind in {"build", "debugger"}
	finding := {
		"msg": _message(tool),
		"subject": _subject(tool),
		"severity": "low",
		"evidence": _evidence(tool),
	}
}

warn contains finding if {
	some tool in input.tools.items
	tool.kind == "headers"
	finding := {
		"msg": _message(tool),
		"subject": _subject(tool),
		"severity": "info",
		"evidence": _evidence(tool),
	}
}

# Headers alone compile nothing.
score := 1 if {
	every tool in input.tools.items {
		tool.kind in {"headers", "network"}
	}
}

_words := {
	"compiler": "a compiler or assembler",
	"linker": "a linker",
	"build": "a build driver",
	"debugger": "a debugger or tracer",
	"headers": "a header to compile extensions against",
}

_message(tool) := sprintf(
	"%s is %s (%s, layer %d)",
	[tool.path, _words[tool.kind], _whose(tool), tool.layer],
)

_whose(tool) := sprintf("package %s", [tool.owner]) if {
	is_string(tool.owner)
} else := "of no package" if {
	tool.owner_known
} else := "whose package is not known"

_subject(tool) := sprintf("path:%s", [tool.path])

_evidence(tool) := {
	"path": tool.path,
	"layer": tool.layer,
	"side": tool.side,
	"program": tool.program,
	"owner": tool.owner,
}
