//! What is attached to an image, in registries and in layouts.

use freehold::source::{
    Artifact, OpenOptions, Reference, SearchMethod, SearchState, SourceError, SourceImage,
    SubjectKind, open,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::server::{Fault, Referrers, Registry, Settings};
use super::{ends_with, run, said};
use crate::support::image_builder::{Compression, ImageBuilder, Layout};
use crate::support::layer::Layer;

pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const SPDX: &str = "application/spdx+json";

pub fn image() -> ImageBuilder {
    ImageBuilder::new().layer(Layer::new().file("etc/os-release", "ID=debian\n"))
}

/// An artifact with this text of this type, about `subject`.
pub fn artifact(media_type: &str, text: &str, subject: Option<&str>) -> ImageBuilder {
    let layer = Layer::verbatim(text)
        .compressed(Compression::Plain)
        .media_type(media_type);
    let artifact = ImageBuilder::new()
        .untagged()
        .layer(layer)
        .manifest_field("mediaType", json!(MANIFEST))
        .manifest_field("artifactType", json!(media_type));
    match subject {
        Some(digest) => {
            let subject = json!({"mediaType": MANIFEST, "digest": digest, "size": 1});
            artifact.manifest_field("subject", subject)
        }
        None => artifact,
    }
}

pub fn tag(digest: &str, suffix: &str) -> String {
    format!("{}{suffix}", digest.replace(':', "-"))
}

pub fn written(layout: &Layout) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    layout.write_oci_dir(folder.path());
    folder
}

pub fn opened(reference: &str) -> SourceImage {
    open(
        &Reference::parse(reference).unwrap(),
        &OpenOptions::default(),
    )
    .unwrap()
}

/// The layout as a folder, and as a registry serves it.
pub fn both(layout: &Layout, settings: Settings) -> [(SourceImage, Option<Registry>, TempDir); 2] {
    let (one, other) = (written(layout), written(layout));
    let registry = settings.repository("app", other.path()).start();
    let local = opened(&format!("oci-dir:{}:latest", one.path().display()));
    let remote = opened(&registry.name("app"));
    [(local, None, one), (remote, Some(registry), other)]
}

pub fn states(image: &SourceImage) -> Vec<(SubjectKind, SearchMethod, SearchState)> {
    let places = image.attached().places.iter();
    places
        .map(|place| (place.subject, place.method, place.state))
        .collect()
}

pub fn state(image: &SourceImage, subject: SubjectKind, method: SearchMethod) -> SearchState {
    let found = states(image)
        .into_iter()
        .find(|one| (one.0, one.1) == (subject, method));
    found.unwrap_or_else(|| panic!("{:?}", states(image))).2
}

pub fn only(image: &SourceImage) -> &Artifact {
    let artifacts = &image.attached().artifacts;
    assert_eq!(artifacts.len(), 1, "{artifacts:#?}");
    &artifacts[0]
}

#[test]
fn a_referrer_is_found_described_and_read() {
    let image = image();
    let sbom = artifact(SPDX, "{\"it\": 1}", Some(&image.manifest_digest()));
    let layout = image.layout().image(&sbom);
    for (image, _registry, _folder) in both(&layout, Settings::default()) {
        let found = only(&image);
        assert_eq!(found.subject_kind, SubjectKind::Manifest);
        assert_eq!(found.digest.to_string(), sbom.manifest_digest());
        assert_eq!(found.artifact_type, SPDX);
        assert_eq!(found.found_by, [SearchMethod::Referrers].into());
        let method = SearchMethod::Referrers;
        assert_eq!(
            state(&image, SubjectKind::Manifest, method),
            SearchState::Found
        );
        assert_eq!(
            image.read_attached(&found.blobs[0], 100).unwrap(),
            b"{\"it\": 1}"
        );
        let error = image.read_attached(&found.blobs[0], 3).unwrap_err();
        assert!(matches!(error, SourceError::Limit { .. }), "{error}");
    }
}

