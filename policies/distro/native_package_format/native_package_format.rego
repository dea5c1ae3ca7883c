# METADATA
# title: Packages are of the distribution's own format
# description: >-
#   A Debian image with rpm or apk packages has software that Debian's tools neither update nor
#   check, and that comes from another supplier.
# related_resources:
#   - ref: https://github.com/package-url/purl-spec
# custom:
#   severity: low
#   weight: 1
#   needs: [distro, package_databases]
#   remediation: >-
#     Install the software from packages of the distribution, or keep it in an image of its own.
#   effort: medium
#   stability: stable
package freehold.distro.native_package_format

import data.freehold.lib.coverage

not_applicable := "no package database lists any package" if {
	_listed == 0
	coverage.complete({"package_databases"})
	not coverage.blind_database
}

unknown := "the package database is deleted or unreadable" if {
	_listed == 0
	coverage.blind_database
}

unknown := msg if {
	_listed > 0
	is_null(input.distro.native_package_type)
	msg := "the distribution's own package format is not known"
}

deny contains {"msg": msg, "subject": subject, "evidence": evidence} if {
	native := input.distro.native_package_type
	is_string(native)
	some database in input.package_databases
	database.packages > 0
	database.type != native
	msg := sprintf(
		"%s lists %d %s packages in an image of %s, whose format is %s",
		[database.path, database.packages, database.type, input.distro.id, native],
	)
	subject := sprintf("path:%s", [database.path])
	evidence := {"path": database.path, "layer": database.layer, "packages": database.packages}
}

score := _native / _listed if _native < _listed

_listed := sum([database.packages | some database in input.package_databases])

_native := sum([database.packages |
	some database in input.package_databases
	database.type == input.distro.native_package_type
])
