//! How packaged files differ from what their packages recorded, and who answers for them.

use freehold::facts::LIST_LIMIT;
use freehold::facts::model::{Change, ChangeClass, Facts, MissingFile};

use super::read;
use crate::support::databases::{Installed, alpine, debian};
use crate::support::elf::Elf;
use crate::support::layer::Layer;

/// Owner and other of every file that several packages claim.
fn claimed_twice(facts: &Facts) -> Vec<(&str, &str, &str)> {
    let all = facts.ownership.claimed_twice.items.iter();
    all.map(|twice| {
        (
            twice.path.as_str(),
            twice.owner.as_str(),
            twice.other.as_str(),
        )
    })
    .collect()
}

#[test]
fn of_two_packages_the_one_whose_file_it_is_answers_for_it() {
    let first = Installed::new("first", "1").file("usr/share/x", "1");
    let second = Installed::new("second", "1").file("usr/share/x", "2");
    // The second one's file is the one that is there.
    let packages = [first, second];
    let facts = read([alpine(&packages)]);
    assert_eq!(facts.ownership.modified.items, []);
    assert_eq!(claimed_twice(&facts), [("/usr/share/x", "second", "first")]);
    let facts = read([alpine(&packages), Layer::new().file("usr/share/x", "3")]);
    assert_eq!(facts.ownership.modified.items[0].package, "first");
    assert_eq!(facts.ownership.modified.total, 1);
    assert_eq!(claimed_twice(&facts), [("/usr/share/x", "first", "second")]);
}

#[test]
fn one_file_claimed_by_two_names_is_contested() {
    let old = Installed::new("old", "1").file("lib/x", "1");
    let new = Installed::new("new", "1").file("usr/lib/x", "2");
    let merged = Layer::new()
        .whiteout("lib")
        .symlink("lib", "usr/lib")
        .file("usr/lib/x", "2");
    let facts = read([debian(&[old, new]), merged]);
    assert_eq!(claimed_twice(&facts), [("/usr/lib/x", "new", "old")]);
    assert_eq!(facts.ownership.modified.items, []);
}

#[test]
fn packages_that_agree_on_a_file_share_it() {
    let packages = ["first", "second", "third"]
        .map(|name| Installed::new(name, "1").file("usr/share/x", "same"));
    let facts = read([alpine(&packages)]);
    assert_eq!(claimed_twice(&facts), []);
    // They agree on what it was, whatever it is now.
    let facts = read([alpine(&packages), Layer::new().file("usr/share/x", "new")]);
    assert_eq!(claimed_twice(&facts), []);
    assert_eq!(facts.ownership.modified.total, 1);
}

#[test]
fn contested_files_are_counted_beyond_those_listed() {
    let many = LIST_LIMIT + 7;
    let name = |n: usize| format!("usr/share/x/{n}");
    let package = |of: &str, bytes: &str| {
        (0..many).fold(Installed::new(of, "1"), |package, n| {
            package.file(&name(n), bytes)
        })
    };
    let facts = read([alpine(&[package("first", "1"), package("second", "2")])]);
    let twice = &facts.ownership.claimed_twice;
    assert_eq!((twice.items.len(), twice.total), (LIST_LIMIT, many as u64));
    assert!(twice.truncated);
    assert_eq!(facts.ownership.modified.total, 0);
}

fn missing(facts: &Facts) -> &MissingFile {
    let [only] = facts.ownership.missing.items.as_slice() else {
        panic!("{:?}", facts.ownership.missing);
    };
    only
}

