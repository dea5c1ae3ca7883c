//! Archives: OCI and docker, plain and compressed.

use super::*;

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
    let old = open_path(&old).unwrap();
    assert_eq!(
        (old.manifest_digest.clone(), old.layers[1].digest.clone()),
        (None, None)
    );
    let places = &old.attached().places;
    assert!(
        places
            .iter()
            .all(|place| place.state == SearchState::NotCarried)
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
    for line in ["a/two:2 (linux/amd64)", "one:1 (linux/amd64)"] {
        let line = format!("\ndocker-archive:{}:{line}", path.display());
        assert!(error.contains(&line), "{error}");
    }
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
            limits,
            ..OpenOptions::default()
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

#[test]
fn an_image_whose_manifest_was_left_out_of_the_archive_is_read_as_saved() {
    let folder = folder();
    let path = folder.path().join("new.tar");
    let layout = image().layout().drop_blob(&image().manifest_digest());
    write(&path, layout.docker_archive_tar());
    let read = open_path(&path).unwrap();
    assert_eq!(read.manifest_digest, None);
    assert_eq!(tar_of(&read, 1), layers()[1].tar());
}
