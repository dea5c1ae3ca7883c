# METADATA
# title: Facts for tests
# description: >-
#   `facts` is one complete document of an untouched Debian image that runs Python as a user of its
#   own. A test changes what it is about with `with_facts`; lists are replaced, objects are merged.
package freehold.lib.testing

import data.freehold.lib.elf_records
import data.freehold.lib.records

with_facts(patch) := object.union(facts, patch)

# With statements about the image.
with_statements(statements) := with_facts({"attestations": records.capped(statements)})

# With SBOMs of the image.
with_sboms(sboms) := with_facts({"sboms": records.capped(sboms)})

# Nobody looked for what is attached, and nothing else is there.
not_searched := with_facts({
	"topics": {"attached_evidence": {
		"coverage": "not_searched",
		"reason": "a directory has no referrers",
	}},
	"attached_evidence": {"complete": false},
})

topics := {topic: {"coverage": "complete", "reason": null} |
	some topic in [
		"image", "files", "distro", "packages", "package_databases", "package_managers", "repositories",
		"trust_keys", "layout", "ownership", "integrity", "elf", "shells", "tools", "sboms", "private_keys",
		"attached_evidence", "language_packages", "binaries",
	]
}

# One static program and nothing else.
scratch := object.union(facts, {
	"distro": records.no_distro,
	"packages": [],
	"package_databases": [],
	"package_managers": [],
	"repositories": [],
	"trust_keys": [],
	"shells": [],
	"elf": {
		"total": 1, "programs": 1, "static_programs": 1, "libraries": 0, "unreadable": 0,
		"interpreters": [],
		"groups": [object.union(elf_records.group("unowned", "go", 1), {"static_files": 1})],
	},
	"libc": elf_records.no_libc,
	"layout": {"top_level": [records.foreign_entry("/server")], "usr": [], "var": [], "opt": []},
	"ownership": {"executables": {
		"total": 1, "traceable": 0, "unowned": 0, "undetermined": 1, "share": null,
		"share_of_bytes": null, "base_total": 0, "base_traceable": 0, "rungs": [],
	}},
})

# The same image after its package database, managers and shells were deleted.
database_deleted := object.union(facts, {
	"packages": [],
	"package_databases": [records.database("absent")],
	"package_managers": [],
	"shells": [],
	"ownership": {"executables": {
		"total": 200, "traceable": 0, "unowned": 0, "undetermined": 200, "share": null,
		"share_of_bytes": null, "base_total": 0, "base_traceable": 0, "rungs": [],
	}},
})

facts := {
	"schema": "freehold.facts/v1",
	"image": image,
	"distro": {
		"os_release": "/usr/lib/os-release",
		"layer": 1,
		"id": "debian",
		"id_like": [],
		"name": "Debian GNU/Linux",
		"pretty_name": "Debian GNU/Linux 13 (trixie)",
		"version_id": "13",
		"version_codename": "trixie",
		"variant_id": null,
		"home_url": "https://www.debian.org/",
		"support_end": null,
		"other": {"BUG_REPORT_URL": "https://bugs.debian.org/"},
		"native_package_type": "deb",
		"markers": [{
			"path": "/etc/debian_version", "layer": 1, "family": "debian", "text": "13.1",
		}],
	},
	"packages": [
		records.package_of("apt", "3.0.3"),
		records.package_of("base-files", "13.8+deb13u1"),
		records.package_of("libc6", "2.41-12"),
		records.package_of("python3.13-minimal", "3.13.5-2"),
	],
	"package_databases": [records.database("complete")],
	"package_managers": [records.manager(true, [])],
	"repositories": [records.repository("http://mirror.debian.org/debian", "mirror.debian.org")],
	"trust_keys": [object.union(
		records.trust_key(
			"/usr/share/keyrings/debian-archive-trixie-automatic.pgp",
			"04b54c3cdca79751b16bc6b5225629df75b188bd",
		),
		{"owner": "debian-archive-keyring"},
	)],
	"layout": layout,
	"ownership": ownership,
	"elf": elf_records.untouched,
	"libc": elf_records.glibc,
	"shells": [{"path": "/bin/sh", "program": "dash", "layer": 1, "owner": "dash"}],
	"tools": records.none,
	"sboms": records.none,
	"signatures": records.none,
	"attestations": records.none,
	"attached_evidence": {"places": [], "complete": true, "artifacts": records.capped([])},
	"private_keys": records.none,
	"topics": topics,
	"gaps": [],
}
