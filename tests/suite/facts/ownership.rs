//! Whose each file is, and whether it is still what was installed.

use freehold::facts::LIST_LIMIT;
use freehold::facts::model::{ChangeClass, Coverage, FileKind, Topic};

use super::{coverage_of, package, read, unowned};
use crate::support::databases::{Installed, debian};
use crate::support::elf::Elf;
use crate::support::layer::Layer;

fn library(name: &str) -> Vec<u8> {
    Elf::shared_object(name).bytes()
}

#[test]
fn a_list_from_before_the_merge_claims_files_in_usr() {
    let old = Installed::new("old", "1")
        .lists("lib/x.so")
        .lists("bin/tool");
    let merged = Layer::new()
        .symlink("lib", "usr/lib")
        .symlink("bin", "usr/bin")
        .file("usr/lib/x.so", library("x.so"))
        .executable("usr/bin/tool", Elf::executable().bytes());
    let facts = read([debian(&[old]), merged]);
    assert_eq!(facts.ownership.executables.share, Some(1.0));
    assert_eq!(unowned(&facts), ["/etc/os-release"]);
    let files = package(&facts, "old").files.clone().unwrap();
    assert_eq!((files.recorded, files.present), (2, 2));
}

#[test]
fn a_claim_on_a_link_does_not_claim_what_it_points_to() {
    let owner = Installed::new("owner", "1").lists("usr/bin/alias");
    let layer = Layer::new()
        .symlink("usr/bin/alias", "/opt/real")
        .executable("opt/real", Elf::executable().bytes());
    let facts = read([debian(&[owner]), layer]);
    assert_eq!(unowned(&facts)[0], "/opt/real");
    assert!(!unowned(&facts).contains(&"/usr/bin/alias"));
}

#[test]
fn every_name_of_a_hard_linked_file_is_its_packages_and_its_bytes_count_once() {
    let perl = Installed::new("perl", "5").file("usr/bin/perl", Elf::executable().bytes());
    let size = Elf::executable().bytes().len() as u64;
    let facts = read([debian(&[perl]).hardlink("usr/bin/perl5", "usr/bin/perl")]);
    assert_eq!(unowned(&facts), ["/etc/os-release"]);
    assert_eq!(facts.ownership.executables.traceable, 2);
    assert_eq!(facts.ownership.bytes.owned, size);
}

#[test]
fn configuration_is_owned_and_not_compared() {
    // md5sums leaves configuration files out.
    let owner = Installed::new("owner", "1").lists("etc/owner.conf");
    let layer = Layer::new().file("etc/owner.conf", "changed = true\n");
    let facts = read([debian(&[owner]), layer]);
    assert_eq!(unowned(&facts), ["/etc/os-release"]);
    assert_eq!(facts.ownership.digests_compared, 0);
    assert_eq!(coverage_of(&facts, Topic::Integrity), Coverage::Complete);
}

#[test]
fn totals_add_up_and_the_share_is_of_executables() {
    let owner = Installed::new("owner", "1")
        .file("usr/bin/a", Elf::executable().bytes())
        .file("usr/lib/b.so", library("b.so"))
        .file("usr/bin/c", "#!/bin/sh\n");
    let added = Layer::new()
        .executable("opt/d", Elf::executable().payload(vec![0; 4096]).bytes())
        .file("opt/data", "x")
        .file("opt/script-without-the-bit", "#!/bin/sh\n")
        .file(".dockerenv", "");
    let facts = read([debian(&[owner]), added]);
    let ownership = &facts.ownership;
    let executables = &ownership.executables;
    assert_eq!(
        (
            executables.total,
            executables.traceable,
            executables.unowned
        ),
        (4, 3, 1)
    );
    assert_eq!(
        (executables.share, executables.share_max),
        (Some(0.75), Some(0.75))
    );
    assert!(executables.share_of_bytes.unwrap() < 0.5);
    let files = &ownership.files;
    let parts = files.owned + files.generated + files.plumbing + files.unowned + files.undetermined;
    assert_eq!(parts, files.total);
    assert_eq!((files.owned, files.plumbing), (3, 1));
    assert_eq!(files.unowned, ownership.unowned.total);
}

#[test]
fn an_image_without_executables_has_no_share() {
    let facts = read([Layer::new().file("data", "x")]);
    assert_eq!(facts.ownership.executables.share, None);
}

#[test]
fn unowned_files_come_executables_first_then_by_size() {
    let layer = Layer::new()
        .file("a-small", "x")
        .file("b-large", "x".repeat(900_000))
        .executable("c-script", "#!/bin/sh\n")
        .executable("d-elf", Elf::executable().bytes())
        .symlink("e-link", "a-small");
    let facts = read([layer]);
    let expected = ["/d-elf", "/c-script", "/b-large", "/a-small", "/e-link"];
    assert_eq!(unowned(&facts), expected);
    assert_eq!(facts.ownership.unowned.items[0].kind, FileKind::ElfProgram);
    assert_eq!(facts.ownership.unowned_by_kind[&FileKind::Symlink], 1);
    assert_eq!(facts.ownership.unowned_by_kind[&FileKind::Data], 2);
}