#[test]
fn a_missing_file_names_the_layer_that_removed_it() {
    let owner = || {
        Installed::new("owner", "1")
            .file("usr/bin/owner", Elf::executable().bytes())
            .file("usr/lib/x/gone", "text")
    };
    let nothing = || Layer::new().file("srv/x", "x");
    for whiteout in ["usr/lib/x/gone", "usr/lib/x"] {
        let top = Layer::new().whiteout(whiteout);
        let facts = read([debian(&[owner()]), nothing(), top]);
        assert_eq!(missing(&facts).path, "/usr/lib/x/gone");
        assert_eq!(missing(&facts).removed_in, Some(3), "{whiteout}");
    }
    // Claimed through a link, removed by its real name.
    let claimed = Installed::new("owner", "1")
        .file("usr/bin/owner", "x")
        .file("lib/gone", "text");
    let merged = Layer::new()
        .whiteout("lib")
        .symlink("lib", "usr/lib")
        .file("usr/lib/gone", "text")
        .file("usr/lib/kept", "text");
    let top = Layer::new().whiteout("usr/lib/gone");
    let facts = read([debian(&[claimed]), merged, top]);
    assert_eq!(missing(&facts).removed_in, Some(3));
}

#[test]
fn a_file_that_never_was_has_no_layer_that_removed_it() {
    let owner = Installed::new("owner", "1").file("usr/lib/y", "1");
    let sums = Layer::new().whiteout("usr/lib/y").file(
        "var/lib/dpkg/info/owner.md5sums",
        "c4ca4238a0b923820dcc509a6f75849b  usr/lib/x\n",
    );
    let facts = read([debian(&[owner.lists("usr/lib/x")]), sums]);
    assert_eq!(missing(&facts).removed_in, None);
}

#[test]
fn missing_and_changed_files_are_counted_beyond_those_listed() {
    let many = LIST_LIMIT * 2 + 9;
    let gone = (0..many).fold(
        Installed::new("owner", "1").file("usr/bin/z", Elf::executable().bytes()),
        |package, n| {
            package
                .file(&format!("usr/lib/gone/{n}"), "1")
                .file(&format!("usr/lib/changed/{n}"), "1")
        },
    );
    let changed = (0..many).fold(Layer::new().whiteout("usr/lib/gone"), |layer, n| {
        layer.file(&format!("usr/lib/changed/{n}"), "2")
    });
    let tampered = Elf::executable().payload("z").bytes();
    let facts = read([debian(&[gone]), changed.executable("usr/bin/z", tampered)]);
    let ownership = &facts.ownership;
    assert_eq!(ownership.missing.total, many as u64);
    assert_eq!(ownership.modified.total, many as u64 + 1);
    assert_eq!(ownership.missing_by_package["owner"], many as u64);
    assert_eq!(
        ownership.differences[&ChangeClass::Content],
        many as u64 * 2 + 1
    );
    assert_eq!(ownership.missing.items.len(), LIST_LIMIT);
    // The program comes first, though its path is the last.
    assert_eq!(ownership.modified.items[0].path, "/usr/bin/z");
    assert!(ownership.modified.truncated && ownership.missing.truncated);
}

#[test]
fn an_apk_link_with_another_target_is_changed() {
    let owner = Installed::new("owner", "1").file("usr/bin/link", "a");
    let same = Layer::new().symlink("usr/bin/link", "a");
    let facts = read([alpine(std::slice::from_ref(&owner)), same]);
    assert_eq!(facts.ownership.modified.total, 0);
    let other = Layer::new().symlink("usr/bin/link", "b");
    let facts = read([alpine(&[owner]), other]);
    let changed = &facts.ownership.modified.items[0];
    assert_eq!(
        (changed.change, changed.algorithm.as_str()),
        (Change::LinkChanged, "sha1")
    );
}

#[test]
fn changed_configuration_is_told_apart_and_a_program_is_none() {
    let owner = Installed::new("owner", "1")
        .file("etc/owner.conf", "a = 1\n")
        .file("etc/owner/hook", Elf::executable().bytes());
    let top = Layer::new()
        .file("etc/owner.conf", "a = 2\n")
        .executable("etc/owner/hook", Elf::executable().payload("x").bytes());
    let facts = read([alpine(&[owner]), top]);
    let items = facts.ownership.modified.items.iter();
    let found: Vec<_> = items.map(|m| (m.path.as_str(), m.class)).collect();
    let expected = [
        ("/etc/owner/hook", ChangeClass::Content),
        ("/etc/owner.conf", ChangeClass::Configuration),
    ];
    assert_eq!(found, expected);
}
