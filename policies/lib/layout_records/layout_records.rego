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
}
