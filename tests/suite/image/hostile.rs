//! Layers that try something.

use super::*;

fn refused(layers: &[Layer], limits: &Limits) -> String {
    match read_layers(layers, limits) {
        Ok(_) => panic!("it was read"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn names_that_climb_out_are_refused_and_named() {
    let image = merged(&[Layer::new()
        .file("../../tmp/a", "x")
        .file("etc/../../b", "x")
        .file("/abs", "x")
        .file("ok", "x")]);
    let names: Vec<_> = listing(&image.tree).into_keys().collect();
    assert_eq!(names, ["abs", "ok"]);
    assert_eq!(image.anomalies.len(), 2);
}

#[test]
fn a_parent_that_is_a_loop_of_links_is_named() {
    let image = merged(&[Layer::new()
        .symlink("a", "b")
        .symlink("b", "a")
        .file("a/x", "1")]);
    assert_eq!(image.anomalies.len(), 1);
}

#[test]
fn every_limit_ends_the_scan_with_its_flag() {
    let layers = [
        Layer::new().file("a", vec![b'x'; 4096]),
        Layer::new().file("b", "y"),
    ];
    let default = Limits::default();
    for (limits, what) in [
        (
            Limits {
                max_layers: 1,
                ..default.clone()
            },
            "number of layers",
        ),
        (
            Limits {
                max_entries: 1,
                ..default.clone()
            },
            "number of entries",
        ),
        (
            Limits {
                max_tar_bytes: 1024,
                ..default.clone()
            },
            "size of all layers",
        ),
        (
            Limits {
                max_path_bytes: 0,
                ..default.clone()
            },
            "length of a path",
        ),
        (
            Limits {
                max_kept_bytes: 10,
                ..default
            },
            "size of all kept files",
        ),
    ] {
        let message = refused(&layers, &limits);
        assert!(message.contains(what), "{message}");
    }
}

#[test]
fn a_file_over_the_limit_is_not_kept_and_the_rest_is() {
    let limits = Limits {
        max_file_bytes: 10,
        ..Limits::default()
    };
    let image = read_layers(
        &[Layer::new().file("a", "x".repeat(11)).file("b", "y")],
        &limits,
    );
    let tree = image.unwrap().tree;
    let kept = |path: &[u8]| {
        let node = tree.node(tree.lookup(path).unwrap()).unwrap();
        tree.content(node.content().unwrap()).unwrap().kept.clone()
    };
    assert_eq!(kept(b"a"), Kept::TooLarge);
    assert_eq!(kept(b"b"), Kept::Bytes((*b"y").into()));
}

#[test]
fn a_bomb_is_stopped_by_its_ratio() {
    let layer = Layer::new().file("zeros", vec![0u8; 300 << 20]);
    let message = refused(&[layer], &Limits::default());
    assert!(message.contains("ratio"), "{message}");
}

#[test]
fn a_tar_that_ends_inside_a_file_is_an_error() {
    let tar = Layer::new().file("a", vec![1u8; 4000]).tar();
    let message = refused(&[Layer::verbatim(&tar[..1000])], &Limits::default());
    assert!(message.contains("ends inside a file"), "{message}");
}

#[test]
fn a_header_with_a_wrong_checksum_is_an_error() {
    let mut tar = Layer::new().file("a", "1").tar();
    tar[0] ^= 1;
    let message = refused(&[Layer::verbatim(tar)], &Limits::default());
    assert!(message.contains("checksum"), "{message}");
}

#[test]
fn a_wrong_diff_id_is_an_error_that_names_the_layer() {
    let folder = tempfile::tempdir().unwrap();
    ImageBuilder::new()
        .layer(Layer::new().file("a", "1"))
        .layer(Layer::new().file("b", "1"))
        .wrong_diff_id(1)
        .write_oci_dir(folder.path());
    let text = format!("oci-dir:{}", folder.path().display());
    let source = open(&Reference::parse(&text).unwrap(), &OpenOptions::default()).unwrap();
    let limits = Limits::default();
    let options = ReadOptions {
        limits: &limits,
        threads: 1,
        progress: &Silent,
    };
    let error = read(&source, &KeepAll, options).unwrap_err();
    assert!(
        matches!(error, ImageError::Source { layer: 2, .. }),
        "{error:?}"
    );
}

#[test]
fn bytes_after_the_end_of_the_archive_count_towards_the_diff_id() {
    let mut tar = Layer::new().file("a", "1").tar();
    tar.extend_from_slice(&[7u8; 5000]);
    assert_eq!(at(&[Layer::verbatim(tar)], "a").unwrap(), "file 1 @1");
}

#[test]
fn five_thousand_nested_directories_are_read() {
    let deep = format!("{}/leaf", vec!["d"; 5000].join("/"));
    let image = merged(&[Layer::new().file(&deep, "x")]);
    assert!(image.tree.lookup(deep.as_bytes()).is_some());
    assert!(image.tree.resolve(deep.as_bytes(), true).is_ok());
}

#[test]
fn five_hundred_layers_keep_their_order() {
    let layers: Vec<Layer> = (0..500)
        .map(|number| Layer::new().file("shared", number.to_string()))
        .collect();
    assert_eq!(at(&layers, "shared").unwrap(), "file 499 @500");
}

#[test]
fn the_lowest_broken_layer_is_named_at_any_thread_count() {
    let good = Layer::new().file("a", vec![0u8; 1 << 20]);
    let bad = Layer::verbatim(b"this is no tar archive".repeat(100));
    let layers = [good.clone(), bad.clone(), good, bad];
    let message = refused(&layers, &Limits::default());
    assert!(message.starts_with("layer 2 "), "{message}");
}
