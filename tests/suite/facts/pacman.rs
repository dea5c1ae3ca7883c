//! pacman's database.

use freehold::facts::model::{ChangeClass, Coverage, DatabaseState, GapKind, PackageType, Topic};

use super::{coverage_of, gaps, names, package, read, states, unowned};
use crate::support::elf::Elf;
use crate::support::layer::{Compression, Layer, compress};
use crate::support::pacman::{Alpm, LOCAL, arch};

const PLACE: &str = "/var/lib/pacman/local";

fn tool() -> Alpm {
    Alpm::new("tool", "1:1.2-3")
        .section("BASE", &["tool-src"])
        .section("PACKAGER", &["Some Builder <builder@example.org>"])
        .section("LICENSE", &["GPL-2.0-or-later", "MIT"])
        .section("PROVIDES", &["tool-api=2"])
        .file("usr/bin/tool", Elf::executable().bytes())
        .file("usr/share/with space/a", "a")
        .link("usr/bin/t", "tool")
        .config("etc/tool.conf", "a=1\n")
}

#[test]
fn a_package_has_the_sections_of_its_description_and_a_purl() {
    let facts = read([arch(&[tool(), Alpm::new("meta", "2-1")])]);
    let found = package(&facts, "tool");
    assert_eq!(found.package_type, PackageType::Alpm);
    assert_eq!(found.version, "1:1.2-3");
    let purl = "pkg:alpm/arch/tool@1:1.2-3?arch=x86_64";
    assert_eq!(found.purl.as_deref(), Some(purl));
    assert_eq!(found.source.as_ref().unwrap().name, "tool-src");
    let packager = Some("Some Builder <builder@example.org>");
    assert_eq!(found.packager.as_deref(), packager);
    assert_eq!(found.licenses, ["GPL-2.0-or-later", "MIT"]);
    assert_eq!(found.provides, ["tool-api=2"]);
    let files = found.files.as_ref().unwrap();
    assert_eq!((files.recorded, files.present), (4, 4));
    assert_eq!(names(&facts), ["meta", "tool"]);
    assert_eq!(states(&facts), [(PLACE, DatabaseState::Complete)]);
    assert_eq!(facts.gaps, []);
}

#[test]
fn files_links_and_configuration_have_an_owner() {
    let facts = read([arch(&[tool()])]);
    assert_eq!(unowned(&facts), ["/etc/os-release"]);
    assert_eq!(facts.ownership.executables.unowned, 0);
}

#[test]
fn a_changed_program_and_changed_configuration_are_told_apart() {
    let other = Elf::executable().payload("other").bytes();
    let facts = read([
        arch(&[tool()]),
        Layer::new()
            .executable("usr/bin/tool", other)
            .file("etc/tool.conf", "a=2\n"),
    ]);
    let [changed, configured] = facts.ownership.modified.items.as_slice() else {
        panic!("{:?}", facts.ownership.modified);
    };
    assert_eq!(configured.class, ChangeClass::Configuration);
    assert_eq!(changed.class, ChangeClass::Content);
    assert_eq!(changed.path, "/usr/bin/tool");
    assert_eq!(changed.algorithm, "sha256");
    assert!(changed.recorded.len() == 64 && changed.recorded != changed.found);
}

#[test]
fn what_is_missing_is_counted_unless_pacman_was_told_to_leave_it_out() {
    let package = tool().file("usr/share/tool/page", "m");
    let layer = arch(&[package]);
    let gone = Layer::new()
        .whiteout("usr/share/tool/page")
        .whiteout("usr/bin/tool");
    let facts = read([layer.clone(), gone.clone()]);
    assert_eq!(facts.ownership.missing_by_package["tool"], 2);
    let config = Layer::new().file(
        "etc/pacman.conf",
        "[options]\nNoExtract  = usr/share/tool/* usr/bin/* !usr/bin/t*\n",
    );
    let facts = read([layer, gone, config]);
    assert_eq!(facts.ownership.missing_by_package["tool"], 1);
}

#[test]
fn a_database_behind_a_link_is_read_too() {
    let layer = arch(&[tool()]);
    let folder = tool().folder().replace("var/lib/pacman", "usr/lib/pacman");
    let mtree = compress(tool().mtree().as_bytes(), Compression::Gzip);
    let facts = read([
        layer,
        Layer::new()
            .whiteout("var/lib/pacman")
            .file(&format!("{folder}/desc"), tool().desc())
            .file(&format!("{folder}/files"), tool().list())
            .file(&format!("{folder}/mtree"), mtree),
        Layer::new().symlink("var/lib/pacman", "/usr/lib/pacman"),
    ]);
    assert_eq!(names(&facts), ["tool"]);
    assert_eq!(facts.ownership.digests_compared, 3);
    assert_eq!(facts.gaps, []);
}

