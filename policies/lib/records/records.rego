# METADATA
# title: Records for tests
# description: One valid record of each kind the facts document holds, to be put into `facts`.
package freehold.lib.records

none := {"items": [], "total": 0, "truncated": false}

capped(items) := {"items": items, "total": count(items), "truncated": false}

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
	"packager": null,
	"modularity": null,
	"signature_keys": [],
	"provides": [],
	"broken_state": null,
	"origin": null,
	"licenses": [],
	"layer": 1,
	"side": "unknown",
	"installed": true,
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
	"change": "modified",
	"class": "content",
	"kind": kind,
	"executable": executable,
	"package": "pkg:deb/debian/libssl3t64",
	"algorithm": "md5",
	"recorded": "18fe40a1c0b8d2f2a9d5a7a9c8f0e611",
	"found": "c02a7a1f6f3c4b0f8e1d2c3b4a596877",
	"layer": 2,
	"side": "unknown",
}

credential(path) := {
	"path": path,
	"kind": "npm",
	"owner": null,
	"owner_known": true,
	"layer": 3,
	"side": "unknown",
}

private_key(path) := {
	"path": path,
	"label": "RSA PRIVATE KEY",
	"encrypted": false,
	"owner": null,
	"owner_known": true,
	"layer": 2,
	"side": "unknown",
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
