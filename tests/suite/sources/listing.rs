//! Several images in one place: what is listed can be copied into the next command.

use super::*;
use crate::registries::{ends_with, run, said};

/// The references an error lists, without their platforms.
fn listed(error: &SourceError) -> Vec<String> {
    let text = error.to_string();
    let references = text.lines().skip(1).map(|line| {
        let (reference, platforms) = line.rsplit_once(" (").expect("a reference and platforms");
        assert!(platforms.starts_with("linux/amd64"), "{line}");
        reference.to_owned()
    });
    references.collect()
}

fn number(reference: &str) -> String {
    let read = open_text(reference).unwrap_or_else(|error| panic!("{reference}: {error}"));
    read.config.config.labels["number"].clone()
}

/// Three images: two whose names end alike, and one without a name.
fn images() -> [ImageBuilder; 3] {
    [
        image().tag("team/one:1").label("number", "1"),
        image().tag("team/two:1").label("number", "2"),
        image().untagged().label("number", "3"),
    ]
}

/// The images in every form that holds several, with a bare path and with a scheme.
fn places(folder: &Path) -> Vec<String> {
    let images = images();
    let layout = images.iter().fold(Layout::new(), Layout::image);
    let at = |name: &str| folder.join(name);
    layout.write_oci_dir(&at("layout"));
    layout.write_oci_archive(&at("layout.tar"));
    write(&at("new.tar"), layout.docker_archive_tar());
    let [one, two, three] = &images;
    write(&at("old.tar"), docker_save_tar(&[one, two, three]));
    let of = |(scheme, name): (&str, &str)| format!("{scheme}{}", at(name).display());
    let places = [
        ("", "layout"),
        ("", "layout.tar"),
        ("", "new.tar"),
        ("", "old.tar"),
        ("oci-dir:", "layout"),
        ("oci-archive:", "layout.tar"),
        ("docker-archive:", "new.tar"),
        ("docker-archive:", "old.tar"),
    ];
    places.map(of).to_vec()
}

#[test]
fn each_line_names_one_image_and_all_are_named() {
    let folder = folder();
    for place in places(folder.path()) {
        let error = open_text(&place).expect_err("several images");
        assert!(matches!(error, SourceError::Ambiguous { .. }), "{error}");
        let lines = listed(&error);
        let numbers: Vec<String> = lines.iter().map(|line| number(line)).collect();
        assert_eq!(numbers, ["1", "2", "3"], "{place}: {lines:#?}");
        assert!(lines[0].ends_with(":team/one:1"), "{lines:#?}");
        assert!(lines[2].contains("@sha256:"), "{lines:#?}");
        let error = open_text(&format!("{place}:nothing")).expect_err("no such image");
        assert!(matches!(error, SourceError::NoSuchImage { .. }), "{error}");
        assert_eq!(listed(&error), lines, "{place}");
        // Both have this tag.
        let error = open_text(&format!("{place}:1")).expect_err("two images");
        assert_eq!(listed(&error), lines[..2], "{place}");
    }
}

#[test]
fn a_digest_that_no_image_has_opens_none() {
    let folder = folder();
    let wrong = Digest::sha256(b"another image");
    let at = |name: &str| folder.path().join(name);
    image().write_oci_dir(&at("layout"));
    image().write_oci_archive(&at("layout.tar"));
    image().write_docker_save(&at("old.tar"));
    image().write_docker_archive(&at("new.tar"));
    for name in ["layout", "layout.tar", "old.tar", "new.tar"] {
        let place = at(name).display().to_string();
        let error = error_of(open_text(&format!("{place}@{wrong}")));
        assert!(matches!(error, SourceError::NoSuchImage { .. }), "{error}");
        let open = |digest: String| open_text(&format!("{place}@{digest}"));
        let manifest = open(image().manifest_digest());
        assert_eq!(manifest.is_ok(), name != "old.tar", "{name}");
        let id = open(image().config_digest());
        assert_eq!(id.is_ok(), name.starts_with(['o', 'n']), "{name}");
    }
}

