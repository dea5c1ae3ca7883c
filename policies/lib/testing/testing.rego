# METADATA
# title: Facts for tests
# description: >-
#   `facts` is one complete document of an untouched Debian image that runs Python as a user of its
#   own. A test changes what it is about with `with_facts`; lists are replaced, objects are merged.
package freehold.lib.testing

with_facts(patch) := object.union(facts, patch)

none := {"items": [], "total": 0, "truncated": false}

capped(items) := {"items": items, "total": count(items), "truncated": false}

topics := {topic: {"coverage": "complete", "reason": null} |
	some topic in [
		"image", "distro", "packages", "package_databases", "package_managers", "repositories",
		"trust_keys", "layout", "ownership", "integrity", "elf", "shells", "sboms", "private_keys",
		"attached_evidence",
	]
}

entry(path) := {"path": path, "layer": 1, "side": "unknown", "owner": null}

top_level(path) := {
	"name": regex.replace(path, `^.*/`, ""),
	"path": path,
	"kind": "directory",
	"target": null,
	"owner": "base-files",
	"layer": 1,
	"side": "unknown",
}

foreign_entry(path) := object.union(top_level(path), {"owner": null, "layer": 3})

package_of(name, version) := {
	"type": "deb",
	"name": name,
	"version": version,
	"arch": "amd64",
	"purl": sprintf("pkg:deb/debian/%s@%s?arch=amd64", [name, version]),
	"source": {"name": name, "version": null, "commit": null},
	"maintainer": null,
	"vendor": null,
	"origin": null,
	"licenses": [],
	"layer": 1,
	"side": "unknown",
	"database": "/var/lib/dpkg/status",
	"files": {"recorded": 20, "present": 20},
}

database(state) := {
	"type": "deb",
	"path": "/var/lib/dpkg/status",
	"layer": 1,
	"state": state,
	"basis": "as the test says",
	"packages": object.get({"absent": 0}, state, 4),
}

repository(url, host) := {
	"kind": "apt",
	"url": url,
	"host": host,
	"suites": ["trixie"],
	"components": ["main"],
	"signed_by": null,
	"unsigned_allowed": false,
	"enabled": true,
	"credentials": false,
	"path": "/etc/apt/sources.list.d/debian.sources",
	"layer": 1,
	"side": "unknown",
}

apk_repository(url, host) := object.union(repository(url, host), {
	"kind": "apk",
	"suites": [],
	"components": [],
	"path": "/etc/apk/repositories",
})

trust_key(path, fingerprint) := {
	"kind": "openpgp",
	"fingerprint": fingerprint,
	"user_ids": [],
	"path": path,
	"layer": 1,
	"side": "unknown",
	"owner": null,
}

permission(path, mode) := {
	"path": path,
	"kind": "file",
	"mode": mode,
	"setuid": regex.match(`^[4567]`, mode),
	"setgid": regex.match(`^[2367]`, mode),
	"uid": 0,
	"gid": 0,
	"owner": null,
	"owner_known": true,
	"layer": 2,
	"side": "unknown",
}

unowned(path, kind) := {
	"path": path,
	"kind": kind,
	"executable": true,
	"size": 4096,
	"layer": 3,
	"side": "unknown",
}

modified(path, kind, executable) := {
	"path": path,
	"kind": kind,
	"executable": executable,
	"package": "pkg:deb/debian/libssl3t64",
	"algorithm": "md5",
	"recorded": "18fe40a1c0b8d2f2a9d5a7a9c8f0e611",
	"found": "c02a7a1f6f3c4b0f8e1d2c3b4a596877",
	"layer": 2,
	"side": "unknown",
}

private_key(path) := {
	"path": path,
	"label": "RSA PRIVATE KEY",
	"encrypted": false,
	"owner": null,
	"layer": 2,
	"side": "unknown",
}

sbom(path, format) := {
	"path": path,
	"format": format,
	"version": "SPDX-2.3",
	"size": 2048,
	"layer": 1,
	"side": "unknown",
	"owner": null,
}

manager(operational, obstacles) := {
	"name": "apt",
	"type": "deb",
	"level": "repository",
	"path": "/usr/bin/apt-get",
	"layer": 1,
	"operational": operational,
	"obstacles": obstacles,
}

gap(topic, kind, path) := {
	"topic": topic,
	"path": path,
	"layer": 1,
	"kind": kind,
	"detail": "as the test says",
}

