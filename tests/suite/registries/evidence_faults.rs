//! What is attached to an image of a registry that lists too much, too little, or lies.

use freehold::source::{
    OpenOptions, Reference, SearchMethod, SearchState, SearchedPlace, SourceError, SourceImage,
    SubjectKind, open,
};
use serde_json::json;

use super::evidence::{
    MANIFEST, SPDX, artifact, facts, image, only, opened, outcome, state, tag, written,
};
use super::server::{Fault, Referrers, Registry, Settings};
use super::{ends_with, run};
use crate::support::image_builder::{ImageBuilder, Layout, OCI_INDEX};

const REFERRERS: SearchMethod = SearchMethod::Referrers;

fn place(image: &SourceImage, method: SearchMethod) -> &SearchedPlace {
    let mut places = image.attached().places.iter();
    let found = places.find(|one| one.method == method && one.subject == SubjectKind::Manifest);
    found.unwrap()
}

/// An image with so many referrers.
fn with_referrers(number: usize) -> Layout {
    let image = image();
    let digest = image.manifest_digest();
    let referrer = |text: usize| artifact(SPDX, &text.to_string(), Some(&digest));
    (0..number).fold(image.layout(), |layout, number| {
        layout.image(&referrer(number))
    })
}

fn status(status: u16) -> Fault {
    Fault::Status(status, vec![("Retry-After", "0".to_owned())])
}

/// The registry and the image of a layout, read with these options.
fn served(
    layout: &Layout,
    settings: Settings,
    options: &OpenOptions,
) -> (SourceImage, Registry, tempfile::TempDir) {
    let folder = written(layout);
    let registry = settings.repository("app", folder.path()).start();
    let reference = Reference::parse(&registry.name("app")).unwrap();
    (open(&reference, options).unwrap(), registry, folder)
}

#[test]
fn a_listing_that_is_no_list_is_not_an_empty_one() {
    let folder = written(&image().layout());
    for (kind, body) in [
        ("application/json", "{}"),
        ("application/json", "[]"),
        (OCI_INDEX, "{\"schemaVersion\": 2}"),
        ("text/html", "<html>"),
    ] {
        let fault = Fault::Body(kind, body.into());
        let registry = Settings::default()
            .repository("app", folder.path())
            .fault("/referrers/", usize::MAX, fault)
            .start();
        let image = opened(&registry.name("app"));
        let found = state(&image, SubjectKind::Manifest, REFERRERS);
        assert_eq!(found, SearchState::NotReachable, "{body}");
        assert_eq!(outcome(&registry.name("app")), "unknown", "{body}");
    }
}

#[test]
fn a_list_of_none_in_the_words_of_go_is_an_empty_one() {
    let folder = written(&image().layout());
    let fault = Fault::Body(OCI_INDEX, "{\"manifests\": null}".into());
    let registry = Settings::default()
        .repository("app", folder.path())
        .fault("/referrers/", usize::MAX, fault)
        .start();
    let image = opened(&registry.name("app"));
    let found = state(&image, SubjectKind::Manifest, REFERRERS);
    assert_eq!(found, SearchState::SearchedNone);
}

#[test]
fn a_list_that_breaks_off_is_not_all() {
    for fault in [status(500), status(404), status(403)] {
        let settings =
            Settings::default()
                .referrers(Referrers::Pages(2))
                .fault("from=2", usize::MAX, fault);
        let (image, registry, _folder) =
            served(&with_referrers(3), settings, &OpenOptions::default());
        let found = place(&image, REFERRERS);
        assert_eq!(
            (found.state, found.complete),
            (SearchState::Found, false),
            "{found:?}"
        );
        assert_eq!(image.attached().artifacts.len(), 2);
        let facts = facts(&registry.name("app"), &[]);
        assert_eq!(facts["attached_evidence"]["complete"], false);
    }
}

#[test]
fn what_is_listed_beyond_the_limit_is_counted_and_not_looked_at() {
    let mut options = OpenOptions::default();
    options.limits.attached = 3;
    let (image, _registry, _folder) = served(&with_referrers(7), Settings::default(), &options);
    let found = place(&image, REFERRERS);
    assert_eq!(
        found.detail.as_deref(),
        Some("3 of 7 are looked at"),
        "{found:?}"
    );
    assert!(!found.complete);
    assert_eq!(image.attached().artifacts.len(), 3);
}

#[test]
fn pages_without_an_end_are_left() {
    let mut options = OpenOptions::default();
    options.limits.referrer_pages = 4;
    let settings = Settings::default().referrers(Referrers::Pages(1));
    let (image, registry, _folder) = served(&with_referrers(7), settings, &options);
    assert!(!place(&image, REFERRERS).complete);
    assert_eq!(image.attached().artifacts.len(), 4);
    assert_eq!(registry.count("GET", "/referrers/"), 4);
}

