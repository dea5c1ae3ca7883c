package freehold.lib.records

digest(digit) := sprintf("sha256:%s", [concat("", [digit | some _ in numbers.range(1, 64)])])

# Where a piece of evidence was found.
origin(kind) := {
	"kind": kind,
	"path": null,
	"layer": null,
	"side": "unknown",
	"owner": null,
	"artifact": digest("e"),
	"attached_to": "manifest",
	"digest": digest("f"),
	"size": 2048,
}

in_image(path) := object.union(origin("image"), {
	"path": path, "layer": 1, "artifact": null, "attached_to": null,
})

# What it speaks of: platform, index, another_image or unstated.
speaks_of(is) := {"is": is, "digests": [digest("0")], "name": null}

verification(verdict) := {
	"verdict": verdict,
	"reason": object.get(
		{
			"invalid": "the signature does not fit the payload",
			"unverifiable": "no key was given",
			"authentic": "nobody named the signer beforehand",
		},
		verdict, null,
	),
	"signer": object.get({"unsigned": null}, verdict, {
		"key": null, "identity": "builder@shop.example", "issuer": "https://issuer.example",
		"certificate": null,
	}),
	"trusted_as": null,
	"signed_at": null,
	"logged": false,
}

signature(verdict) := {
	"origin": origin("attached"),
	"format": "cosign_simple_signing",
	"subject": speaks_of("platform"),
	"verification": verification(verdict),
}

# A statement about the image, signed so.
statement(kind, verdict) := {
	"origin": origin("attached"),
	"statement_type": "https://in-toto.io/Statement/v1",
	"predicate_type": "https://example.com/predicate/v1",
	"kind": kind,
	"subject": speaks_of("platform"),
	"signature": "dsse",
	"verification": verification(verdict),
	"made_at": null,
	"provenance": null,
	"vex": null,
	"summary": null,
	"test_result": null,
	"unread": null,
}

# A statement of provenance: the parts of it that a test is about.
provenance(verdict, parts) := object.union(
	statement("provenance", verdict),
	{"provenance": object.union(
		{
			"builder": "https://cloudbuild.googleapis.com/GoogleHostedWorker",
			"build_type": "https://mobyproject.org/buildkit@v1",
			"source": null,
			"materials": capped([]),
			"has_parameters": true,
			"complete_parameters": null,
			"complete_environment": null,
			"complete_materials": null,
			"reproducible": null,
			"invocation": null,
			"started_at": null,
			"finished_at": null,
		},
		parts,
	)},
)

material(address, kind, digest) := {"uri": address, "kind": kind, "digest": digest}

vex(said, unjustified) := object.union(statement("vex", "unsigned"), {"vex": {
	"author": "Shop",
	"statements": said,
	"not_affected": said,
	"unjustified": unjustified,
	"affected": 0,
	"fixed": 0,
	"under_investigation": 0,
}})

sbom(path, format) := {
	"origin": in_image(path),
	"format": format,
	"version": "2.3",
	"subject": {"is": "unstated", "digests": [], "name": null},
	"scope": "image",
	"verification": verification("unsigned"),
	"created": null,
	"tools": [],
	"authors": [],
	"components": 4,
	"files": 0,
	"relationships": 4,
	"unread": null,
	"validity": {
		"valid": null, "checked_with": null, "errors": capped([]), "strict": null,
		"strict_error": null,
	},
	"elements": [],
	"accuracy": null,
}

# An SBOM of what one package says of itself.
package_sbom(path) := object.union(sbom(path, "spdx_json"), {"scope": "package"})

# An SBOM that was compared: packages in the image and in the SBOM, and those in both with the same
# version and with another.
compared_sbom(in_image, in_sbom, matched, wrong_version) := object.union(
	sbom("/sbom.spdx.json", "spdx_json"),
	{"accuracy": {
		"overall": {
			"in_image": in_image,
			"optional": 0,
			"in_sbom": in_sbom,
			"matched": matched,
			"missing": in_image - both,
			"phantom": in_sbom - both,
			"wrong_version": wrong_version,
			"recall": both / in_image,
			"precision": both / in_sbom,
			"version_accuracy": matched / both,
		},
		"ecosystems": [],
		"missing": _differences("missing", in_image - both),
		"phantom": _differences("phantom", in_sbom - both),
		"wrong_version": _differences("other", wrong_version),
		"not_compared": capped(["debian 13"]),
		"image_files": 1000,
		"files_accounted": 1000,
		"file_digests_wrong": capped([]),
		"image_complete": true,
	}},
) if {
	both := matched + wrong_version
}

_differences(word, number) := capped([difference |
	some i in numbers.range(1, number)
	number > 0
	difference := {
		"ecosystem": "deb", "name": sprintf("%s%d", [word, i]), "in_image": null, "in_sbom": null,
		"layer": null,
	}
])
