//! Which image of several is meant: by tag, digest or platform.

use super::*;

#[test]
fn the_image_for_the_platform_is_chosen_from_a_nested_index() {
    let folder = folder();
    let image_for = |platform: &str| image().platform(platform).label("for", platform);
    Layout::new()
        .image(&image_for("linux/amd64"))
        .image(&image_for("linux/arm64/v8"))
        .image(&image_for("linux/arm/v7"))
        .image(&image_for("windows/amd64"))
        .attestation(&image_for("linux/amd64").manifest_digest())
        .nested(Some("latest"))
        .nested(Some("latest"))
        .write_oci_dir(folder.path());
    for (asked, given) in [
        ("linux/amd64", "linux/amd64"),
        ("linux/arm64", "linux/arm64/v8"),
        ("linux/arm", "linux/arm/v7"),
    ] {
        let read = open_for(folder.path(), asked).unwrap();
        assert_eq!(read.config.config.labels["for"], given);
        assert!(read.index_digest.is_some());
    }
    let this_machine = open_path(folder.path()).unwrap().platform;
    assert!(
        this_machine.matches(&Platform::this_machine()),
        "{this_machine}"
    );
    let error = error_of(open_for(folder.path(), "linux/s390x")).to_string();
    assert!(
        error.ends_with("linux/amd64, linux/arm/v7, linux/arm64/v8"),
        "{error}"
    );
    let error = error_of(open_for(folder.path(), "windows/amd64"));
    assert!(matches!(error, SourceError::WindowsImage { .. }), "{error}");
}

#[test]
fn the_only_platform_there_is_is_taken_and_an_attestation_is_none() {
    let folder = folder();
    let only = image().platform("linux/s390x");
    Layout::new()
        .image(&only)
        .attestation(&only.manifest_digest())
        .nested(None)
        .write_oci_dir(folder.path());
    assert_eq!(
        open_path(folder.path()).unwrap().platform.to_string(),
        "linux/s390x"
    );
    let error = error_of(open_for(folder.path(), "linux/amd64"));
    assert!(
        matches!(error, SourceError::NoSuchPlatform { .. }),
        "{error}"
    );
}

#[test]
fn a_layout_of_foreign_platforms_alone_lists_them() {
    let folder = folder();
    Layout::new()
        .image(&image().platform("linux/s390x"))
        .image(&image().platform("linux/riscv64"))
        .write_oci_dir(folder.path());
    let error = error_of(open_path(folder.path())).to_string();
    assert!(error.contains("linux/riscv64, linux/s390x"), "{error}");
}

#[test]
fn a_layout_without_an_image_says_what_it_holds() {
    let folder = folder();
    let digest = image().manifest_digest();
    Layout::new()
        .attestation(&digest)
        .write_oci_dir(&folder.path().join("attestation"));
    let error = error_of(open_path(&folder.path().join("attestation")));
    assert!(matches!(error, SourceError::NoImage { .. }), "{error}");
    assert!(
        error.to_string().contains("attestation-manifest"),
        "{error}"
    );
    Layout::new().write_oci_dir(&folder.path().join("empty"));
    let error = error_of(open_path(&folder.path().join("empty")));
    assert!(matches!(error, SourceError::NoImage { .. }), "{error}");
}

#[test]
fn an_artifact_manifest_without_a_platform_is_no_image() {
    let folder = folder();
    let config = json!({
        "mediaType": "application/vnd.example.config+json",
        "digest": image().config_digest(),
        "size": image().config_bytes().len(),
    });
    let artifact = image()
        .platform_in_config_only()
        .manifest_field("config", config);
    artifact.write_oci_dir(folder.path());
    let error = error_of(open_path(folder.path()));
    assert!(
        error
            .to_string()
            .contains("application/vnd.example.config+json"),
        "{error}"
    );
}

#[test]
fn a_manifest_without_a_platform_takes_that_of_its_configuration() {
    let folder = folder();
    image()
        .platform("linux/arm64")
        .platform_in_config_only()
        .write_oci_dir(folder.path());
    assert_eq!(
        open_for(folder.path(), "linux/arm64")
            .unwrap()
            .platform
            .to_string(),
        "linux/arm64"
    );
}

#[test]
fn windows_images_are_refused_by_name() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    image()
        .platform("windows/amd64")
        .write_oci_dir(&at("stated"));
    image()
        .platform("windows/amd64")
        .platform_in_config_only()
        .write_oci_dir(&at("config"));
    image()
        .top_level_field("os", json!("windows"))
        .write_oci_dir(&at("hidden"));
    image()
        .platform("windows/amd64")
        .write_docker_save(&at("saved.tar"));
    for name in ["stated", "config", "hidden", "saved.tar"] {
        let error = error_of(open_path(&at(name)));
        assert!(
            matches!(error, SourceError::WindowsImage { .. }),
            "{name}: {error}"
        );
    }
}