#[test]
fn cosign_tags_and_the_referrers_tag_are_found_where_there_is_no_api() {
    let image = image();
    let digest = image.manifest_digest();
    let signature = "application/vnd.dev.cosign.simplesigning.v1+json";
    let mut layout = image.layout();
    for (suffix, kind) in [(".sig", signature), (".sbom", "text/spdx+json")] {
        layout = layout.image(&artifact(kind, suffix, None).tag(&tag(&digest, suffix)));
    }
    let listed = artifact(SPDX, "{}", Some(&digest));
    let index = Layout::new().image(&listed).nested(Some(&tag(&digest, "")));
    let mut layout = layout.image(&listed);
    let entry = index.clone().entries_mut()[0].clone();
    let bytes = index
        .files()
        .into_iter()
        .find(|(name, _)| name.ends_with(&entry["digest"].as_str().unwrap()["sha256:".len()..]));
    layout = layout.blob(bytes.unwrap().1).entry(entry);
    for status in [404, 405, 400] {
        let settings = Settings::default().referrers(Referrers::Status(status));
        for (image, registry, _folder) in both(&layout, settings) {
            let artifacts = &image.attached().artifacts;
            assert_eq!(artifacts.len(), 3, "{artifacts:#?}");
            let by = |method: SearchMethod| {
                artifacts
                    .iter()
                    .filter(|one| one.found_by.contains(&method))
                    .count()
            };
            assert_eq!(by(SearchMethod::CosignTags), 2);
            assert_eq!(by(SearchMethod::ReferrersTag), 1);
            if registry.is_some() {
                let api = state(&image, SubjectKind::Manifest, SearchMethod::Referrers);
                assert_eq!(api, SearchState::NotCarried);
            }
        }
    }
}

