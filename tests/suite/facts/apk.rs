//! apk's database.

use sha2::{Digest as _, Sha256};

use freehold::facts::model::{ChangeClass, Coverage, DatabaseState, GapKind, PackageType, Topic};

use super::{coverage_of, gaps, names, package, read, states, unowned};
use crate::support::databases::{Installed, alpine, apk_checksum, apk_installed};
use crate::support::elf::Elf;
use crate::support::layer::Layer;

const INSTALLED: &str = "/lib/apk/db/installed";

fn with_installed(text: impl Into<Vec<u8>>) -> Layer {
    Layer::new()
        .file("etc/os-release", "ID=alpine\n")
        .file("lib/apk/db/installed", text)
}

#[test]
fn a_package_has_its_blocks_fields_and_a_purl() {
    let busybox = Installed::new("busybox", "1.36.1-r29")
        .field("o:busybox-src")
        .field("c:0123456789abcdef")
        .field("m:Packaging <packages@example.org>")
        .field("L:GPL-2.0-only AND MIT")
        .field("T:A description: with a colon")
        .file("bin/busybox", Elf::executable().bytes());
    let facts = read([alpine(&[busybox])]);
    let found = package(&facts, "busybox");
    assert_eq!(found.package_type, PackageType::Apk);
    let source = found.source.as_ref().unwrap();
    assert_eq!(source.name, "busybox-src");
    assert_eq!(source.commit.as_deref(), Some("0123456789abcdef"));
    assert_eq!(found.licenses, ["GPL-2.0-only AND MIT"]);
    assert_eq!(found.arch.as_deref(), Some("x86_64"));
    let purl = "pkg:apk/alpine/busybox@1.36.1-r29?arch=x86_64&distro=alpine-3.20.3";
    assert_eq!(found.purl.as_deref(), Some(purl));
    assert_eq!(states(&facts), [(INSTALLED, DatabaseState::Complete)]);
    assert_eq!(facts.ownership.digests_compared, 1);
    assert_eq!(facts.gaps, []);
}

#[test]
fn both_places_of_the_database_are_read() {
    let old = apk_installed(&[Installed::new("old", "1")]);
    let new = apk_installed(&[Installed::new("new", "1")]);
    let facts = read([with_installed(old).file("usr/lib/apk/db/installed", new)]);
    assert_eq!(names(&facts), ["new", "old"]);
    assert_eq!(facts.package_databases.len(), 2);
}

#[test]
fn one_database_under_two_names_counts_once() {
    let text = apk_installed(&[Installed::new("a", "1")]);
    let facts = read([Layer::new()
        .file("etc/os-release", "ID=wolfi\n")
        .file("usr/lib/apk/db/installed", text)
        .symlink("lib", "usr/lib")]);
    assert_eq!(names(&facts), ["a"]);
    let place = "/usr/lib/apk/db/installed";
    assert_eq!(states(&facts), [(place, DatabaseState::Complete)]);
}

#[test]
fn a_changed_file_is_named_with_its_layer_and_both_digests() {
    let tool = Installed::new("tool", "1").file("usr/bin/tool", Elf::executable().bytes());
    let other = Elf::executable().payload("other").bytes();
    let facts = read([
        alpine(&[tool]),
        Layer::new().executable("usr/bin/tool", other),
    ]);
    let [changed] = facts.ownership.modified.items.as_slice() else {
        panic!("{:?}", facts.ownership.modified);
    };
    assert_eq!((changed.path.as_str(), changed.layer), ("/usr/bin/tool", 2));
    assert_eq!(
        (changed.package.as_str(), changed.algorithm.as_str()),
        ("tool", "sha1")
    );
    assert!(changed.executable && changed.recorded != changed.found);
    assert_eq!(changed.found.len(), 40);
}

#[test]
fn a_checksum_of_another_kind_is_not_an_intact_file() {
    let block = "P:a\nV:1\nF:usr/bin\nR:a\nZ:Q2AAAA\n\n";
    let facts = read([with_installed(block).executable("usr/bin/a", "#!/bin/sh\n")]);
    let gap = (Topic::Integrity, Some(INSTALLED), GapKind::Unsupported);
    assert_eq!(gaps(&facts), [gap]);
    assert_eq!(coverage_of(&facts, Topic::Integrity), Coverage::Partial);
    assert_eq!(coverage_of(&facts, Topic::Ownership), Coverage::Complete);
    assert_eq!(states(&facts), [(INSTALLED, DatabaseState::Complete)]);
}

#[test]
fn damaged_blocks_are_left_out_and_the_database_is_damaged() {
    let good = apk_installed(&[Installed::new("good", "1")]);
    for bad in [
        "V:1\nA:x86_64\n\n",
        "P:nameless-version\n\n",
        "no field\n\n",
        "\u{0}\u{0}\n\n",
        "P:one\nV:1\nP:two\nV:2\n\n",
    ] {
        let facts = read([with_installed(format!("{bad}{good}"))]);
        assert!(names(&facts).contains(&"good"), "{bad:?}");
        assert_eq!(
            states(&facts),
            [(INSTALLED, DatabaseState::Damaged)],
            "{bad:?}"
        );
        assert_eq!(coverage_of(&facts, Topic::Packages), Coverage::Partial);
    }
}

#[test]
fn a_database_that_breaks_off_is_damaged() {
    let facts = read([with_installed("P:a\nV:1\nF:usr/b")]);
    assert_eq!(names(&facts), ["a"]);
    assert_eq!(states(&facts), [(INSTALLED, DatabaseState::Damaged)]);
}

