//! OCI image layouts: what is checked, and what is refused.

use super::*;

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
    assert_eq!(read.open_layer(0).unwrap().compression, Stored::Zstd);
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
        // A layer's compression shows when it is opened, everything else before.
        let opened = open_path(&at(name)).and_then(|image| image.open_layer(0));
        let error = opened.err().unwrap().to_string();
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