#[test]
fn a_name_is_taken_at_its_word_before_one_that_ends_like_it() {
    let folder = folder();
    let long = image().tag("team/app:1").label("number", "long");
    let short = image().tag("1").label("number", "short");
    let layout = Layout::new().image(&long).image(&short);
    layout.write_oci_dir(folder.path());
    let place = format!("oci-dir:{}", folder.path().display());
    assert_eq!(number(&format!("{place}:1")), "short");
    assert_eq!(number(&format!("{place}:team/app:1")), "long");
}

#[test]
fn images_of_one_index_for_one_platform_are_told_apart_by_digest() {
    let folder = folder();
    let [one, two, _] = images();
    Layout::new()
        .image(&one)
        .image(&two)
        .nested(Some("both"))
        .image(&image().tag("other").label("number", "other"))
        .write_oci_dir(folder.path());
    let place = format!("oci-dir:{}", folder.path().display());
    let lines = listed(&error_of(open_text(&format!("{place}:both"))));
    let mut numbers: Vec<String> = lines.iter().map(|line| number(line)).collect();
    numbers.sort();
    assert_eq!(numbers, ["1", "2"], "{lines:#?}");
    assert_eq!(listed(&error_of(open_text(&place))).len(), 3);
}

#[test]
fn the_platforms_of_a_tag_stand_beside_it() {
    let folder = folder();
    Layout::new()
        .image(&image().platform("linux/amd64"))
        .image(&image().platform("linux/arm64"))
        .nested(Some("latest"))
        .write_oci_dir(folder.path());
    let place = format!("oci-dir:{}", folder.path().display());
    let error = error_of(open_text(&format!("{place}:nothing"))).to_string();
    let line = format!("\n{place}:latest (linux/amd64, linux/arm64)");
    assert!(error.ends_with(&line), "{error}");
}

#[test]
fn a_long_name_that_many_share_is_held_once() {
    let folder = folder();
    let name = "n".repeat(4_000_000);
    let mut layout = Layout::new();
    for number in 0..900 {
        let image = ImageBuilder::new().platform(&format!("linux/a{number}"));
        layout = layout.image(&image);
    }
    layout.nested(Some(&name)).write_oci_dir(folder.path());
    // A copy of the name for each image does not fit.
    let limited = "ulimit -v 2000000; exec \"$0\" facts \"oci-dir:$1\"";
    let output = std::process::Command::new("sh")
        .args(["-c", limited])
        .arg(assert_cmd::cargo::cargo_bin!("freehold"))
        .arg(folder.path())
        .env("FREEHOLD_NO_CACHE", "1")
        .output()
        .unwrap();
    ends_with(&output, 2);
    assert!(said(&output).contains("has no image for"), "{output:?}");
}

#[test]
fn a_base_that_annotations_name_is_found_in_the_same_layout() {
    let folder = tempfile::tempdir().unwrap();
    let base = ImageBuilder::new()
        .layer(Layer::new().file("etc/a", "1"))
        .tag("base");
    let image = base
        .clone()
        .layer(Layer::new().file("app/b", "2"))
        .annotation(
            "org.opencontainers.image.base.digest",
            &base.manifest_digest(),
        )
        .tag("app");
    Layout::new()
        .image(&base)
        .image(&image)
        .write_oci_dir(folder.path());
    let reference = format!("oci-dir:{}:app", folder.path().display());
    let output = run(&["facts", &reference]);
    ends_with(&output, 0);
    let facts: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        facts["image"]["base"]["layers"], 1,
        "{}",
        facts["image"]["base"]
    );
}

#[test]
fn a_base_that_annotations_name_and_that_is_not_below_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let stranger = ImageBuilder::new()
        .layer(Layer::new().file("etc/stranger", "1"))
        .tag("stranger");
    let image = ImageBuilder::new()
        .layer(Layer::new().file("etc/a", "1"))
        .annotation(
            "org.opencontainers.image.base.digest",
            &stranger.manifest_digest(),
        )
        .tag("app");
    Layout::new()
        .image(&stranger)
        .image(&image)
        .write_oci_dir(folder.path());
    let output = run(&["facts", &format!("oci-dir:{}:app", folder.path().display())]);
    ends_with(&output, 0);
    let facts: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let base = &facts["image"]["base"];
    assert!(base["layers"].is_null(), "{base}");
    let basis = base["basis"].as_str().unwrap();
    assert!(basis.contains("is not below this image"), "{basis}");
}
