//! Reading images from folders and archives.

use std::io::Read;
use std::path::Path;

use freehold::source::{
    Compression as Stored, Digest, EvidenceCarriage, OpenOptions, Platform, Reference, SourceError,
    SourceImage, SourceLimits, open,
};
use serde_json::json;
use tempfile::TempDir;

use crate::support::image_builder::{
    Compression, ImageBuilder, Layer, Layout, compress, docker_save_tar, write,
};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn open_text(text: &str) -> Result<SourceImage, SourceError> {
    open(&Reference::parse(text)?, &OpenOptions::default())
}

fn open_path(path: &Path) -> Result<SourceImage, SourceError> {
    open_text(path.to_str().expect("a UTF-8 path"))
}

fn open_for(path: &Path, platform: &str) -> Result<SourceImage, SourceError> {
    let platform: Platform = platform.parse()?;
    let options = OpenOptions {
        platform: Some(platform),
        limits: SourceLimits::default(),
    };
    open(
        &Reference::parse(path.to_str().expect("a UTF-8 path"))?,
        &options,
    )
}

fn error_of(result: Result<SourceImage, SourceError>) -> SourceError {
    result.err().expect("an error")
}

fn read_layer(image: &SourceImage, index: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    image
        .open_layer(index)?
        .read_to_end(&mut bytes)
        .map(|_| bytes)
}

/// The error that reading a layer to its end brings.
fn layer_error(image: &SourceImage, index: usize) -> SourceError {
    let error = read_layer(image, index).expect_err("an error");
    SourceError::from_io(&error)
        .expect("an error of the source")
        .clone()
}

fn tar_of(image: &SourceImage, index: usize) -> Vec<u8> {
    let bytes = read_layer(image, index).expect("a sound layer");
    let mut tar = Vec::new();
    match image.layers[index].compression {
        Stored::None => return bytes,
        Stored::Gzip => flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut tar),
        Stored::Zstd => zstd::Decoder::new(&bytes[..])
            .expect("zstd")
            .read_to_end(&mut tar),
    }
    .expect("a sound stream");
    tar
}

fn layers() -> [Layer; 2] {
    [
        Layer::new()
            .dir("etc")
            .file("etc/os-release", "ID=debian\n"),
        Layer::new()
            .whiteout("etc/os-release")
            .symlink("lib", "usr/lib"),
    ]
}

fn image() -> ImageBuilder {
    let [lower, upper] = layers();
    ImageBuilder::new()
        .layer(lower)
        .layer(upper)
        .user("65532")
        .label("a", "b")
        .env("PATH", "/bin")
        .entrypoint(&["/bin/app"])
        .expose("80/tcp")
        .history("COPY . /")
}

#[test]
fn every_form_of_an_image_gives_the_same_configuration_and_tar_streams() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    image().write_oci_dir(&at("layout"));
    image().write_oci_archive(&at("oci.tar"));
    image().write_docker_save(&at("old.tar"));
    image().write_docker_archive(&at("new.tar"));
    let old = std::fs::read(at("old.tar")).unwrap();
    write(&at("old.tar.gz"), compress(&old, Compression::Gzip));
    write(&at("old.tar.zst"), compress(&old, Compression::Zstd));
    let tars = layers().map(|layer| layer.tar());
    for (name, kind) in [
        ("layout", "oci-dir"),
        ("oci.tar", "oci-archive"),
        ("old.tar", "docker-archive"),
        ("new.tar", "docker-archive"),
        ("old.tar.gz", "docker-archive"),
        ("old.tar.zst", "docker-archive"),
    ] {
        for text in [
            at(name).display().to_string(),
            format!("{kind}:{}", at(name).display()),
        ] {
            let read = open_text(&text).unwrap();
            assert_eq!(read.kind.name(), kind, "{name}");
            assert_eq!(read.reference, text);
            assert_eq!(read.platform.to_string(), "linux/amd64", "{name}");
            assert_eq!(read.config.config.user, "65532", "{name}");
            assert_eq!(read.config.config.labels["a"], "b", "{name}");
            assert_eq!(read.config.history.len(), 1, "{name}");
            assert_eq!(
                read.config_digest.as_ref().unwrap().to_string(),
                image().config_digest()
            );
            assert_eq!(read.layers.len(), 2, "{name}");
            for (index, tar) in tars.iter().enumerate() {
                assert_eq!(&tar_of(&read, index), tar, "{name}");
                let diff_id = read.layers[index].diff_id.as_ref().unwrap().to_string();
                assert_eq!(diff_id, image().diff_id(index));
            }
        }
    }
}