#[test]
fn an_artifact_listed_in_several_places_is_one_and_is_read_once() {
    let image = image();
    let digest = image.manifest_digest();
    let sbom = artifact(SPDX, "{}", Some(&digest));
    let layout = Layout::new()
        .image(&sbom)
        .nested(Some(&tag(&digest, "")))
        .image(&sbom.clone().tag(&tag(&digest, ".sbom")))
        .image(&image);
    let (image, registry, _folder) = served(&layout, Settings::default(), &OpenOptions::default());
    let found = only(&image);
    let every = [
        REFERRERS,
        SearchMethod::ReferrersTag,
        SearchMethod::CosignTags,
    ];
    assert_eq!(found.found_by, every.into());
    assert!(image.attached().places.iter().all(|place| place.complete));
    let by_digest = format!("manifests/{}", sbom.manifest_digest());
    assert!(registry.count("GET", &by_digest) <= 1);
}

#[test]
fn a_tag_that_cannot_be_read_does_not_hide_the_others() {
    let image = image();
    let digest = image.manifest_digest();
    let signature = artifact("application/vnd.cncf.notary.signature", "{}", None);
    let layout = image.layout().image(&signature.tag(&tag(&digest, ".sig")));
    let settings = Settings::default().fault(".att", usize::MAX, status(403));
    let (image, registry, _folder) = served(&layout, settings, &OpenOptions::default());
    only(&image);
    let found = place(&image, SearchMethod::CosignTags);
    assert_eq!((found.state, found.complete), (SearchState::Found, false));
    assert_eq!(outcome(&registry.name("app")), "unknown");
}

#[test]
fn the_digest_of_one_platform_does_not_say_what_its_index_lists() {
    let image = image();
    let layout = image.layout();
    let (image, registry, _folder) = served(&layout, Settings::default(), &OpenOptions::default());
    let digest = image.manifest_digest.as_ref().unwrap();
    let by_digest = registry.name(&format!("app@{digest}"));
    let image = opened(&by_digest);
    let found = place(&image, SearchMethod::IndexEntries);
    assert_eq!(found.state, SearchState::NotCarried);
    assert_eq!(outcome(&by_digest), "unknown");
    assert_eq!(outcome(&registry.name("app")), "fail");
}

#[test]
fn a_listed_manifest_without_a_subject_is_no_referrer() {
    let image = image();
    let stray = artifact(SPDX, "{}", None);
    let entry = json!({"mediaType": MANIFEST, "digest": stray.manifest_digest(), "size": 1});
    let list = json!({"schemaVersion": 2, "manifests": [entry]}).to_string();
    let settings = Settings::default().fault(
        "/referrers/",
        usize::MAX,
        Fault::Body(OCI_INDEX, list.into()),
    );
    let layout = image.layout().image(&stray);
    let (image, _registry, _folder) = served(&layout, settings, &OpenOptions::default());
    assert!(image.attached().artifacts.is_empty());
    let found = place(&image, REFERRERS);
    assert_eq!(found.state, SearchState::SearchedNone);
    assert_eq!(
        found.detail.as_deref(),
        Some("1 listed here do not name this image")
    );
}

#[test]
fn a_listed_artifact_that_cannot_be_read_is_named_and_counts_for_nothing() {
    let image = image();
    let sbom = artifact(SPDX, "{}", Some(&image.manifest_digest()));
    let layout = image.layout().image(&sbom);
    let path = format!("manifests/{}", sbom.manifest_digest());
    let settings = Settings::default().fault(&path, usize::MAX, status(404));
    let (image, registry, _folder) = served(&layout, settings, &OpenOptions::default());
    let unread = only(&image).unread.clone().unwrap();
    assert!(unread.contains(&sbom.manifest_digest()), "{unread}");
    assert_eq!(outcome(&registry.name("app")), "unknown");
}

#[test]
fn a_manifest_over_its_cap_is_not_read() {
    let mut options = OpenOptions::default();
    options.limits.attached_manifest_bytes = 100;
    let (image, _registry, _folder) = served(&with_referrers(1), Settings::default(), &options);
    let unread = only(&image).unread.clone().unwrap();
    assert!(unread.contains("100 bytes"), "{unread}");
}

#[test]
fn a_part_of_another_size_than_stated_is_not_read() {
    let image = image();
    let sbom = artifact(SPDX, "{}", Some(&image.manifest_digest()));
    let part =
        |size: usize| json!([{"mediaType": SPDX, "digest": sbom.layer_digest(0), "size": size}]);
    for size in [1, 3] {
        let lie: ImageBuilder = sbom.clone().manifest_field("layers", part(size));
        let layout = image.layout().image(&lie);
        let (image, _registry, _folder) =
            served(&layout, Settings::default(), &OpenOptions::default());
        let error = image
            .read_attached(&only(&image).blobs[0], 100)
            .unwrap_err();
        assert!(
            matches!(
                error,
                SourceError::SizeMismatch { .. } | SourceError::Limit { .. }
            ),
            "{error}"
        );
    }
}

#[test]
fn nothing_is_looked_for_that_belongs_to_a_base() {
    let folder = written(&image().layout());
    let registry = Settings::default()
        .repository("base", folder.path())
        .start();
    let reference = format!("oci-dir:{}", folder.path().display());
    let output = run(&["facts", &reference, "--base", &registry.name("base")]);
    ends_with(&output, 0);
    assert!(registry.count("GET", "/manifests/latest") > 0);
    assert_eq!(registry.count("GET", "/referrers/"), 0);
    assert_eq!(registry.count("GET", "sha256-"), 0);
}
