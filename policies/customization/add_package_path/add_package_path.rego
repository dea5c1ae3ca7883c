# METADATA
# title: There is a way to add a package
# description: >-
#   Sooner or later a team needs one more package: a library, a certificate tool, a debugger. A
#   package manager that works in the image is the short way. Without one, a build with the same
#   distribution's public packages (mmdebstrap, apk --root, dnf --installroot, or the maker's build
#   image) does nearly as well; a gated supplier is a way only for those who pay; without a database
#   or a known distribution there is none that keeps the image whole. What removal of the package
#   manager does for safety is judged under hardening.
# related_resources:
#   - ref: https://wiki.debian.org/mmdebstrap
#   - ref: https://dnf.readthedocs.io/en/latest/command_ref.html
# custom:
#   severity: medium
#   weight: 4
#   needs: [package_managers, package_databases, distro, elf, shells]
#   remediation: >-
#     Build in a stage of the same distribution and release, install the package with its root set
#     to the image's tree, and copy the result.
#   effort: medium
#   stability: stable
package freehold.customization.add_package_path

import data.freehold.lib.coverage
import data.freehold.lib.distro
import data.freehold.lib.scratch

not_applicable := scratch.reason if scratch.is_scratch

unknown := msg if {
	not _operational
	some manager in _repository_managers
	is_null(manager.operational)
	msg := sprintf("whether %s would run could not be said", [manager.path])
}

unknown := msg if {
	not _operational
	not _recorded
	not scratch.is_scratch
	every manager in _repository_managers {
		is_boolean(manager.operational)
	}
	coverage.unread_database
	msg := "there is a package database of a format that is not read"
}

warn contains {"msg": msg, "subject": "image", "evidence": evidence} if {
	not _operational
	not scratch.is_scratch
	_way.credit >= 0.5
	msg := sprintf("no package manager works in the image%s; %s", [_why_not, _way.how])
	evidence := {"credit": _way.credit, "managers": _managers}
}

deny contains {"msg": msg, "subject": "image", "evidence": evidence} if {
	not _operational
	not scratch.is_scratch
	_way.credit < 0.5
	msg := sprintf("no package manager works in the image%s; %s", [_why_not, _way.how])
	evidence := {"credit": _way.credit, "managers": _managers}
}

score := _way.credit if not _operational

_repository_managers := [manager |
	some manager in input.package_managers
	manager.level == "repository"
]

_operational if {
	some manager in _repository_managers
	manager.operational == true
}

_managers := [{"path": manager.path, "obstacles": manager.obstacles} |
	some manager in input.package_managers
]

default _why_not := ""

_why_not := sprintf(" (%s)", [concat("; ", _obstacles)]) if {
	count(_obstacles) > 0
}

_obstacles := [sprintf("%s: %s", [manager.name, obstacle]) |
	some manager in _repository_managers
	some obstacle in manager.obstacles
]

default _way := {"credit": 0, "how": "no public packages are known to fit it"}

_way := {"credit": 0.9, "how": how} if {
	_entry.public_repositories
	_recorded
	how := sprintf("%s from public packages of %s", [_tool, distro.label])
} else := {"credit": 0.5, "how": how} if {
	_entry.public_repositories
	how := sprintf(
		"%s from public packages of %s, without knowing what is installed",
		[_tool, distro.label],
	)
} else := {"credit": 0.5, "how": how} if {
	is_object(_entry)
	_recorded
	how := sprintf("its supplier's build image, for those with access to %s", [distro.name])
} else := {"credit": 0.5, "how": how} if {
	_recorded
	public := [id |
		some id in input.distro.id_like
		data.freehold.data.distros.entries[id].public_repositories
	]
	how := sprintf("%s from packages of %s may fit", [_tool, public[0]])
}

_entry := data.freehold.data.distros.entries[input.distro.id]

_recorded if {
	some database in input.package_databases
	database.state in {"complete", "reduced"}
}

default _tool := "a build in a stage of its own"

_tool := data.freehold.customization.add_package_path.parameters.tools[_format] if {
	_format
}

_format := input.distro.native_package_type if is_string(input.distro.native_package_type)
