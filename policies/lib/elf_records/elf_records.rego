# METADATA
# title: Records of ELF files and C libraries for tests
# description: What the facts say of them in an untouched Debian, and one valid record of each kind.
package freehold.lib.elf_records

import data.freehold.lib.records

untouched := {
	"total": 180, "programs": 90, "static_programs": 1, "libraries": 90, "unreadable": 0,
	"interpreters": [{
		"path": "/lib64/ld-linux-x86-64.so.2", "programs": 89, "present": true,
	}],
	"other_machine": 0,
	"groups": [
		group("package", "c", 90),
		object.union(group("package", "c", 90), {"kind": "elf_library"}),
	],
	"weak": records.none,
	"missing_libraries": records.none,
	"symbol_versions": {
		"all": {
			"glibc": {
				"version": "2.38", "numbers": [2, 38, 0], "path": "/usr/bin/apt", "layer": 1,
			},
			"glibcxx": null, "cxxabi": null,
		},
		"unowned": {"glibc": null, "glibcxx": null, "cxxabi": null},
		"added": {"glibc": null, "glibcxx": null, "cxxabi": null},
		"unread": 0,
	},
	"vendor_paths": records.none,
}

glibc := {
	"family": "glibc",
	"basis": "files",
	"version": "2.41-12",
	"version_basis": "package",
	"files": records.capped([libc_file("/usr/lib/x86_64-linux-gnu/libc.so.6", "glibc")]),
	"main": "glibc",
	"other_programs": records.none,
}

musl := {
	"family": "musl",
	"basis": "files",
	"version": "1.2.5-r10",
	"version_basis": "package",
	"files": records.capped([libc_file("/lib/ld-musl-x86_64.so.1", "musl")]),
	"main": "musl",
	"other_programs": records.none,
}

no_libc := {
	"family": "none", "basis": "none", "version": null, "version_basis": null,
	"files": records.none, "main": null, "other_programs": records.none,
}

place(path) := {
	"path": path,
	"owner": "unowned",
	"package_name": null,
	"layer": 3,
	"side": "unknown",
}

missing_library(path, library) := object.union(place(path), {
	"library": library,
	"needed_by": "program",
	"program": path,
	"wrong_machine": false,
	"elsewhere": null,
	"searched": [],
})

libc_file(path, family) := {
	"path": path,
	"family": family,
	"version": null,
	"version_basis": null,
	"owner": "package",
	"package_name": "libc6",
	"layer": 1,
	"side": "unknown",
}

group(owner, language, files) := {
	"side": "unknown",
	"owner": owner,
	"language": language,
	"kind": "elf_program",
	"files": files,
	"language_basis": {"symbols": files},
	"static_files": 0,
	"pie": files,
	"relro": {"full": files},
	"nx": files,
	"executable_stack": 0,
	"text_relocations": 0,
	"stack_protector": files,
	"no_stack_protector": 0,
	"fortify": files,
	"build_id": files,
}