#[test]
fn an_emptied_database_is_absent() {
    let facts = read([with_installed("")]);
    assert_eq!(states(&facts), [(INSTALLED, DatabaseState::Absent)]);
    assert_eq!(facts.gaps, []);
}

#[test]
fn links_to_packaged_busybox_are_generated_others_are_not() {
    let busybox = Installed::new("busybox", "1").file("bin/busybox", Elf::executable().bytes());
    let links = Layer::new()
        .symlink("bin/ls", "/bin/busybox")
        .symlink("usr/bin/find", "../../bin/busybox")
        .symlink("usr/bin/mine", "/opt/busybox")
        .executable("opt/busybox", Elf::executable().payload("mine").bytes());
    let facts = read([alpine(&[busybox]), links]);
    let expected = ["/opt/busybox", "/etc/os-release", "/usr/bin/mine"];
    assert_eq!(unowned(&facts), expected);
}

#[test]
fn a_program_whose_checksum_could_not_be_read_is_accused_of_nothing() {
    let text = "P:a\nV:1\nF:usr/bin\nR:a\nZ:Q1NWoZK3kTsExUV00Ywo1G5jlUKKs=\nR:b\nZ:Q2AAAA\n\n";
    let facts = read([with_installed(text)
        .file("usr/bin/a", "1")
        .file("usr/bin/b", Elf::executable().bytes())]);
    assert_eq!(facts.ownership.digests_compared, 1);
    assert_eq!(facts.ownership.modified.total, 0);
}

#[test]
fn what_a_package_provides_and_what_broke_is_said() {
    let tool = Installed::new("tool", "1")
        .field("p:so:libtool.so.1=1.2 cmd:tool=1-r0")
        .field("f:fs");
    let facts = read([alpine(&[tool, Installed::new("sound", "1")])]);
    let found = package(&facts, "tool");
    assert_eq!(found.provides, ["so:libtool.so.1=1.2", "cmd:tool=1-r0"]);
    let broken = Some("broken files, broken script");
    assert_eq!(found.broken_state.as_deref(), broken);
    assert_eq!(package(&facts, "sound").broken_state, None);
}

/// A package of one file with this checksum and these lines before it.
fn with_checksum(flags: &str, checksum: &str) -> Layer {
    let text = format!("P:a\nV:1\n{flags}F:usr/bin\nR:a\na:0:0:755\nZ:{checksum}\n\n");
    with_installed(text).executable("usr/bin/a", "a")
}

#[test]
fn sha256_checksums_are_compared_and_shortened_ones_are_a_gap() {
    let sha256 = format!("Q2{}", data_encoding::BASE64.encode(&Sha256::digest(b"a")));
    let facts = read([with_checksum("", &sha256)]);
    assert_eq!(facts.ownership.digests_compared, 1);
    assert_eq!(facts.ownership.modified.items, []);
    let shortened = apk_checksum(b"the first 20 bytes of a SHA-256");
    let facts = read([with_checksum("f:S\n", &shortened)]);
    let gap = (Topic::Integrity, Some(INSTALLED), GapKind::Unsupported);
    assert_eq!(gaps(&facts), [gap]);
    assert_eq!(facts.ownership.modified.items, []);
    assert_eq!(package(&facts, "a").broken_state, None);
}

#[test]
fn an_owner_line_that_makes_no_sense_damages_the_database() {
    for line in ["a:0:0:9", "a:0:0", "a:x:0:755", "a:0:0:77777"] {
        let text = format!("P:a\nV:1\nF:usr/bin\nR:a\n{line}\n\n");
        let facts = read([with_installed(text)]);
        assert_eq!(
            states(&facts),
            [(INSTALLED, DatabaseState::Damaged)],
            "{line}"
        );
    }
}

#[test]
fn configuration_is_what_apk_protects() {
    let tool = Installed::new("tool", "1")
        .file("etc/tool.conf", "a")
        .file("etc/init.d/tool", "a")
        .file("opt/tool/tool.conf", "a");
    let changed = Layer::new()
        .file("etc/tool.conf", "b")
        .file("etc/init.d/tool", "b")
        .file("opt/tool/tool.conf", "b");
    let modified = |rules: &str| {
        let rules = Layer::new().file("etc/apk/protected_paths.d/a.list", rules);
        let facts = read([alpine(std::slice::from_ref(&tool)), changed.clone(), rules]);
        assert_eq!(facts.gaps, []);
        let items = facts.ownership.modified.items.into_iter();
        let tampered = items.filter(|file| file.class == ChangeClass::Content);
        tampered.map(|file| file.path).collect::<Vec<_>>()
    };
    let (init, opt, etc) = ("/etc/init.d/tool", "/opt/tool/tool.conf", "/etc/tool.conf");
    assert_eq!(modified("# none\n"), [init, opt]);
    assert_eq!(modified("+opt/*\n"), [init]);
    assert_eq!(modified("-etc\n"), [init, etc, opt]);
}

#[test]
fn rules_past_their_limits_are_a_gap() {
    for rules in ["a\n".repeat(1_000), "a".repeat(5_000)] {
        let place = "etc/apk/protected_paths.d/a.list";
        let rules = Layer::new().file(place, rules);
        let facts = read([alpine(&[Installed::new("a", "1")]), rules]);
        let path = format!("/{place}");
        assert_eq!(
            gaps(&facts),
            [(Topic::Integrity, Some(&*path), GapKind::Limit)]
        );
    }
}