#[test]
fn a_package_without_a_description_damages_the_database_and_the_others_are_kept() {
    for broken in [
        Layer::new().file(&format!("{LOCAL}/half-1-1/files"), "%FILES%\nusr/\n\n"),
        Layer::new().file(&format!("{LOCAL}/half-1-1/desc"), "%NAME%\nhalf\n"),
        Layer::new().dir(&format!("{LOCAL}/half-1-1")),
        Layer::new().symlink(&format!("{LOCAL}/half-1-1"), "half-1-1"),
        Layer::new().symlink(&format!("{LOCAL}/half-1-1/desc"), "desc"),
    ] {
        let facts = read([arch(&[tool()]), broken]);
        assert_eq!(names(&facts), ["tool"]);
        assert_eq!(states(&facts), [(PLACE, DatabaseState::Damaged)]);
        assert_eq!(coverage_of(&facts, Topic::Packages), Coverage::Partial);
        assert_eq!(facts.ownership.files.unowned, 0);
    }
}

#[test]
fn a_package_without_a_list_leaves_its_files_undetermined() {
    let facts = read([arch(&[tool().without("files")])]);
    assert_eq!(states(&facts), [(PLACE, DatabaseState::Reduced)]);
    assert_eq!(package(&facts, "tool").files, None);
    assert_eq!(facts.ownership.executables.undetermined, 1);
}

#[test]
fn without_an_mtree_configuration_has_its_md5_and_nothing_else_a_digest() {
    let facts = read([arch(&[tool().without("mtree")])]);
    assert_eq!(states(&facts), [(PLACE, DatabaseState::Complete)]);
    assert_eq!(facts.ownership.digests_compared, 1);
    assert_eq!(facts.gaps, []);
}

#[test]
fn a_broken_mtree_is_a_gap_of_integrity_alone() {
    let place = format!("{}/mtree", tool().folder());
    let whole = compress(tool().mtree().as_bytes(), Compression::Gzip);
    let bomb = compress(&vec![b'\n'; 65 << 20], Compression::Gzip);
    for (bytes, kind) in [
        (whole[..whole.len() / 2].to_vec(), GapKind::Corrupt),
        (b"no gzip".to_vec(), GapKind::Corrupt),
        (
            compress(b"./a mode=9\n", Compression::Gzip),
            GapKind::Corrupt,
        ),
        (bomb, GapKind::Limit),
    ] {
        let facts = read([arch(&[tool()]), Layer::new().file(&place, bytes)]);
        let path = format!("/{place}");
        assert_eq!(
            gaps(&facts),
            [(Topic::Integrity, Some(path.as_str()), kind)]
        );
        assert_eq!(states(&facts), [(PLACE, DatabaseState::Complete)]);
        assert_eq!(facts.ownership.executables.unowned, 0);
        assert_eq!(facts.ownership.modified.items, []);
    }
}

#[test]
fn a_list_that_climbs_or_breaks_off_is_a_gap_and_its_rest_is_kept() {
    let place = format!("{}/files", tool().folder());
    for list in [
        "%FILES%\nusr/bin/tool\n../etc/passwd\n",
        "%FILES%\nusr/bin/tool\n/etc/passwd\n",
        "%FILES%\nusr/bin/tool\nusr/bi",
        "usr/lost\n%FILES%\nusr/bin/tool\n",
        "%FILES%\nusr/bin/tool\n%BACKUP%\nno-tab\n",
    ] {
        let facts = read([arch(&[tool()]), Layer::new().file(&place, list)]);
        let path = format!("/{place}");
        let gap = (Topic::Ownership, Some(path.as_str()), GapKind::Corrupt);
        assert_eq!(gaps(&facts), [gap], "{list}");
        assert_eq!(facts.ownership.executables.unowned, 0, "{list}");
    }
}

#[test]
fn a_database_that_was_removed_is_absent_and_named_with_its_layer() {
    let trace = Layer::new().file("etc/arch-release", "");
    let bare = Layer::new().file("etc/os-release", "NAME=x\n");
    let facts = read([arch(&[tool()]), trace, bare, Layer::new().whiteout(LOCAL)]);
    assert_eq!(states(&facts), [(PLACE, DatabaseState::Absent)]);
    assert_eq!(facts.package_databases[0].layer, Some(4));
}
