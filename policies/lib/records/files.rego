package freehold.lib.records

dangling_link(path) := {
	"path": path,
	"target": "/opt/gone",
	"circular": false,
	"owner": null,
	"owner_known": true,
	"generated": false,
	"layer": 2,
	"side": "unknown",
}

unportable_name(path, problems) := {
	"path": path,
	"problems": problems,
	"owner": null,
	"owner_known": true,
	"generated": false,
	"layer": 2,
	"side": "unknown",
}

tool(kind, path) := {
	"kind": kind,
	"path": path,
	"program": regex.replace(path, `^.*/`, ""),
	"owner": null,
	"owner_known": true,
	"layer": 2,
	"side": "unknown",
}

# Executables on some rungs, by name of the rung: those of the whole image, and of its base.
rungs(files, base) := [object.union(rung(name, total, total * 1000), {"base_files": with_base}) |
	some name, total in files
	with_base := object.get(base, name, 0)
]

rung(name, files, bytes) := {
	"rung": name,
	"files": files,
	"bytes": bytes,
	"base_files": 0,
	"base_bytes": 0,
	"added_files": 0,
	"added_bytes": 0,
}

# A packaged file that differs for a reason other than tampering.
excused(path, class) := object.union(modified(path, "data", false), {"class": class})

changed_mode(path, executable, found) := {
	"path": path,
	"change": "mode_changed",
	"class": "content",
	"executable": executable,
	"package": "pkg:deb/debian/libssl3t64",
	"recorded": "0755",
	"found": found,
	"layer": 2,
	"side": "unknown",
}

missing(path, class) := {
	"path": path,
	"class": class,
	"package": "libssl3t64",
	"removed_in": null,
}
