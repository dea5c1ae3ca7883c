//! Whiteouts, links and type changes, one rule a test.

use super::*;

#[test]
fn a_whiteout_removes_the_entry_of_a_lower_layer() {
    let layers = [
        Layer::new().file("etc/x", "1").file("etc/y", "1"),
        Layer::new().whiteout("etc/x"),
    ];
    assert_eq!(at(&layers, "etc/x"), None);
    assert_eq!(at(&layers, "etc/y").unwrap(), "file 1 @1");
}

#[test]
fn a_whiteout_leaves_the_entry_of_its_own_layer_alone_wherever_it_stands() {
    let lower = Layer::new().file("a", "old");
    let before = [lower.clone(), Layer::new().whiteout("a").file("a", "new")];
    let after = [lower, Layer::new().file("a", "new").whiteout("a")];
    assert_eq!(at(&before, "a").unwrap(), "file new @2");
    assert_eq!(at(&after, "a").unwrap(), "file new @2");
}

#[test]
fn an_opaque_directory_hides_what_was_below_and_keeps_its_own() {
    let layers = [
        Layer::new().file("d/old", "1").file("d/sub/old", "1"),
        Layer::new().file("d/new", "2").opaque("d"),
    ];
    let tree = listing(&merged(&layers).tree);
    assert_eq!(tree.keys().collect::<Vec<_>>(), ["d", "d/new"]);
}

#[test]
fn no_whiteout_reaches_through_a_lower_link() {
    let lower = Layer::new().file("real/x", "1").symlink("link", "real");
    for upper in [
        Layer::new().whiteout("link/x"),
        Layer::new().opaque("link"),
        Layer::new().symlink("own", "real").whiteout("own/x"),
    ] {
        let layers = [lower.clone(), upper];
        assert_eq!(at(&layers, "real/x").unwrap(), "file 1 @1");
    }
}

#[test]
fn whiteout_names_that_are_no_names_remove_nothing() {
    let lower = Layer::new().file("d/x", "1");
    for name in [
        "d/.wh.",
        "d/.wh..",
        "d/.wh...",
        "d/.wh..wh..opqX",
        "d/.wh..wh.plnk",
    ] {
        let layers = [lower.clone(), Layer::new().file(name, "")];
        let tree = listing(&merged(&layers).tree);
        assert_eq!(tree.keys().collect::<Vec<_>>(), ["d", "d/x"], "{name}");
    }
}

#[test]
fn a_directory_over_a_lower_link_replaces_it_and_the_break_is_known() {
    let layers = [
        Layer::new()
            .file("usr/lib/a", "1")
            .symlink("lib", "usr/lib"),
        Layer::new().file("lib/b", "2"),
    ];
    let image = merged(&layers);
    let tree = listing(&image.tree);
    assert_eq!(tree["lib"], "dir");
    assert_eq!(tree["lib/b"], "file 2 @2");
    assert!(!tree.contains_key("usr/lib/b"));
    let [link] = image.tree.replaced_links() else {
        panic!("one link was replaced");
    };
    assert_eq!(
        (link.path.as_slice(), link.target.as_slice(), link.layer),
        (&b"lib"[..], &b"usr/lib"[..], 2)
    );
}

#[test]
fn an_entry_below_a_link_of_its_own_layer_lands_in_the_target() {
    let relative = [Layer::new().symlink("lib", "usr/lib").file("lib/a", "1")];
    let absolute = [Layer::new()
        .symlink("x/lib", "/usr/lib")
        .file("x/lib/a", "1")];
    let climbing = [Layer::new()
        .symlink("x/lib", "../../../usr/lib")
        .file("x/lib/a", "1")];
    for layers in [relative, absolute, climbing] {
        assert_eq!(at(&layers, "usr/lib/a").unwrap(), "file 1 @1");
    }
}

#[test]
fn a_later_entry_of_another_type_replaces_an_earlier_one() {
    let file_then_directory = [Layer::new().file("a", "1").file("a/b", "2")];
    assert_eq!(at(&file_then_directory, "a/b").unwrap(), "file 2 @1");
    let directory_then_file = [Layer::new().file("a/b", "1").file("a", "2")];
    let tree = listing(&merged(&directory_then_file).tree);
    assert_eq!(
        tree.into_iter().collect::<Vec<_>>(),
        [("a".into(), "file 2 @1".into())]
    );
    let across = [
        Layer::new().file("a/b", "1"),
        Layer::new().symlink("a", "c"),
    ];
    let tree = listing(&merged(&across).tree);
    assert_eq!(
        tree.into_iter().collect::<Vec<_>>(),
        [("a".into(), "link c @2".into())]
    );
}

#[test]
fn a_hard_link_keeps_the_content_its_target_had() {
    let same_layer = [Layer::new()
        .file("a", "1")
        .hardlink("b", "a")
        .file("a", "2")];
    assert_eq!(at(&same_layer, "b").unwrap(), "file 1 @1");
    let across = [
        Layer::new().file("a", "1"),
        Layer::new().hardlink("b", "a").whiteout("a"),
    ];
    assert_eq!(at(&across, "b").unwrap(), "file 1 @2");
}

#[test]
fn hard_links_of_one_layer_share_a_node() {
    let image = merged(&[Layer::new().file("a", "1").hardlink("d/b", "a")]);
    assert_eq!(image.tree.lookup(b"a"), image.tree.lookup(b"d/b"));
}

#[test]
fn a_hard_link_to_nothing_is_named_and_left_out() {
    let image = merged(&[Layer::new().hardlink("b", "gone")]);
    assert_eq!(listing(&image.tree).len(), 0);
    assert_eq!(image.anomalies.len(), 1);
}

#[test]
fn a_lookup_follows_links_inside_the_image_only() {
    let image = merged(&[Layer::new()
        .file("etc/passwd", "in")
        .symlink("up", "../../../../etc/passwd")
        .symlink("one", "two")
        .symlink("two", "/etc/passwd")]);
    for path in ["up", "one", "etc/../up"] {
        let found = image.tree.resolve(path.as_bytes(), true).unwrap();
        assert_eq!(found.path, b"etc/passwd", "{path}");
    }
}

#[test]
fn a_loop_of_links_ends() {
    let image = merged(&[Layer::new()
        .symlink("a", "b")
        .symlink("b", "a")
        .symlink("c", "c/c")]);
    for path in ["a", "b/x", "c"] {
        assert!(image.tree.resolve(path.as_bytes(), true).is_err(), "{path}");
    }
}

#[test]
fn a_directory_entry_of_a_higher_layer_sets_its_mode() {
    let layers = [
        Layer::new().dir("d").mode(0o755).file("d/x", "1"),
        Layer::new().dir("d").mode(0o700),
    ];
    let image = merged(&layers);
    let node = image.tree.node(image.tree.lookup(b"d").unwrap()).unwrap();
    assert_eq!((node.mode, node.layer), (0o700, 2));
    assert!(image.tree.lookup(b"d/x").is_some());
}