#[test]
fn a_layout_has_digests_of_manifest_and_layers_and_an_old_archive_has_not() {
    let folder = folder();
    let (new, old) = (folder.path().join("new.tar"), folder.path().join("old.tar"));
    image().write_docker_archive(&new);
    image().write_docker_save(&old);
    let new = open_path(&new).unwrap();
    assert_eq!(
        new.manifest_digest.unwrap().to_string(),
        image().manifest_digest()
    );
    assert_eq!(
        new.layers[1].digest.as_ref().unwrap().to_string(),
        image().layer_digest(1)
    );
    assert_eq!(new.attached_evidence, EvidenceCarriage::NotSearched);
    let old = open_path(&old).unwrap();
    assert_eq!(
        (old.manifest_digest, old.layers[1].digest.clone()),
        (None, None)
    );
    assert_eq!(old.attached_evidence, EvidenceCarriage::NotCarried);
}

#[test]
fn annotations_of_the_manifest_win_over_those_of_the_index_entry() {
    let folder = folder();
    let mut layout = image().annotation("k", "manifest").layout();
    layout.entries_mut()[0]["annotations"] = json!({"k": "entry", "only": "entry"});
    layout.write_oci_dir(folder.path());
    let read = open_path(folder.path()).unwrap();
    assert_eq!(
        (
            read.annotations["k"].as_str(),
            read.annotations["only"].as_str()
        ),
        ("manifest", "entry")
    );
}

#[test]
fn docker_media_types_and_every_compression_are_read() {
    for compression in [Compression::Plain, Compression::Gzip, Compression::Zstd] {
        let folder = folder();
        image()
            .docker_media_types()
            .compression(compression)
            .write_oci_dir(folder.path());
        let read = open_path(folder.path()).unwrap();
        assert_eq!(tar_of(&read, 0), layers()[0].tar());
    }
}

#[test]
fn the_bytes_of_a_layer_decide_its_compression_and_not_its_media_type() {
    let folder = folder();
    let media_type = "application/vnd.oci.image.layer.v1.tar+gzip";
    let layer = layers()[0]
        .clone()
        .compressed(Compression::Zstd)
        .media_type(media_type);
    ImageBuilder::new()
        .layer(layer)
        .write_oci_dir(folder.path());
    let read = open_path(folder.path()).unwrap();
    assert_eq!(read.layers[0].compression, Stored::Zstd);
    assert_eq!(read.layers[0].media_type.as_deref(), Some(media_type));
}

#[test]
fn a_changed_byte_in_any_blob_is_an_error_that_names_the_blob() {
    for (digest, named) in [
        (image().manifest_digest(), "manifest sha256:"),
        (image().config_digest(), "configuration sha256:"),
        (image().layer_digest(1), "layer 2"),
    ] {
        let folder = folder();
        image()
            .layout()
            .flip_byte_in_blob(&digest)
            .write_oci_dir(folder.path());
        let error = match open_path(folder.path()) {
            Err(error) => error,
            Ok(read) => layer_error(&read, 1),
        };
        assert!(
            matches!(error, SourceError::DigestMismatch { .. }),
            "{error}"
        );
        assert!(error.to_string().starts_with(named), "{error}");
    }
}