#[test]
fn a_tag_or_digest_chooses_and_without_one_several_images_are_listed() {
    let folder = folder();
    let one = image().tag("one").label("number", "1");
    let two = image().tag("docker.io/library/two:2").label("number", "2");
    Layout::new()
        .image(&one)
        .image(&two)
        .write_oci_dir(folder.path());
    let number = |selector: &str| {
        let text = format!("oci-dir:{}{selector}", folder.path().display());
        open_text(&text).map(|read| read.config.config.labels["number"].clone())
    };
    assert_eq!(number(":one").unwrap(), "1");
    assert_eq!(number(":two:2").unwrap(), "2");
    assert_eq!(number(&format!("@{}", two.manifest_digest())).unwrap(), "2");
    let error = number("").unwrap_err();
    assert!(matches!(error, SourceError::Ambiguous { .. }), "{error}");
    let error = number(":three").unwrap_err().to_string();
    let shown = folder.path().display();
    let end = format!(
        "`three`; there is\n\
         oci-dir:{shown}:docker.io/library/two:2 (linux/amd64)\n\
         oci-dir:{shown}:one (linux/amd64)"
    );
    assert!(error.ends_with(&end), "{error}");
    let error = number(&format!("@{}", Digest::sha256(b""))).unwrap_err();
    assert!(matches!(error, SourceError::NoSuchImage { .. }), "{error}");
}

#[test]
fn a_digest_chooses_inside_a_nested_index_and_of_an_index_itself() {
    let folder = folder();
    let arm = image().platform("linux/arm64");
    let mut layout = Layout::new()
        .image(&image().platform("linux/amd64"))
        .image(&arm)
        .nested(Some("latest"));
    let index = layout.entries_mut()[0]["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    layout.write_oci_dir(folder.path());
    let shown = folder.path().display();
    let read = open_text(&format!("oci-dir:{shown}@{}", arm.manifest_digest())).unwrap();
    assert_eq!(read.platform.to_string(), "linux/arm64");
    assert_eq!(read.index_digest.unwrap().to_string(), index);
    let reference = Reference::parse(&format!("oci-dir:{shown}@{index}")).unwrap();
    let options = OpenOptions {
        platform: Some(arm_platform()),
        ..OpenOptions::default()
    };
    let read = open(&reference, &options).unwrap();
    assert_eq!(
        read.manifest_digest.unwrap().to_string(),
        arm.manifest_digest()
    );
}

fn arm_platform() -> Platform {
    "linux/arm64".parse().unwrap()
}

#[test]
fn indexes_nested_too_deep_are_refused() {
    let folder = folder();
    let layout = (0..5).fold(image().layout(), |layout, _| layout.nested(Some("latest")));
    layout.write_oci_dir(folder.path());
    let error = error_of(open_path(folder.path()));
    assert!(matches!(error, SourceError::Limit { .. }), "{error}");
}

/// What the index of an image read from `folder` offers, in words.
fn offered(folder: &Path, platform: &str) -> Option<Vec<String>> {
    let read = open_for(folder, platform).unwrap();
    let platforms = read.platforms?;
    Some(platforms.iter().map(ToString::to_string).collect())
}

#[test]
fn an_index_says_what_it_offers_and_a_single_manifest_does_not() {
    let folder = folder();
    let (amd64, arm64) = (
        image().platform("linux/amd64"),
        image().platform("linux/arm64/v8"),
    );
    Layout::new()
        .image(&amd64)
        .image(&arm64)
        .attestation(&amd64.manifest_digest())
        .nested(Some("latest"))
        .write_oci_dir(&folder.path().join("index"));
    let both = Some(vec!["linux/amd64".to_owned(), "linux/arm64".to_owned()]);
    assert_eq!(offered(&folder.path().join("index"), "linux/amd64"), both);
    assert_eq!(offered(&folder.path().join("index"), "linux/arm64"), both);
    let by_digest = format!(
        "oci-dir:{}@{}",
        folder.path().join("index").display(),
        amd64.manifest_digest()
    );
    let read = open_text(&by_digest).unwrap();
    assert_eq!(read.platforms.map(|platforms| platforms.len()), Some(2));
    Layout::new()
        .image(&amd64)
        .write_oci_dir(&folder.path().join("single"));
    assert_eq!(offered(&folder.path().join("single"), "linux/amd64"), None);
}

#[test]
fn an_index_with_an_entry_of_no_platform_does_not_say_what_it_offers() {
    let folder = folder();
    Layout::new()
        .image(&image().platform("linux/arm64").platform_in_config_only())
        .image(&image().platform("linux/amd64"))
        .nested(Some("latest"))
        .write_oci_dir(folder.path());
    assert_eq!(offered(folder.path(), "linux/amd64"), None);
}
