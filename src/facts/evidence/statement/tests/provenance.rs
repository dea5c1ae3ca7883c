//! Provenance as BuildKit, GitHub, apko and the specifications have it.

use serde_json::{Value, json};

use super::{about_image, digest, read};
use crate::facts::model::{Material, MaterialKind, Provenance};

fn provenance(predicate_type: &str, predicate: &Value) -> Provenance {
    let bytes = about_image(predicate_type, predicate);
    let statement = read(&bytes);
    assert_eq!(statement.unread, None);
    statement.provenance.unwrap()
}

fn material(uri: &str, kind: MaterialKind, digest: Option<&str>) -> Material {
    Material {
        uri: uri.to_owned(),
        kind,
        digest: digest.map(str::to_owned),
    }
}

/// What an address leads to, with no digest beside it.
fn kind(uri: &str) -> MaterialKind {
    let predicate = json!({ "builder": {}, "materials": [{ "uri": uri }] });
    let provenance = provenance("https://slsa.dev/provenance/v0.2", &predicate);
    provenance.materials.items.first().unwrap().kind
}

#[test]
fn buildkit_names_images_and_what_its_client_said_of_the_directory() {
    let base = "pkg:docker/debian@trixie?platform=linux%2Famd64";
    let found = provenance(
        "https://slsa.dev/provenance/v0.2",
        &json!({
            "builder": { "id": "" },
            "buildType": "https://mobyproject.org/buildkit@v1",
            "materials": [{ "uri": base, "digest": { "sha256": digest('1') } }],
            "invocation": {
                "configSource": { "entryPoint": "Dockerfile" },
                "parameters": { "frontend": "dockerfile.v0", "locals": [{ "name": "context" }] },
                "environment": { "platform": "linux/amd64" },
            },
            "metadata": {
                "buildInvocationID": "rpv7a389uzil5lqmrgwhijwjz",
                "buildStartedOn": "2026-10-01T08:00:00.1Z",
                "buildFinishedOn": "2026-10-01T08:01:00Z",
                "completeness": { "parameters": true, "environment": true, "materials": false },
                "reproducible": false,
                "https://mobyproject.org/buildkit@v1#metadata": {
                    "vcs": {
                        "source": "https://robot:token@git.example/shop.git",
                        "revision": "5b7d09c0",
                    },
                },
            },
        }),
    );
    assert_eq!(found.builder, None);
    assert_eq!(
        found.build_type.as_deref(),
        Some("https://mobyproject.org/buildkit@v1")
    );
    let base_digest = format!("sha256:{}", digest('1'));
    assert_eq!(
        found.materials.items,
        [material(base, MaterialKind::Image, Some(&base_digest))]
    );
    let source = material(
        "https://…@git.example/shop.git",
        MaterialKind::Repository,
        Some("gitCommit:5b7d09c0"),
    );
    assert_eq!(found.source, Some(source));
    assert!(found.has_parameters);
    assert_eq!(
        (
            found.complete_parameters,
            found.complete_environment,
            found.complete_materials
        ),
        (Some(true), Some(true), Some(false))
    );
    assert_eq!(found.reproducible, Some(false));
    assert_eq!(
        found.invocation.as_deref(),
        Some("rpv7a389uzil5lqmrgwhijwjz")
    );
    assert_eq!(found.finished_at.as_deref(), Some("2026-10-01T08:01:00Z"));
}

#[test]
fn a_directory_with_changes_of_its_own_is_no_commit() {
    let found = provenance(
        "https://slsa.dev/provenance/v1",
        &json!({
            "buildDefinition": { "externalParameters": { "request": {} } },
            "runDetails": { "metadata": { "buildkit_metadata": { "vcs": {
                "source": "https://git.example/shop.git", "revision": "5b7d09c0-dirty",
            } } } },
        }),
    );
    let source = material(
        "https://git.example/shop.git",
        MaterialKind::Repository,
        None,
    );
    assert_eq!(found.source, Some(source));
}

