# METADATA
# title: The directories of an image, for tests
package freehold.lib.layout_records

import data.freehold.lib.records

untouched := {
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
	"well_known": [
		well_known("time_zones", "/usr/share/zoneinfo", 60),
		well_known("utf8_locale", "/usr/lib/locale/C.utf8", 1),
		well_known("temporary_files", "/tmp", 0),
		well_known("temporary_files", "/var/tmp", 0),
	],
}

well_known(holds, path, size) := {
	"holds": holds,
	"path": path,
	"kind": "directory",
	"mode": "1777",
	"uid": 0,
	"size": size,
	"layer": 1,
	"side": "unknown",
}

ca_bundle := object.union(
	well_known("ca_bundle", "/etc/ssl/certs/ca-certificates.crt", 219342),
	{"kind": "file", "mode": "0644"},
)