#[test]
fn a_missing_or_cut_blob_is_an_error_before_anything_is_scanned() {
    for digest in [
        image().manifest_digest(),
        image().config_digest(),
        image().layer_digest(1),
    ] {
        let folder = folder();
        image()
            .layout()
            .drop_blob(&digest)
            .write_oci_dir(&folder.path().join("dropped"));
        let error = error_of(open_path(&folder.path().join("dropped")));
        assert!(matches!(error, SourceError::MissingBlob { .. }), "{error}");
        image()
            .layout()
            .truncate_blob(&digest, 10)
            .write_oci_dir(&folder.path().join("cut"));
        let error = error_of(open_path(&folder.path().join("cut")));
        assert!(
            matches!(error, SourceError::SizeMismatch { found: 10, .. }),
            "{error}"
        );
    }
}

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
    assert!(error.to_string().contains("one (linux/amd64)"), "{error}");
    let error = number(":three").unwrap_err().to_string();
    assert!(
        error.contains("`three`; there is docker.io/library/two:2, one"),
        "{error}"
    );
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

#[test]
fn documents_that_are_no_image_layout_are_refused_by_name() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let layout = || image().layout();
    layout().index_bytes("not json").write_oci_dir(&at("index"));
    layout().without_layout_file().write_oci_dir(&at("marker"));
    layout()
        .layout_bytes(r#"{"imageLayoutVersion":"2.0.0"}"#)
        .write_oci_dir(&at("version"));
    image()
        .manifest_field("schemaVersion", json!(1))
        .write_oci_dir(&at("schema"));
    image()
        .manifest_field("layers", json!("x"))
        .write_oci_dir(&at("layers"));
    let diff_ids = json!({"type": "layers", "diff_ids": []});
    image()
        .top_level_field("rootfs", diff_ids)
        .write_oci_dir(&at("count"));
    for (name, message) in [
        ("index", "`index.json` is not valid"),
        ("marker", "`oci-layout` is missing"),
        ("version", "its layout version is not 1"),
        ("schema", "is a Docker schema 1 manifest"),
        ("layers", "is not valid: invalid type: string \"x\""),
        (
            "count",
            "the manifest has 2 layers and the configuration 0 diff IDs",
        ),
    ] {
        let error = error_of(open_path(&at(name))).to_string();
        assert!(error.contains(message), "{name}: {error}");
    }
}

#[test]
fn encrypted_unknown_and_escaping_layers_are_refused_by_name() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let of_type = |media_type: &str| ImageBuilder::new().layer(Layer::new().media_type(media_type));
    of_type("application/vnd.oci.image.layer.v1.tar+gzip+encrypted")
        .write_oci_dir(&at("encrypted"));
    of_type("application/x-thing").write_oci_dir(&at("unknown"));
    let layer = json!([{
        "mediaType": "application/vnd.oci.image.layer.v1.tar",
        "digest": "sha256:../../../etc/passwd",
        "size": 1,
    }]);
    ImageBuilder::new()
        .layer(Layer::new())
        .manifest_field("layers", layer)
        .write_oci_dir(&at("escaping"));
    ImageBuilder::new()
        .layer(Layer::verbatim(*b"\xfd7zXZ\0").compressed(Compression::Plain))
        .write_oci_dir(&at("xz"));
    for (name, message) in [
        ("encrypted", "layer 1 is encrypted"),
        ("unknown", "media type `application/x-thing`"),
        (
            "escaping",
            "layer 1 has the digest `sha256:../../../etc/passwd`",
        ),
        ("xz", "layer 1 is compressed with xz"),
    ] {
        let error = error_of(open_path(&at(name))).to_string();
        assert!(error.contains(message), "{name}: {error}");
    }
}

#[test]
fn a_document_over_the_limit_is_refused_before_it_is_read() {
    let folder = folder();
    image()
        .label("long", &"x".repeat(5 << 20))
        .write_oci_dir(folder.path());
    let error = error_of(open_path(folder.path()));
    assert!(matches!(error, SourceError::Limit { .. }), "{error}");
}

