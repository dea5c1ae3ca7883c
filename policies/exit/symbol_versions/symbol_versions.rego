# METADATA
# title: Programs no package owns run on other distributions
# description: >-
#   A program built against a new glibc or libstdc++ does not start on an older one. Packages are
#   replaced with the base when a team leaves it; files that no package owns move along, and decide
#   where they can go. The credit is the share of mainstream distributions with glibc of which some
#   release in the table runs them all.
# related_resources:
#   - ref: https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html
#   - ref: https://sourceware.org/glibc/wiki/Glibc%20Timeline
# custom:
#   severity: medium
#   weight: 1
#   needs: [elf, ownership]
#   remediation: >-
#     Build such programs against the oldest release they should run on, as manylinux wheels are, or
#     link them statically.
#   effort: medium
#   stability: experimental
package freehold.exit.symbol_versions

import data.freehold.lib.coverage

not_applicable := "no file outside packages requires a version of glibc or libstdc++" if {
	is_null(input.elf.symbol_versions.unowned.glibc)
	is_null(input.elf.symbol_versions.unowned.glibcxx)
	input.elf.symbol_versions.unread == 0
	coverage.complete({"elf", "ownership"})
}

deny contains finding if {
	count(_hosts) == 0
	some finding in _findings
}

warn contains finding if {
	count(_hosts) > 0
	some finding in _findings
}

score := count(_hosts) / count(_distros) if count(_hosts) < count(_distros)

_findings contains {"msg": msg, "subject": subject, "evidence": evidence} if {
	some required in _required
	without := [entry.name | some entry in _distros; not _ships(entry, required)]
	count(without) > 0
	msg := sprintf(
		"%s requires %s_%s, which no release in the table of %s ships (layer %d)",
		[
			required.use.path, required.label, required.use.version,
			concat(", ", sort(without)), required.use.layer,
		],
	)
	subject := sprintf("path:%s", [required.use.path])
	evidence := {
		"path": required.use.path,
		"layer": required.use.layer,
		"version": sprintf("%s_%s", [required.label, required.use.version]),
		"runs_on": sort([entry.name | some entry in _distros; _ships(entry, required)]),
	}
}

_distros := data.freehold.data.libc_versions.entries

# Distributions that ship all that is required.
_hosts contains id if {
	some id, entry in _distros
	every required in _required {
		_ships(entry, required)
	}
}

_required contains {"label": "GLIBC", "key": "glibc", "use": use} if {
	use := input.elf.symbol_versions.unowned.glibc
	is_object(use)
}

_required contains {"label": "GLIBCXX", "key": "glibcxx", "use": use} if {
	use := input.elf.symbol_versions.unowned.glibcxx
	is_object(use)
}

_ships(entry, _) if entry.rolling

_ships(entry, required) if {
	some release in entry.releases
	release[required.key] >= required.use.numbers
}

# Where a table entry does not say, nothing is held against the program.
_ships(entry, required) if {
	some release in entry.releases
	not release[required.key]
}
