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