#[test]
fn buildkit_says_in_version_1_what_is_complete() {
    let found = provenance(
        "https://slsa.dev/provenance/v1",
        &json!({
            "buildDefinition": {
                "buildType": "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
                "externalParameters": {
                    "configSource": {
                        "uri": "https://git.example/shop.git#refs/tags/v1",
                        "digest": { "sha1": "5b7d09c0" },
                        "path": "Dockerfile",
                    },
                    "request": { "frontend": "dockerfile.v0" },
                },
            },
            "runDetails": {
                "builder": { "id": "https://ci.example/runs/7" },
                "metadata": {
                    "invocationID": "abc",
                    "startedOn": "2026-10-01T08:00:00Z",
                    "buildkit_completeness": { "request": true, "resolvedDependencies": true },
                    "buildkit_reproducible": true,
                },
            },
        }),
    );
    let uri = "https://git.example/shop.git#refs/tags/v1";
    let source = material(uri, MaterialKind::Repository, Some("sha1:5b7d09c0"));
    assert_eq!(found.source, Some(source));
    assert_eq!(
        (found.complete_parameters, found.complete_materials),
        (Some(true), Some(true))
    );
    assert_eq!(found.complete_environment, None);
    assert_eq!(found.reproducible, Some(true));
    assert_eq!(found.invocation.as_deref(), Some("abc"));
    assert_eq!(
        (found.finished_at, found.builder.as_deref()),
        (None, Some("https://ci.example/runs/7"))
    );
}

#[test]
fn the_commit_of_a_workflow_is_that_of_the_same_repository() {
    let found = provenance(
        "https://slsa.dev/provenance/v1",
        &json!({
            "buildDefinition": {
                "buildType": "https://actions.github.io/buildtypes/workflow/v1",
                "externalParameters": { "workflow": {
                    "ref": "refs/heads/main",
                    "repository": "https://github.com/shop/images",
                    "path": ".github/workflows/build.yml",
                } },
                "resolvedDependencies": [
                    { "uri": "git+https://github.com/other/tools@refs/heads/main",
                      "digest": { "gitCommit": "0000" } },
                    { "uri": "git+https://github.com/shop/images@refs/heads/main",
                      "digest": { "gitCommit": "5b7d09c0" } },
                ],
            },
            "runDetails": {
                "builder": { "id": "https://github.com/actions/runner/github-hosted" },
                "metadata": { "invocationId": "https://github.com/shop/images/actions/runs/1/attempts/1" },
            },
        }),
    );
    let uri = "git+https://github.com/shop/images@refs/heads/main";
    let source = material(uri, MaterialKind::Repository, Some("gitCommit:5b7d09c0"));
    assert_eq!(found.source, Some(source));
    assert_eq!(found.materials.total, 2);
    assert_eq!(found.complete_materials, None);
}

#[test]
fn the_first_repository_stands_in_for_a_source_nobody_named() {
    let found = provenance(
        "https://slsa.dev/provenance/v1",
        &json!({
            "buildDefinition": {
                "buildType": "https://apko.dev/slsa-build-type@v1",
                "externalParameters": {},
                "resolvedDependencies": [
                    { "uri": "pkg:apk/wolfi/glibc@2.42-r0?arch=x86_64", "digest": { "sha1": "aa" } },
                    { "name": "source", "uri": "git+https://github.com/shop/images.git",
                      "digest": { "sha1": "bb" } },
                ],
            },
            "runDetails": { "builder": { "id": "x" } },
        }),
    );
    assert_eq!(found.source.unwrap().digest.as_deref(), Some("sha1:bb"));
    assert!(!found.has_parameters);
}

#[test]
fn the_oldest_version_counts_into_its_materials() {
    let found = provenance(
        "https://slsa.dev/provenance/v0.1",
        &json!({
            "builder": { "id": "https://ci.example/worker@v1" },
            "recipe": {
                "type": "https://example.com/Makefile", "definedInMaterial": 1,
                "entryPoint": "src:foo", "arguments": { "CFLAGS": "-O3" },
            },
            "metadata": { "completeness": { "arguments": true, "materials": true } },
            "materials": [
                { "uri": "https://example.com/example-1.2.3.tar.gz", "digest": { "sha256": "AB" } },
                { "uri": "git+https://git.example/shop", "digest": { "sha1": "cc" } },
            ],
        }),
    );
    assert_eq!(
        found.build_type.as_deref(),
        Some("https://example.com/Makefile")
    );
    assert_eq!(found.source.unwrap().uri, "git+https://git.example/shop");
    assert!(found.has_parameters);
    assert_eq!(
        (found.complete_parameters, found.complete_materials),
        (Some(true), Some(true))
    );
    let archive = found.materials.items.first().unwrap();
    assert_eq!(archive.digest.as_deref(), Some("sha256:ab"));
}

