//! What is attached to an image of a layout or an archive, and what their silence says.

use freehold::source::{Artifact, SearchMethod, SearchState, SourceImage, SubjectKind};
use serde_json::json;
use tempfile::TempDir;

use crate::registries::evidence::{
    MANIFEST, SPDX, artifact, facts, image, only, opened, state, states, written,
};
use crate::support::image_builder::{Layout, OCI_INDEX, digest_of, docker_save_tar, json_bytes};

const REFERRERS: SearchMethod = SearchMethod::Referrers;

/// The image of a layout folder.
fn read(layout: &Layout) -> (SourceImage, TempDir) {
    let folder = written(layout);
    let image = opened(&format!("oci-dir:{}:latest", folder.path().display()));
    (image, folder)
}

fn found_by(artifact: &Artifact) -> SearchMethod {
    artifact.found_by.first().copied().unwrap()
}

#[test]
fn an_archive_of_a_layout_carries_what_the_layout_does() {
    let image = image();
    let sbom = artifact(SPDX, "{\"it\": 1}", Some(&image.manifest_digest()));
    let layout = image.layout().image(&sbom);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar");
    layout.write_oci_archive(&path);
    let image = opened(&format!("oci-archive:{}:latest", path.display()));
    let part = &only(&image).blobs[0];
    assert_eq!(image.read_attached(part, 100).unwrap(), b"{\"it\": 1}");
    assert_eq!(image.attached(), read(&layout).0.attached());
}

#[test]
fn a_layout_that_keeps_evidence_of_another_image_was_searched_for_this_one() {
    let other = format!("sha256:{}", "1".repeat(64));
    let layout = image().layout().image(&artifact(SPDX, "{}", Some(&other)));
    let (image, folder) = read(&layout);
    for (_, method, found) in states(&image) {
        assert_eq!(found, SearchState::SearchedNone, "{method:?}");
    }
    let facts = facts(&format!("oci-dir:{}:latest", folder.path().display()), &[]);
    assert_eq!(facts["attached_evidence"]["complete"], true);
    assert_eq!(facts["topics"]["attached_evidence"]["coverage"], "complete");
}

#[test]
fn what_an_index_brings_along_does_not_show_that_the_rest_was_kept() {
    let image = image();
    let digest = image.manifest_digest();
    // An attestation with a subject, as newer releases of BuildKit can write it.
    let layout = image
        .layout()
        .image(&artifact(SPDX, "{}", Some(&digest)).platform_in_config_only())
        .nested(Some("latest"));
    let (image, _folder) = read(&layout);
    let found = state(&image, SubjectKind::Manifest, REFERRERS);
    assert_eq!(found, SearchState::NotCarried);
}

#[test]
fn archives_of_docker_and_root_file_systems_carry_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar");
    std::fs::write(&path, docker_save_tar(&[&image()])).unwrap();
    std::fs::create_dir(folder.path().join("etc")).unwrap();
    for reference in [
        format!("docker-archive:{}", path.display()),
        format!("rootfs:{}", folder.path().display()),
    ] {
        for (_, method, found) in states(&opened(&reference)) {
            assert_eq!(found, SearchState::NotCarried, "{reference} {method:?}");
        }
        let facts = facts(&reference, &[]);
        let topic = &facts["topics"]["attached_evidence"];
        assert_eq!(topic["coverage"], "not_searched", "{reference}");
        assert!(topic["reason"].as_str().unwrap().contains("cannot carry"));
    }
}

#[test]
fn attestations_in_an_index_of_an_index_are_found() {
    let image = image();
    let layout = image
        .layout()
        .attestation(&image.manifest_digest())
        .nested(None)
        .nested(Some("latest"));
    let (image, _folder) = read(&layout);
    assert_eq!(found_by(only(&image)), SearchMethod::IndexEntries);
}

#[test]
fn an_attestation_of_another_platform_is_none_of_this_one() {
    let other = format!("sha256:{}", "1".repeat(64));
    let layout = image().layout().attestation(&other).nested(Some("latest"));
    let (image, _folder) = read(&layout);
    let found = state(&image, SubjectKind::Manifest, SearchMethod::IndexEntries);
    assert_eq!(found, SearchState::SearchedNone);
}

#[test]
fn an_index_can_be_attached_and_says_what_it_is() {
    let image = image();
    let subject = json!({"mediaType": MANIFEST, "digest": image.manifest_digest(), "size": 1});
    let kind = "application/vnd.example.bundle";
    let index = json_bytes(&json!({
        "schemaVersion": 2, "mediaType": OCI_INDEX, "artifactType": kind,
        "manifests": [], "subject": subject,
    }));
    let entry = json!({"mediaType": OCI_INDEX, "digest": digest_of(&index), "size": index.len()});
    let layout = image.layout().blob(index).entry(entry);
    let (image, _folder) = read(&layout);
    let found = only(&image);
    assert_eq!(found.artifact_type, kind);
    assert_eq!(found.blobs, []);
    assert!(found.unread.as_deref().unwrap().contains("index"));
}

#[test]
fn a_broken_manifest_beside_the_image_may_have_been_about_it() {
    let other = artifact(SPDX, "{}", Some(&image().manifest_digest()));
    let carried = artifact(SPDX, "1", Some(&format!("sha256:{}", "1".repeat(64))));
    let layout = image()
        .layout()
        .image(&carried)
        .image(&other)
        .flip_byte_in_blob(&other.manifest_digest());
    let (image, _folder) = read(&layout);
    let found = state(&image, SubjectKind::Manifest, REFERRERS);
    assert_eq!(found, SearchState::NotReachable);
}