#[test]
fn a_blob_may_be_a_link_inside_the_layout_and_not_out_of_it() {
    let folder = folder();
    let layout = folder.path().join("layout");
    image().write_oci_dir(&layout);
    let blob = layout
        .join("blobs")
        .join(image().layer_digest(0).replace(':', "/"));
    std::fs::rename(&blob, layout.join("moved")).unwrap();
    std::os::unix::fs::symlink("../../moved", &blob).unwrap();
    assert_eq!(tar_of(&open_path(&layout).unwrap(), 0), layers()[0].tar());
    std::fs::rename(layout.join("moved"), folder.path().join("moved")).unwrap();
    std::fs::remove_file(&blob).unwrap();
    std::os::unix::fs::symlink("../../../moved", &blob).unwrap();
    let error = error_of(open_path(&layout));
    assert!(
        matches!(error, SourceError::OutsideLayout { .. }),
        "{error}"
    );
}

#[test]
fn a_layer_can_be_read_twice_and_from_several_threads() {
    let folder = folder();
    image().write_oci_archive(&folder.path().join("oci.tar"));
    let read = open_path(&folder.path().join("oci.tar")).unwrap();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|n| {
                scope.spawn({
                    let read = &read;
                    move || (n % 2, tar_of(read, n % 2))
                })
            })
            .collect();
        for thread in threads {
            let (index, tar) = thread.join().unwrap();
            assert_eq!(tar, layers()[index].tar());
        }
    });
    let error = read.open_layer(2).err().unwrap();
    assert_eq!(error, SourceError::NoSuchLayer { number: 3 });
}

#[test]
fn a_tag_chooses_from_a_docker_archive_of_several_images_that_share_a_layer() {
    let folder = folder();
    let path = folder.path().join("saved.tar");
    let [lower, upper] = layers();
    let one = ImageBuilder::new()
        .layer(lower.clone())
        .tag("one:1")
        .label("number", "1");
    let two = ImageBuilder::new()
        .layer(lower.clone())
        .layer(upper)
        .tag("a/two:2")
        .label("number", "2");
    write(&path, docker_save_tar(&[&one, &two]));
    for (selector, number) in [(":one:1", "1"), (":1", "1"), (":a/two:2", "2")] {
        let read = open_text(&format!("docker-archive:{}{selector}", path.display())).unwrap();
        assert_eq!(read.config.config.labels["number"], number);
        // The second image's copy of the layer is a link to the first one's.
        assert_eq!(tar_of(&read, 0), lower.tar());
    }
    let error = error_of(open_path(&path)).to_string();
    assert!(
        error.contains("a/two:2 (linux/amd64), one:1 (linux/amd64)"),
        "{error}"
    );
    let error = error_of(open_text(&format!(
        "docker-archive:{}:three",
        path.display()
    )));
    assert!(matches!(error, SourceError::NoSuchImage { .. }), "{error}");
}

#[test]
fn a_docker_archive_with_a_missing_layer_or_a_changed_configuration_is_refused() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let id = image().config_digest().replace("sha256:", "");
    let manifest =
        json!([{"Config": format!("{id}.json"), "RepoTags": null, "Layers": ["a/layer.tar", "b"]}]);
    let archive = |config: Vec<u8>| {
        Layer::new()
            .file(&format!("{id}.json"), config)
            .file("manifest.json", manifest.to_string())
            .tar()
    };
    write(&at("missing.tar"), archive(image().config_bytes()));
    write(
        &at("changed.tar"),
        archive(image().user("0").config_bytes()),
    );
    let error = error_of(open_path(&at("missing.tar"))).to_string();
    assert_eq!(error, "layer 1 (`a/layer.tar`) is missing from the archive");
    let error = error_of(open_path(&at("changed.tar")));
    assert!(
        matches!(error, SourceError::DigestMismatch { .. }),
        "{error}"
    );
}