#[test]
fn attestations_of_the_index_and_evidence_about_the_index_itself_are_told_apart() {
    let image = image();
    let digest = image.manifest_digest();
    let layout = image.layout().attestation(&digest).nested(Some("latest"));
    let index = layout.clone().entries_mut()[0]["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    let layout = layout.image(&artifact(SPDX, "{}", Some(&index)));
    for (image, _registry, _folder) in both(&layout, Settings::default()) {
        let kinds: Vec<_> = image
            .attached()
            .artifacts
            .iter()
            .map(|one| (one.subject_kind, one.found_by.first().copied().unwrap()))
            .collect();
        assert_eq!(
            kinds,
            [
                (SubjectKind::Index, SearchMethod::Referrers),
                (SubjectKind::Manifest, SearchMethod::IndexEntries),
            ]
        );
    }
}

#[test]
fn every_page_of_the_referrers_is_read() {
    let image = image();
    let mut layout = image.layout();
    for number in 0..7 {
        let text = number.to_string();
        layout = layout.image(&artifact(SPDX, &text, Some(&image.manifest_digest())));
    }
    let folder = written(&layout);
    let registry = Settings::default()
        .referrers(Referrers::Pages(2))
        .repository("app", folder.path())
        .start();
    let image = opened(&registry.name("app"));
    assert_eq!(image.attached().artifacts.len(), 7);
    assert_eq!(registry.count("GET", "/referrers/"), 4);
}

#[test]
fn a_registry_that_refuses_or_fails_has_not_said_that_there_is_nothing() {
    let folder = written(&image().layout());
    for status in [401, 403, 500, 429] {
        let retry = vec![("Retry-After", "0".to_owned())];
        let registry = Settings::default()
            .repository("app", folder.path())
            .fault("/referrers/", usize::MAX, Fault::Status(status, retry))
            .start();
        let image = opened(&registry.name("app"));
        let api = state(&image, SubjectKind::Manifest, SearchMethod::Referrers);
        assert_eq!(api, SearchState::NotReachable, "{status}");
        let facts = facts(&registry.name("app"), &[]);
        assert_eq!(facts["topics"]["attached_evidence"]["coverage"], "missing");
    }
}

#[test]
fn a_copy_without_evidence_says_nothing_and_a_registry_without_it_does() {
    let folder = written(&image().layout());
    let registry = Settings::default().repository("app", folder.path()).start();
    let local = format!("oci-dir:{}", folder.path().display());
    for (reference, coverage, rule) in [
        (local, "not_searched", "unknown"),
        (registry.name("app"), "complete", "fail"),
    ] {
        let facts = facts(&reference, &[]);
        assert_eq!(facts["topics"]["attached_evidence"]["coverage"], coverage);
        assert_eq!(outcome(&reference), rule, "{reference}");
    }
    let image = opened(&registry.name("app"));
    for (_, method, found) in states(&image) {
        assert_eq!(found, SearchState::SearchedNone, "{method:?}");
    }
}

#[test]
fn an_attached_sbom_counts_as_one_and_what_cannot_be_read_may_be_one() {
    let image = image();
    let sbom = r#"{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "packages": []}"#;
    for (kind, text, expected) in [
        (SPDX, sbom, "pass"),
        (SPDX, "{}", "unknown"),
        ("application/json", sbom, "pass"),
        ("application/json", "{}", "fail"),
        ("application/vnd.cncf.notary.signature", "{}", "fail"),
        ("application/vnd.in-toto+json", "{}", "unknown"),
    ] {
        let attached = artifact(kind, text, Some(&image.manifest_digest()));
        let folder = written(&image.layout().image(&attached));
        let registry = Settings::default().repository("app", folder.path()).start();
        assert_eq!(outcome(&registry.name("app")), expected, "{kind} {text}");
        let table = said(&run(&["scan", &registry.name("app")]));
        assert!(table.contains("attached 1 "), "{table}");
    }
}

#[test]
fn nobody_looks_where_it_was_not_asked() {
    let folder = written(&image().layout());
    let registry = Settings::default().repository("app", folder.path()).start();
    let facts = facts(&registry.name("app"), &["--no-attached"]);
    assert_eq!(
        facts["topics"]["attached_evidence"]["coverage"],
        "not_searched"
    );
    for place in facts["attached_evidence"]["places"].as_array().unwrap() {
        assert_eq!(place["state"], "not_asked");
    }
    let table = said(&run(&["scan", "--no-attached", &registry.name("app")]));
    assert!(table.contains("leave out --no-attached"), "{table}");
    assert_eq!(registry.count("GET", "referrers"), 0);
    assert_eq!(registry.count("GET", "sha256-"), 0);
}

#[test]
fn an_artifact_about_another_image_or_a_broken_one_is_not_taken_for_ours() {
    let image = image();
    let digest = image.manifest_digest();
    let other = format!("sha256:{}", "0".repeat(64));
    let foreign = artifact(SPDX, "{}", Some(&other)).tag(&tag(&digest, ".sbom"));
    let folder = written(&image.layout().image(&foreign));
    let local = opened(&format!("oci-dir:{}:latest", folder.path().display()));
    assert!(local.attached().artifacts.is_empty());
    let broken = artifact(SPDX, "{}", Some(&digest)).tag(&tag(&digest, ".sbom"));
    let layout = image
        .layout()
        .image(&broken)
        .flip_byte_in_blob(&broken.layer_digest(0));
    for (image, _registry, _folder) in both(&layout, Settings::default()) {
        let error = image
            .read_attached(&only(&image).blobs[0], 100)
            .unwrap_err();
        assert!(
            matches!(error, SourceError::DigestMismatch { .. }),
            "{error}"
        );
    }
}

pub fn facts(reference: &str, more: &[&str]) -> Value {
    let output = run(&[&["facts", reference], more].concat());
    ends_with(&output, 0);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The outcome of the rule that asks for an SBOM.
pub fn outcome(reference: &str) -> String {
    let output = run(&["scan", "-f", "json", reference]);
    ends_with(&output, 0);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rules = report["images"][0]["scorecard"]["rules"]
        .as_array()
        .unwrap();
    let rule = rules
        .iter()
        .find(|rule| rule["id"] == "provenance.sbom_present");
    rule.unwrap()["outcome"].as_str().unwrap().to_owned()
}
