//! chisel's manifest.

use freehold::facts::model::{Coverage, DatabaseState, GapKind, Topic};

use super::{coverage_of, gaps, names, package, read, states, unowned};
use crate::support::chisel::{MANIFEST, Wall, zstd};
use crate::support::elf::Elf;
use crate::support::layer::Layer;

const PLACE: &str = "/var/lib/chisel/manifest.wall";

fn wall() -> Wall {
    Wall::new()
        .package("libc6", "2.39-0ubuntu8")
        .file("libc6_libs", "usr/lib/libc.so.6", Elf::executable().bytes())
        .link("libc6_libs", "usr/lib/libc.so", "libc.so.6")
        .mutated("libc6_config", "etc/ld.so.conf", "after the script")
}

/// A manifest of this text beside the files of the sound one.
fn with_text(text: &[u8]) -> Layer {
    wall().ubuntu().file(MANIFEST, zstd(text))
}

#[test]
fn packages_own_the_paths_of_their_slices() {
    let facts = read([wall().ubuntu()]);
    assert_eq!(names(&facts), ["base-files", "libc6"]);
    let libc = package(&facts, "libc6");
    let purl = "pkg:deb/ubuntu/libc6@2.39-0ubuntu8?arch=amd64&distro=ubuntu-24.04";
    assert_eq!(libc.purl.as_deref(), Some(purl));
    assert_eq!(libc.database, PLACE);
    let files = libc.files.as_ref().unwrap();
    assert_eq!((files.recorded, files.present), (3, 3));
    assert_eq!(states(&facts), [(PLACE, DatabaseState::Reduced)]);
    assert_eq!(unowned(&facts), ["/etc/os-release"]);
    assert_eq!(facts.ownership.digests_compared, 2);
    assert_eq!(facts.ownership.modified.items, []);
    assert_eq!(facts.gaps, []);
}

#[test]
fn a_changed_file_is_compared_with_its_last_digest() {
    let facts = read([
        wall().ubuntu(),
        Layer::new()
            .executable("usr/lib/libc.so.6", "changed")
            .file("etc/ld.so.conf", "as packaged"),
    ]);
    let changed = facts.ownership.modified.items.iter();
    let changed: Vec<_> = changed
        .map(|file| (file.path.as_str(), file.algorithm.as_str()))
        .collect();
    let wanted = [
        ("/etc/ld.so.conf", "sha256"),
        ("/usr/lib/libc.so.6", "sha256"),
    ];
    assert_eq!(changed, wanted);
}

#[test]
fn a_path_of_several_slices_belongs_to_all_their_packages() {
    let shared = r#"{"kind":"path","path":"/srv/","mode":"0755","slices":["a_x","b_y"]}"#;
    let wall = wall().package("a", "1").package("b", "2").line(shared);
    let facts = read([wall.ubuntu().dir("srv")]);
    assert_eq!(names(&facts), ["a", "b", "base-files", "libc6"]);
    assert_eq!(facts.gaps, []);
}

#[test]
fn a_manifest_that_breaks_off_keeps_its_first_half() {
    let text = wall().text();
    let lines: Vec<&str> = text.lines().collect();
    let half = lines[..lines.len() - 2].join("\n");
    for layer in [
        with_text(half.as_bytes()),
        with_text(format!("{text}{{\"kind\":\"path\"}}\n").as_bytes()),
        with_text(text.replace("0755", "9999").as_bytes()),
        with_text(text.replace("libc6_libs", "libc7_libs").as_bytes()),
        with_text(text.replace("/usr/lib", "/../lib").as_bytes()),
        with_text(text.replace("\"slice\"", "7").as_bytes()),
        with_text(format!("{text}{}\n", "[".repeat(60_000)).as_bytes()),
        with_text(format!("{text}{}\n", "x".repeat(70_000)).as_bytes()),
    ] {
        let facts = read([layer]);
        assert_eq!(names(&facts), ["base-files", "libc6"]);
        assert_eq!(states(&facts), [(PLACE, DatabaseState::Damaged)]);
        let at = facts
            .gaps
            .iter()
            .all(|gap| gap.path.as_deref() == Some(PLACE));
        assert!(at && !facts.gaps.is_empty(), "{:?}", facts.gaps);
        assert_eq!(coverage_of(&facts, Topic::Packages), Coverage::Partial);
        assert_eq!(facts.ownership.files.unowned, 0);
    }
}

#[test]
fn what_is_no_manifest_is_a_damaged_database() {
    let stored = wall().bytes();
    let future = wall()
        .text()
        .replace("\"schema\":\"1.0\"", "\"schema\":\"2.0\"");
    let headless = wall().text().replace("jsonwall", "jsonfall");
    let zeros = zstd(&vec![0; 65 << 20]);
    for (bytes, kinds) in [
        (b"no zstd".to_vec(), vec![GapKind::Corrupt; 2]),
        (stored[..8].to_vec(), vec![GapKind::Corrupt; 2]),
        (zstd(headless.as_bytes()), vec![GapKind::Corrupt]),
        (zstd(future.as_bytes()), vec![GapKind::Unsupported]),
        (zeros, vec![GapKind::Corrupt, GapKind::Limit]),
    ] {
        let facts = read([wall().ubuntu().file(MANIFEST, bytes)]);
        assert_eq!(names(&facts), [""; 0]);
        assert_eq!(states(&facts), [(PLACE, DatabaseState::Damaged)]);
        let mut found: Vec<GapKind> = gaps(&facts).into_iter().map(|(.., kind)| kind).collect();
        found.sort();
        assert_eq!(found, kinds);
    }
}