wolfi_distro := {
	"os_release": "/etc/os-release",
	"layer": 1,
	"id": "wolfi",
	"id_like": [],
	"name": "Wolfi",
	"pretty_name": "Wolfi",
	"version_id": "20230201",
	"version_codename": null,
	"variant_id": null,
	"home_url": "https://wolfi.dev",
	"support_end": null,
	"other": {},
	"native_package_type": "apk",
	"markers": [],
}

no_distro := {
	"os_release": null,
	"layer": null,
	"id": null,
	"id_like": [],
	"name": null,
	"pretty_name": null,
	"version_id": null,
	"version_codename": null,
	"variant_id": null,
	"home_url": null,
	"support_end": null,
	"other": {},
	"native_package_type": null,
	"markers": [],
}

# One static program and nothing else.
scratch := object.union(facts, {
	"distro": no_distro,
	"packages": [],
	"package_databases": [],
	"package_managers": [],
	"repositories": [],
	"trust_keys": [],
	"shells": [],
	"elf": {
		"total": 1, "programs": 1, "static_programs": 1, "libraries": 0, "unreadable": 0,
		"interpreters": [],
	},
	"layout": {"top_level": [foreign_entry("/server")], "usr": [], "var": [], "opt": []},
	"ownership": {"executables": {
		"total": 1, "traceable": 0, "unowned": 0, "undetermined": 1, "share": null,
		"share_of_bytes": null, "base_total": 0, "base_traceable": 0,
	}},
})

# The same image after its package database, managers and shells were deleted.
database_deleted := object.union(facts, {
	"packages": [],
	"package_databases": [database("absent")],
	"package_managers": [],
	"shells": [],
	"ownership": {"executables": {
		"total": 200, "traceable": 0, "unowned": 0, "undetermined": 200, "share": null,
		"share_of_bytes": null, "base_total": 0, "base_traceable": 0,
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
		package_of("apt", "3.0.3"),
		package_of("base-files", "13.8+deb13u1"),
		package_of("libc6", "2.41-12"),
		package_of("python3.13-minimal", "3.13.5-2"),
	],
	"package_databases": [database("complete")],
	"package_managers": [manager(true, [])],
	"repositories": [repository("http://mirror.debian.org/debian", "mirror.debian.org")],
	"trust_keys": [object.union(
		trust_key(
			"/usr/share/keyrings/debian-archive-trixie-automatic.pgp",
			"04b54c3cdca79751b16bc6b5225629df75b188bd",
		),
		{"owner": "debian-archive-keyring"},
	)],
	"layout": layout,
	"ownership": ownership,
	"elf": {
		"total": 180, "programs": 90, "static_programs": 1, "libraries": 90, "unreadable": 0,
		"interpreters": [{
			"path": "/lib64/ld-linux-x86-64.so.2", "programs": 89, "present": true,
		}],
	},
	"shells": [{"path": "/bin/sh", "program": "dash", "layer": 1, "owner": "dash"}],
	"sboms": [],
	"private_keys": none,
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

layout := {
	"top_level": [top_level(path) |
		some path in [
			"/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt",
			"/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/var",
		]
	],
	"usr": [top_level(path) |
		some path in [
			"/usr/bin", "/usr/games", "/usr/include", "/usr/lib", "/usr/libexec", "/usr/local",
			"/usr/sbin", "/usr/share", "/usr/src",
		]
	],
	"var": [top_level(path) |
		some path in [
			"/var/backups", "/var/cache", "/var/lib", "/var/local", "/var/lock", "/var/log",
			"/var/mail", "/var/opt", "/var/run", "/var/spool", "/var/tmp",
		]
	],
	"opt": [],
	"usr_merge": {"bin": "merged", "sbin": "merged", "lib": "merged", "broken": []},
	"setuid": none,
	"world_writable": none,
	"devices": none,
	"stray_executables": none,
}

totals(total) := {
	"total": total, "owned": total, "generated": 0, "plumbing": 0, "unowned": 0, "undetermined": 0,
}

ownership := {
	"files": totals(6000),
	"bytes": totals(80000000),
	"executables": {
		"total": 200, "traceable": 200, "unowned": 0, "undetermined": 0, "share": 1,
		"share_of_bytes": 1, "base_total": 0, "base_traceable": 0,
	},
	"unowned": none,
	"unowned_by_kind": {},
	"unowned_by_directory": none,
	"modified": none,
	"missing_by_package": {},
	"digests_compared": 5000,
}