#[test]
fn links_of_an_archive_never_lead_out_of_it_or_round_in_circles() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let with_link = |target: &str| Layer::new().symlink("manifest.json", target).tar();
    write(&at("absolute.tar"), with_link("/etc/passwd"));
    write(&at("upwards.tar"), with_link("../../etc/passwd"));
    write(&at("circle.tar"), with_link("manifest.json"));
    for name in ["absolute.tar", "upwards.tar", "circle.tar"] {
        let error = error_of(open_path(&at(name)));
        let refused = matches!(
            error,
            SourceError::Unreadable { .. } | SourceError::Limit { .. }
        );
        assert!(refused, "{name}: {error}");
    }
}

#[test]
fn files_that_are_no_archive_or_a_damaged_one_are_refused() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    image().write_docker_save(&at("sound.tar"));
    let sound = std::fs::read(at("sound.tar")).unwrap();
    let gzip = compress(&sound, Compression::Gzip);
    write(&at("text"), "hello\n".repeat(1000));
    write(&at("empty"), "");
    write(&at("json"), "{}");
    write(&at("cut.tar"), &sound[..1600]);
    write(&at("cut.tar.gz"), &gzip[..gzip.len() / 2]);
    write(&at("other.tar"), Layer::new().file("etc/passwd", "x").tar());
    for (name, message) in [
        ("text", "it is neither a tar archive nor a folder"),
        ("empty", "it is neither a tar archive nor a folder"),
        ("json", "it looks like a JSON document"),
        ("cut.tar", "it ends inside a"),
        ("cut.tar.gz", "cannot be decompressed"),
        ("other.tar", "neither `manifest.json` nor `index.json`"),
    ] {
        let error = error_of(open_path(&at(name))).to_string();
        assert!(error.contains(message), "{name}: {error}");
    }
}

#[test]
fn a_compressed_archive_over_the_limit_is_refused() {
    let folder = folder();
    let path = folder.path().join("big.tar.gz");
    let tar = Layer::new().file("zeros", vec![0; 4 << 20]).tar();
    write(&path, compress(&tar, Compression::Gzip));
    let limits = SourceLimits {
        spooled_bytes: 1 << 20,
        ..SourceLimits::default()
    };
    let reference = Reference::parse(path.to_str().unwrap()).unwrap();
    let error = error_of(open(
        &reference,
        &OpenOptions {
            platform: None,
            limits,
        },
    ));
    assert!(matches!(error, SourceError::Limit { .. }), "{error}");
}

#[test]
fn an_archive_with_any_byte_changed_is_read_or_refused_and_never_panics() {
    let folder = folder();
    let path = folder.path().join("image.tar");
    let tar = docker_save_tar(&[&ImageBuilder::new().layer(Layer::new().file("a", "b"))]);
    for at in (0..tar.len()).step_by(37) {
        let mut changed = tar.clone();
        changed[at] ^= 0x55;
        write(&path, changed);
        if let Ok(read) = open_path(&path) {
            let bytes = read_layer(&read, 0).map_or(0, |bytes| bytes.len());
            assert!(bytes <= tar.len(), "byte {at}");
        }
    }
}

/// Type, mode, owner, link target and contents of each entry, by name.
fn entries_of(tar: &[u8]) -> Vec<(String, tar::EntryType, u32, Option<String>, Vec<u8>)> {
    let mut archive = tar::Archive::new(tar);
    let entries = archive.entries().expect("a sound tar");
    entries
        .map(|entry| {
            let mut entry = entry.expect("a sound entry");
            let name = String::from_utf8(entry.path_bytes().to_vec()).unwrap();
            let header = entry.header().clone();
            let link = entry
                .link_name_bytes()
                .map(|link| String::from_utf8(link.to_vec()).unwrap());
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (
                name,
                header.entry_type(),
                header.mode().unwrap(),
                link,
                bytes,
            )
        })
        .collect()
}

