package freehold.lib.testing

import data.freehold.lib.records

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
	"top_level": [records.top_level(path) |
		some path in [
			"/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt",
			"/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/var",
		]
	],
	"usr": [records.top_level(path) |
		some path in [
			"/usr/bin", "/usr/games", "/usr/include", "/usr/lib", "/usr/libexec", "/usr/local",
			"/usr/sbin", "/usr/share", "/usr/src",
		]
	],
	"var": [records.top_level(path) |
		some path in [
			"/var/backups", "/var/cache", "/var/lib", "/var/local", "/var/lock", "/var/log",
			"/var/mail", "/var/opt", "/var/run", "/var/spool", "/var/tmp",
		]
	],
	"opt": [],
	"usr_merge": {"bin": "merged", "sbin": "merged", "lib": "merged", "broken": []},
	"setuid": records.none,
	"file_capabilities": records.none,
	"world_writable": records.none,
	"devices": records.none,
	"stray_executables": records.none,
	"dangling_links": records.none,
	"unportable_names": records.none,
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
