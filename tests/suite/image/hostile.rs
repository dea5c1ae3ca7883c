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
    assert!(matches!(kept(b"a"), Kept::TooLarge));
    let Kept::Whole(b) = kept(b"b") else {
        panic!("it is within the limit");
    };
    assert_eq!(b.read().unwrap(), &b"y"[..]);
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
        cache: None,
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
fn two_thousand_nested_directories_are_read_and_five_thousand_are_over_the_limit() {
    let nested = |depth| format!("{}/leaf", vec!["d"; depth].join("/"));
    let deep = nested(2_000);
    let image = merged(&[Layer::new().file(&deep, "x")]);
    assert!(image.tree.lookup(deep.as_bytes()).is_some());
    assert!(image.tree.resolve(deep.as_bytes(), true).is_ok());
    let message = refused(
        &[Layer::new().file(&nested(5_000), "x")],
        &Limits::default(),
    );
    assert!(message.contains("length of a path"), "{message}");
}

#[test]
fn directories_that_are_only_implied_count_as_entries() {
    let deep = |number| format!("{number}/{}/leaf", vec!["d"; 1_000].join("/"));
    let layer = (0..20).fold(Layer::new(), |layer, number| layer.file(&deep(number), "x"));
    let limits = Limits {
        max_entries: 10_000,
        ..Limits::default()
    };
    let message = refused(&[layer], &limits);
    assert!(message.contains("number of entries"), "{message}");
}

#[test]
fn a_link_target_no_kernel_takes_is_refused() {
    let image = merged(&[Layer::new().symlink("a", &"x/".repeat(4_000))]);
    assert_eq!((image.anomalies.len(), listing(&image.tree).len()), (1, 0));
}

/// A tar header by hand: name, type, size field as written, mode.
fn header(name: &str, kind: u8, size: &[u8], mode: &str) -> Vec<u8> {
    let mut block = vec![0u8; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..100 + mode.len()].copy_from_slice(mode.as_bytes());
    block[124..124 + size.len()].copy_from_slice(size);
    block[156] = kind;
    block[157..161].copy_from_slice(b"base");
    block[257..263].copy_from_slice(b"ustar\0");
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block
}

fn file(name: &str, content: &str, mode: &str) -> Vec<u8> {
    let mut entry = header(
        name,
        b'0',
        format!("{:011o}", content.len()).as_bytes(),
        mode,
    );
    let mut body = content.as_bytes().to_vec();
    body.resize(body.len().next_multiple_of(512), 0);
    entry.extend(body);
    entry
}

#[test]
fn an_entry_behind_a_link_with_a_size_is_seen() {
    let hidden = file("evil", "x", "0004755");
    let mut tar = file("base", "1", "0000644");
    tar.extend(header(
        "link",
        b'1',
        format!("{:011o}", hidden.len()).as_bytes(),
        "0000644",
    ));
    tar.extend(hidden);
    assert_eq!(at(&[Layer::verbatim(tar)], "evil").unwrap(), "file x @1");
}

#[test]
fn a_size_with_a_nul_in_front_is_read_as_other_readers_do() {
    let mut tar = header("zeros", b'0', b"\x0000000001000", "0000644");
    tar.extend(vec![0u8; 512]);
    tar.extend(file("evil", "x", "0004755"));
    assert_eq!(at(&[Layer::verbatim(tar)], "evil").unwrap(), "file x @1");
}

#[test]
fn a_file_whose_name_ends_with_a_slash_keeps_its_content() {
    let mut tar = file("dir/", &"y".repeat(512), "0000644");
    tar.extend(file("evil", "x", "0004755"));
    let tree = listing(&merged(&[Layer::verbatim(tar)]).tree);
    assert_eq!(tree["evil"], "file x @1");
    assert!(tree["dir"].starts_with("file yyy"));
}

#[test]
fn a_lone_zero_block_hides_nothing() {
    let mut tar = file("a", "1", "0000644");
    tar.extend(vec![0u8; 512]);
    tar.extend(file("evil", "x", "0004755"));
    let message = refused(&[Layer::verbatim(tar)], &Limits::default());
    assert!(message.contains("lone zero block"), "{message}");
}

#[test]
fn a_long_gnu_name_wins_over_pax_as_in_the_readers_runtimes_use() {
    let mut tar = header("././@LongLink", b'L', b"00000000005", "0000644");
    let mut name = b"real\0".to_vec();
    name.resize(512, 0);
    tar.extend(name);
    let record = "15 path=hidden\n";
    tar.extend(header(
        "pax",
        b'x',
        format!("{:011o}", record.len()).as_bytes(),
        "0000644",
    ));
    let mut body = record.as_bytes().to_vec();
    body.resize(512, 0);
    tar.extend(body);
    tar.extend(file("short", "x", "0000644"));
    let tree = listing(&merged(&[Layer::verbatim(tar)]).tree);
    assert_eq!(tree.keys().collect::<Vec<_>>(), ["real"]);
}

#[test]
fn a_hard_link_sets_the_mode_of_the_file_it_names() {
    let mut tar = file("base", "1", "0000755");
    tar.extend(header("link", b'1', b"00000000000", "0004755"));
    let tree = merged(&[Layer::verbatim(tar)]).tree;
    let node = tree.node(tree.lookup(b"base").unwrap()).unwrap();
    assert_eq!(node.mode, 0o4755);
}

#[test]
fn a_sparse_file_is_named_since_its_content_was_not_looked_at() {
    let image = merged(&[Layer::new().file("key", "x").pax("GNU.sparse.major", "1")]);
    assert_eq!(image.anomalies.len(), 1);
    assert!(image.tree.lookup(b"key").is_some());
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