#[test]
fn materials_are_told_apart_by_address() {
    use MaterialKind::{BinaryPackage, Image, Other, Repository, SourceArchive};
    let kinds = [
        ("git+https://git.example/x@refs/heads/main", Repository),
        ("https://git.example/x.git#v1", Repository),
        ("https://github.com/shop/images", Repository),
        ("https://github.com/shop/images/blob/main/x", Other),
        ("pkg:github/shop/images@v1", Repository),
        ("obs://build.example/p/images/6a1e-base", Repository),
        ("https://deb.example/pool/b/bash_5.2-2.dsc", SourceArchive),
        (
            "https://deb.example/pool/b/bash_5.2.orig.tar.xz",
            SourceArchive,
        ),
        ("https://rpm.example/bash-5.2-1.src.rpm", SourceArchive),
        ("pkg:deb/debian/bash@5.2-2?arch=source", SourceArchive),
        ("https://example.com/tool-1.2.tgz?download=1", SourceArchive),
        (
            "https://example.com/tool-1.2-linux-amd64.tar.gz",
            BinaryPackage,
        ),
        ("https://example.com/tool_1.2_x86_64.zip", BinaryPackage),
        (
            "https://deb.example/pool/b/bash_5.2-2_amd64.deb",
            BinaryPackage,
        ),
        ("https://rpm.example/bash-5.2-1.x86_64.rpm", BinaryPackage),
        ("pkg:apk/wolfi/glibc@2.42-r0", BinaryPackage),
        ("pkg:docker/debian@trixie", Image),
        (
            "pkg:oci/shop@sha256:00?repository_url=registry.example/shop",
            Image,
        ),
        ("https://example.com/page", Other),
        ("é", Other),
    ];
    for (uri, expected) in kinds {
        assert_eq!(kind(uri), expected, "{uri}");
    }
}

#[test]
fn credentials_in_addresses_are_taken_out() {
    let predicate = json!({ "builder": {}, "materials": [
        { "uri": "git+https://robot:hunter2@git.example/x@refs/heads/main" },
        { "uri": "https://example.com/x.tar.gz?access_token=hunter2&a=1" },
        { "uri": "https://example.com/x.tar.gz?X-Amz-Credential=AK&X-Amz-Signature=hunter2" },
        { "uri": "https://example.com/x.tar.gz?se=1&sig=hunter2" },
        { "uri": "https://robot:hunter2@example.com/x.tar.gz?access_token=hunter2" },
    ] });
    let found = provenance("https://slsa.dev/provenance/v0.2", &predicate);
    let addresses: Vec<_> = found
        .materials
        .items
        .iter()
        .map(|m| m.uri.as_str())
        .collect();
    assert_eq!(addresses.len(), 5);
    for address in addresses {
        assert!(!address.contains("hunter2"), "{address}");
        assert!(address.contains('…'), "{address}");
    }
}

#[test]
fn credentials_are_taken_out_of_whoever_is_named() {
    let address = "https://robot:hunter2@ci.example/7?token=hunter2";
    let predicate = json!({
        "builder": { "id": address },
        "buildType": address,
        "metadata": { "buildInvocationId": address },
    });
    let found = provenance("https://slsa.dev/provenance/v0.2", &predicate);
    let hidden = Some("https://…@ci.example/7?token=…");
    assert_eq!(found.builder.as_deref(), hidden);
    assert_eq!(found.build_type.as_deref(), hidden);
    assert_eq!(found.invocation.as_deref(), hidden);
}

#[test]
fn another_shape_is_noted() {
    for predicate in [json!([]), json!({}), json!("x"), json!({ "materials": [] })] {
        let bytes = about_image("https://slsa.dev/provenance/v1", &predicate);
        let statement = read(&bytes);
        assert_eq!(statement.provenance, None);
        assert!(
            statement
                .unread
                .unwrap()
                .contains("neither builder nor build definition")
        );
    }
}

#[test]
fn parts_of_wrong_types_are_passed_over() {
    let found = provenance(
        "https://slsa.dev/provenance/v0.2",
        &json!({
            "builder": "x", "buildType": 7, "materials": { "uri": "x" },
            "invocation": [], "metadata": { "buildStartedOn": "yesterday", "completeness": true },
        }),
    );
    assert_eq!(found, Provenance::default());
}