#[test]
fn a_program_dropped_into_an_image_is_named_with_its_layer() {
    for place in ["opt/x/bin/tool", "usr/local/bin/tool"] {
        let owner = Installed::new("owner", "1").file("usr/bin/a", Elf::executable().bytes());
        let drop = Layer::new().executable(place, Elf::executable().payload("new").bytes());
        let facts = read([debian(&[owner]), Layer::new().dir("opt"), drop]);
        let first = &facts.ownership.unowned.items[0];
        assert_eq!(
            (first.path.as_str(), first.layer),
            (format!("/{place}").as_str(), 3)
        );
    }
}

#[test]
fn directories_are_summed_to_two_levels_most_executables_first() {
    let layer = Layer::new()
        .file("srv/big/deep/er/file", "x".repeat(100))
        .executable("opt/app/bin/tool", "#!/bin/sh\n")
        .executable("opt/app/lib/other", "#!/bin/sh\n")
        .file("top", "x");
    let facts = read([layer]);
    let totals: Vec<_> = facts
        .ownership
        .unowned_by_directory
        .items
        .iter()
        .map(|d| (d.path.as_str(), d.files, d.executables, d.bytes))
        .collect();
    let expected = [
        ("/opt/app", 2, 2, 20),
        ("/srv/big", 1, 0, 100),
        ("/", 1, 0, 1),
    ];
    assert_eq!(totals, expected);
}

#[test]
fn a_long_list_is_cut_and_counted_before_the_cut() {
    let layer = (0..LIST_LIMIT + 5).fold(Layer::new(), |layer, n| {
        layer.file(&format!("d/{n}"), "x").mode(0o666)
    });
    let facts = read([layer]);
    let unowned = &facts.ownership.unowned;
    assert_eq!(unowned.items.len(), LIST_LIMIT);
    assert_eq!(
        (unowned.total, unowned.truncated),
        (LIST_LIMIT as u64 + 5, true)
    );
    assert_eq!(coverage_of(&facts, Topic::Ownership), Coverage::Complete);
    // A rule looks at each of these, so a cut list leaves the topic open.
    assert!(facts.layout.world_writable.truncated);
    assert_eq!(coverage_of(&facts, Topic::Layout), Coverage::Partial);
}

#[test]
fn changed_and_missing_files_of_packages_are_named() {
    let owner = Installed::new("owner", "1")
        .file("usr/bin/changed", Elf::executable().bytes())
        .file("usr/bin/same", Elf::executable().payload("s").bytes())
        .file("usr/share/doc/owner/copyright", "text")
        .file("usr/share/changed.txt", "text");
    let top = Layer::new()
        .executable("usr/bin/changed", Elf::executable().payload("c").bytes())
        .file("usr/share/changed.txt", "other")
        .whiteout("usr/share/doc");
    let facts = read([debian(&[owner]), top]);
    let ownership = &facts.ownership;
    let changed: Vec<_> = ownership
        .modified
        .items
        .iter()
        .map(|m| (m.path.as_str(), m.algorithm.as_str(), m.layer, m.executable))
        .collect();
    let expected = [
        ("/usr/bin/changed", "md5", 2, true),
        ("/usr/share/changed.txt", "md5", 2, false),
    ];
    assert_eq!(changed, expected);
    // Trimmed documentation is named, and no loss.
    assert_eq!(ownership.missing.items[0].class, ChangeClass::Documentation);
    assert!(ownership.missing_by_package.is_empty());
    assert_eq!(ownership.digests_compared, 3);
    let files = package(&facts, "owner").files.clone().unwrap();
    assert_eq!((files.recorded, files.present), (4, 3));
}

#[test]
fn a_packaged_file_replaced_by_a_link_is_changed() {
    let owner = Installed::new("owner", "1").file("usr/bin/a", Elf::executable().bytes());
    let facts = read([debian(&[owner]), Layer::new().symlink("usr/bin/a", "b")]);
    assert_eq!(facts.ownership.modified.items[0].found, "a link to b");
}

#[test]
fn a_packaged_link_replaced_by_a_program_is_changed() {
    let owner = Installed::new("owner", "1")
        .file("usr/bin/a", "1")
        .lists("usr/bin/link");
    let program = Layer::new().file("usr/bin/link", Elf::executable().bytes());
    let facts = read([debian(&[owner]), program]);
    let changed = &facts.ownership.modified.items[0];
    assert_eq!(
        (changed.path.as_str(), changed.executable),
        ("/usr/bin/link", true)
    );
}

#[test]
fn digests_of_paths_another_package_took_over_accuse_nobody() {
    let old = Installed::new("old", "1").file("usr/bin/kept", "1");
    let new = Installed::new("new", "1").file("usr/bin/moved", "2");
    let stale = Layer::new().file(
        "var/lib/dpkg/info/old.md5sums",
        "c4ca4238a0b923820dcc509a6f75849b  usr/bin/kept\n00000000000000000000000000000000  usr/bin/moved\n",
    );
    let facts = read([debian(&[old, new]), stale]);
    assert_eq!(facts.ownership.modified.total, 0);
}

#[test]
fn a_package_comes_from_the_layer_most_of_its_files_came_from() {
    let owner = Installed::new("owner", "1")
        .file("usr/bin/a", "1")
        .file("usr/bin/b", "2")
        .file("usr/bin/c", "3");
    let top = Layer::new().file("usr/bin/a", "1").file("usr/bin/b", "2");
    let facts = read([debian(&[owner, Installed::new("empty", "1")]), top]);
    assert_eq!(package(&facts, "owner").layer, 2);
    assert_eq!(package(&facts, "empty").layer, 1);
}
