# METADATA
# title: Legitimate images that no rule may fail
# description: >-
#   Facts of unusual and untouched bases. The test beside this file judges each with every rule: a
#   rule that fails one of them is unfair, whatever it means to find.
package freehold.lib.fairness

import data.freehold.lib.elf_records
import data.freehold.lib.layout_records
import data.freehold.lib.records
import data.freehold.lib.testing

images := {
	"debian": _debian,
	"alpine": _alpine,
	"distroless static": _distroless_static,
	"micro": _micro,
	"sliced ubuntu": _sliced_ubuntu,
	"wolfi": _wolfi,
	"rebuilt debian": _rebuilt_debian,
	"single static program": object.union(testing.scratch, _not_searched),
}

# What an untouched base cannot show by itself is not held against it.
_not_searched := {
	"attached_evidence": {"complete": false},
	"topics": {"attached_evidence": {
		"coverage": "not_searched",
		"reason": "the source cannot carry it",
	}},
}

_base := object.union_n([testing.facts, _not_searched, {"image": {
	"role": {"name": "base", "basis": "starts a shell"},
	"config": {"user": "", "runs_as_root": true, "entrypoint": [], "cmd": ["/bin/sh"]},
}}])

_packaged_setuid := records.capped([object.union(
	records.permission("/usr/bin/passwd", "4755"),
	{"owner": "passwd", "layer": 1},
)])

_debian := object.union(_base, {"layout": {"setuid": _packaged_setuid}})

_apk(name, version) := object.union(records.package_of(name, version), {
	"type": "apk",
	"purl": null,
	"database": "/lib/apk/db/installed",
})

_apk_database := object.union(records.database("complete"), {
	"type": "apk",
	"path": "/lib/apk/db/installed",
})

_apk_key(name) := object.union(
	records.trust_key(sprintf("/etc/apk/keys/%s", [name]), "00"),
	{"kind": "apk_rsa"},
)

_musl := {
	"family": "musl",
	"main": "musl",
	"version": "1.2.5-r10",
	"files": records.capped([object.union(
		elf_records.libc_file("/lib/ld-musl-x86_64.so.1", "musl"),
		{"package_name": "musl"},
	)]),
}

_alpine := object.union(_base, {
	"libc": _musl,
	"distro": {
		"id": "alpine",
		"name": "Alpine Linux",
		"pretty_name": "Alpine Linux v3.23",
		"version_id": "3.23.0",
		"version_codename": null,
		"native_package_type": "apk",
		"markers": [{
			"path": "/etc/alpine-release", "layer": 1, "family": "alpine", "text": "3.23.0",
		}],
	},
	"packages": [_apk("alpine-baselayout", "3.7.1-r8")],
	"package_databases": [_apk_database],
	"package_managers": [object.union(records.manager(true, []), {
		"name": "apk", "type": "apk", "path": "/sbin/apk",
	})],
	"repositories": [records.apk_repository(
		"https://mirror.alpinelinux.org/alpine/v3.23/main",
		"mirror.alpinelinux.org",
	)],
	"trust_keys": [_apk_key("alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub")],
	"layout": {"usr_merge": {"bin": "directory", "sbin": "directory", "lib": "directory"}},
})

_no_executables := {
	"total": 0, "traceable": 0, "unowned": 0, "undetermined": 0, "share": null,
	"share_of_bytes": null, "base_total": 0, "base_traceable": 0,
}

_bare := {
	"package_managers": [],
	"repositories": [],
	"trust_keys": [],
	"shells": [],
}

_distroless_static := object.union_n([_base, _bare, {
	"distro": {
		"pretty_name": "Distroless",
		"home_url": "https://github.com/GoogleContainerTools/distroless",
	},
	"package_databases": [object.union(records.database("reduced"), {
		"path": "/var/lib/dpkg/status.d",
	})],
	"elf": {
		"total": 0, "programs": 0, "static_programs": 0, "libraries": 0, "interpreters": [],
		"groups": [],
	},
	"libc": elf_records.no_libc,
	"ownership": {"executables": _no_executables},
}])

_undetermined := {
	"packages": [],
	"package_databases": [],
	"ownership": {
		"digests_compared": 0,
		"executables": {
			"total": 100, "traceable": 0, "unowned": 0, "undetermined": 100, "share": null,
			"share_of_bytes": null, "base_total": 0, "base_traceable": 0,
		},
	},
}

# An rpm database is there, and its format is one we may not read.
_micro := object.union_n([_base, _bare, _undetermined, {
	"distro": {
		"id": "rhel",
		"id_like": ["fedora"],
		"name": "Red Hat Enterprise Linux",
		"pretty_name": "Red Hat Enterprise Linux 10.0 (Coughlan)",
		"version_id": "10.0",
		"version_codename": null,
		"native_package_type": "rpm",
		"markers": [{
			"path": "/etc/redhat-release", "layer": 1, "family": "fedora",
			"text": "Red Hat Enterprise Linux release 10.0 (Coughlan)",
		}],
	},
	"shells": [{"path": "/bin/sh", "program": "bash", "layer": 1, "owner": null}],
	"layout": {"top_level": array.concat(
		layout_records.untouched.top_level,
		[records.foreign_entry("/afs"), records.foreign_entry("/licenses")],
	)},
	"gaps": [records.gap("package_databases", "unsupported", "/var/lib/rpm/rpmdb.sqlite")],
}])

# Packages are cut into slices; the list of slices is in a format of its own.
_sliced_ubuntu := object.union_n([_base, _bare, _undetermined, {
	"distro": {
		"id": "ubuntu",
		"id_like": ["debian"],
		"name": "Ubuntu",
		"pretty_name": "Ubuntu 24.04.3 LTS",
		"version_id": "24.04",
		"version_codename": "noble",
		"markers": [{
			"path": "/etc/debian_version", "layer": 1, "family": "debian", "text": "trixie/sid",
		}],
	},
	"package_databases": [],
	"layout": {"top_level": [records.top_level(path) | some path in ["/etc", "/usr", "/var"]]},
	"gaps": [records.gap("package_databases", "unsupported", "/var/lib/chisel/manifest.wall")],
}])

_wolfi := object.union_n([_base, _bare, {
	"distro": records.wolfi_distro,
	"packages": [_apk("wolfi-baselayout", "20230201-r20")],
	"package_databases": [_apk_database],
	"repositories": [records.apk_repository("https://mirror.wolfi.dev/os", "mirror.wolfi.dev")],
	"trust_keys": [_apk_key("wolfi-signing.rsa.pub")],
	"sboms": records.capped([records.package_sbom("/var/lib/db/sbom/wolfi-baselayout.spdx.json")]),
}])

_rebuilt_debian := object.union_n([_base, _bare, {
	"distro": {
		"name": "Docker Hardened Images (Debian)",
		"pretty_name": "Docker Hardened Images/Debian GNU/Linux 13 (trixie)",
	},
	"packages": [
		records.package_of("base-files", "13.8+deb13u1+dhi0"),
		records.package_of("libc6", "2.41-12+dhi0"),
	],
	"sboms": records.capped([records.package_sbom("/opt/docker/sbom/base/spdx.base.json")]),
}])
