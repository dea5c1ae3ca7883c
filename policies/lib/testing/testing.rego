# METADATA
# title: Facts for tests
# description: >-
#   `facts` is one complete document of an untouched Debian image that runs Python as a user of its
#   own. A test changes what it is about with `with_facts`; lists are replaced, objects are merged.
package freehold.lib.testing

import data.freehold.lib.elf_records
import data.freehold.lib.layout_records
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

topics[topic] := {"coverage": "complete", "reason": null} if {
	some topic in [
		"image", "files", "distro", "packages", "package_databases", "package_managers", "repositories",
		"trust_keys", "layout", "ownership", "integrity", "elf", "shells", "tools", "sboms", "binaries",
		"private_keys", "credentials", "attached_evidence", "language_packages",
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
	"layout": layout_records.untouched,
	"ownership": ownership,
	"elf": elf_records.untouched,
	"libc": elf_records.glibc,
	"shells": [{"path": "/bin/sh", "program": "dash", "layer": 1, "owner": "dash"}],
	"tools": records.none,
	"trust": {"named_by": "shipped"},
	"sboms": records.none,
	"signatures": records.none,
	"attestations": records.none,
	"attached_evidence": {"places": [], "complete": true, "artifacts": records.capped([])},
	"private_keys": records.none,
	"credentials": records.none,
	"topics": topics,
	"gaps": [],
}

image := {
	"reference": "oci-dir:debian-python",
	"source": "oci-dir",
	"digest": "sha256:0000000000000000000000000000000000000000000000000000000000000001",
	"index_digest": null,
	"config_digest": "sha256:0000000000000000000000000000000000000000000000000000000000000002",
	"platform": {"os": "linux", "architecture": "amd64", "variant": null},
	"platforms": null,
	"created": "2026-11-01T00:00:00Z",
	"annotations": {},
	"labels": {},
	"config": {
		"user": "65532",
		"runs_as_root": false,
		"entrypoint": ["/usr/bin/python3"],
		"cmd": [],
		"working_dir": null,
		"env_names": ["PATH"],
		"exposed_ports": [],
		"volumes": [],
		"stop_signal": null,
		"health": "none",
	},
	"layers": [{
		"number": 1,
		"digest": null,
		"diff_id": null,
		"media_type": "application/vnd.oci.image.layer.v1.tar+gzip",
		"stored_bytes": 30000000,
		"tar_bytes": 80000000,
		"entries": 6000,
		"side": "unknown",
		"created_by": null,
	}],
	"history": [],
	"stored_bytes": 30000000,
	"tar_bytes": 80000000,
	"role": {"name": "runtime", "basis": "starts python3"},
	"base": {"layers": null, "basis": "neither --base nor --base-layers was given"},
}

totals(total) := {
	"total": total, "owned": total, "generated": 0, "plumbing": 0, "unowned": 0, "undetermined": 0,
}

ownership := {
	"files": totals(6000),
	"bytes": totals(80000000),
	"executables": {
		"total": 200, "traceable": 200, "unowned": 0, "undetermined": 0, "share": 1,
		"share_max": 1, "share_of_bytes": 1, "base_total": 0, "base_traceable": 0,
		"rungs": [records.rung("source_named", 200, 40000000)],
	},
	"unowned": records.none,
	"unowned_by_kind": {},
	"unowned_by_directory": records.none,
	"main_trees": {},
	"claimed_twice": records.none,
	"packages_without_files": records.none,
	"modified": records.none,
	"attributes_changed": records.none,
	"missing": records.none,
	"missing_by_package": {},
	"differences": {},
	"digests_compared": 5000,
}