#[test]
fn a_root_file_system_is_one_layer_of_sorted_entries_with_modes_and_links_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let long = format!("usr/{}/file", "long".repeat(30));
    write(&at("usr/bin/tool"), "tool");
    std::fs::set_permissions(at("usr/bin/tool"), PermissionsExt::from_mode(0o4755)).unwrap();
    std::fs::hard_link(at("usr/bin/tool"), at("usr/bin/zool")).unwrap();
    write(&at(&long), vec![7; 513]);
    write(&at("etc/empty"), "");
    symlink("usr/bin", at("bin")).unwrap();
    symlink("loop", at("loop")).unwrap();
    symlink("/etc/passwd", at("etc/out")).unwrap();
    let read = open_path(folder.path()).unwrap();
    assert_eq!(read.kind.name(), "rootfs");
    assert_eq!(read.layers[0].diff_id, None);
    let tar = read_layer(&read, 0).unwrap();
    assert_eq!(tar, read_layer(&read, 0).unwrap());
    let entries = entries_of(&tar);
    let names: Vec<&str> = entries.iter().map(|entry| entry.0.as_str()).collect();
    let folder_name = format!("usr/{}/", "long".repeat(30));
    let expected = [
        "bin",
        "etc/",
        "etc/empty",
        "etc/out",
        "loop",
        "usr/",
        "usr/bin/",
        "usr/bin/tool",
        "usr/bin/zool",
        &folder_name,
        &long,
    ];
    assert_eq!(names, expected);
    let entry = |name: &str| entries.iter().find(|entry| entry.0 == name).unwrap();
    assert_eq!(entry("usr/bin/tool").2, 0o4755);
    assert_eq!(entry("usr/bin/tool").4, b"tool");
    assert_eq!(entry("usr/bin/zool").1, tar::EntryType::Link);
    assert_eq!(entry("usr/bin/zool").3.as_deref(), Some("usr/bin/tool"));
    assert_eq!(entry("bin").3.as_deref(), Some("usr/bin"));
    assert_eq!(entry("etc/out").3.as_deref(), Some("/etc/passwd"));
    assert_eq!(entry(&long).4, vec![7; 513]);
}

#[test]
fn a_root_file_system_of_more_files_than_allowed_fails_and_stays_failed() {
    let folder = folder();
    for name in ["a/1", "a/2", "b/3"] {
        write(&folder.path().join(name), "x");
    }
    let limits = SourceLimits {
        rootfs_entries: 4,
        ..SourceLimits::default()
    };
    let reference = Reference::parse(&format!("rootfs:{}", folder.path().display())).unwrap();
    let read = open(
        &reference,
        &OpenOptions {
            platform: None,
            limits,
        },
    )
    .unwrap();
    assert!(matches!(layer_error(&read, 0), SourceError::Limit { .. }));
    let mut reader = read.open_layer(0).unwrap();
    let mut sink = Vec::new();
    reader.read_to_end(&mut sink).unwrap_err();
    reader.read_to_end(&mut sink).unwrap_err();
}

#[test]
fn a_facts_document_is_recognised_and_not_opened_as_an_image() {
    let error = error_of(open_text("facts:/no/such.json"));
    assert!(
        matches!(error, SourceError::FactsDocument { .. }),
        "{error}"
    );
}

#[test]
fn a_path_that_is_missing_is_named() {
    for text in [
        "oci-dir:/no/such",
        "oci-archive:/no/such.tar",
        "rootfs:/no/such",
        "/no/such",
    ] {
        let error = error_of(open_text(text));
        assert!(
            matches!(error, SourceError::NotFound { .. }),
            "{text}: {error}"
        );
    }
}

#[test]
fn an_archive_that_comes_through_a_pipe_is_read() {
    let folder = folder();
    let (file, pipe) = (folder.path().join("image.tar"), folder.path().join("pipe"));
    image().write_docker_save(&file);
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .expect("mkfifo");
    assert!(made.success());
    std::thread::scope(|scope| {
        scope.spawn(|| std::fs::copy(&file, &pipe).unwrap());
        let read = open_path(&pipe).unwrap();
        assert_eq!(tar_of(&read, 1), layers()[1].tar());
    });
}
