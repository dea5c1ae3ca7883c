# METADATA
# title: Configuration files are the packages' own
# description: >-
#   Configuration is there to be changed, and every change is one that a package upgrade asks about
#   and that a move to another base has to repeat. The list says which files to carry over.
# related_resources:
#   - ref: https://www.debian.org/doc/debian-policy/ap-pkg-conffiles.html
#   - ref: https://rpm-software-management.github.io/rpm/manual/spec.html#config
# custom:
#   severity: info
#   weight: 1
#   needs: [integrity, package_databases]
#   remediation: Keep changes in drop-in files beside the packaged ones, or write them down.
#   effort: low
#   stability: stable
#   controls:
#     nist_800_190: ["4.1.2"]
package freehold.customization.conffiles_untouched

not_applicable := "no package records what it installed" if input.ownership.digests_compared == 0

warn contains {"msg": msg, "subject": subject, "evidence": file} if {
	some file in input.ownership.modified.items
	file.class == "configuration"
	msg := sprintf("%s is not as %s installed it (layer %d)", [file.path, file.package, file.layer])
	subject := sprintf("path:%s", [file.path])
}

warn contains {"msg": msg, "subject": subject, "evidence": file} if {
	some file in input.ownership.missing.items
	file.class == "configuration"
	msg := sprintf("%s, which %s installed, is gone", [file.path, file.package])
	subject := sprintf("path:%s", [file.path])
}

# Worth a note, and no fault.
score := 1
