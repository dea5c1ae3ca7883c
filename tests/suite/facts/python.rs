//! Python packages: what their metadata names and records.

use std::fmt::Write as _;

use freehold::facts::model::{Facts, GapKind, PackageFiles, PackageType, Topic};

use super::{gaps, package, read, unowned};
use crate::support::databases::{Installed, debian};
use crate::support::layer::Layer;

const SITE: &str = "opt/venv/lib/python3.11/site-packages";

fn packages(facts: &Facts) -> Vec<String> {
    let python = facts
        .packages
        .iter()
        .filter(|package| package.package_type == PackageType::Pypi);
    python
        .map(|package| format!("{}@{}", package.name, package.version))
        .collect()
}

/// A distribution with this RECORD.
fn distribution(record: impl Into<Vec<u8>>) -> Layer {
    let metadata = "Metadata-Version: 2.1\nName: Zope_Interface\nVersion: 6.1\nLicense-Expression: MIT\n\nName: no\n";
    Layer::new()
        .file(&format!("{SITE}/zope-6.1.dist-info/METADATA"), metadata)
        .file(&format!("{SITE}/zope-6.1.dist-info/RECORD"), record)
}

#[test]
fn a_distribution_owns_what_it_records() {
    let record = "zope/a.py,sha256=x,1\n\"zope/b,c.py\",,\n../../../bin/tool,,\nzope/gone.py,,\n";
    let facts = read([distribution(record)
        .file(&format!("{SITE}/zope/a.py"), "x")
        .file(&format!("{SITE}/zope/b,c.py"), "x")
        .file(&format!("{SITE}/zope/other.py"), "x")
        .executable("opt/venv/bin/tool", "#!/opt/venv/bin/python\n")
        .with_parents()]);
    assert_eq!(packages(&facts), ["Zope_Interface@6.1"]);
    let zope = package(&facts, "Zope_Interface");
    assert_eq!(zope.purl.as_deref(), Some("pkg:pypi/zope-interface@6.1"));
    assert_eq!(zope.licenses, ["MIT"]);
    let files = PackageFiles {
        recorded: 4,
        present: 3,
    };
    assert_eq!(zope.files, Some(files));
    assert_eq!(unowned(&facts), [format!("/{SITE}/zope/other.py")]);
}

#[test]
fn egg_info_is_a_directory_or_a_file() {
    let text = "Metadata-Version: 1.1\nName: a\nVersion: 1\nLicense: UNKNOWN\nClassifier: License :: OSI Approved :: BSD License\n";
    let facts = read([Layer::new()
        .file(&format!("{SITE}/a-1.egg-info/PKG-INFO"), text)
        .file(&format!("{SITE}/a-1.egg-info/top_level.txt"), "a\nb\n")
        .file(&format!("{SITE}/a/x.py"), "x")
        .file(&format!("{SITE}/b.py"), "x")
        .file(&format!("{SITE}/c-2.egg-info"), "Name: c\nVersion: 2\n")
        .file(
            &format!("{SITE}/d.egg/EGG-INFO/PKG-INFO"),
            "Name: d\nVersion: 3\n",
        )
        .file(&format!("{SITE}/d.egg/d.py"), "x")
        .with_parents()]);
    assert_eq!(packages(&facts), ["a@1", "c@2", "d@3"]);
    assert_eq!(package(&facts, "a").licenses, ["BSD License"]);
    assert!(unowned(&facts).is_empty());
}

#[test]
fn a_distribution_that_debian_packaged_names_the_package() {
    let path = "usr/lib/python3/dist-packages/six-1.16.0.dist-info/METADATA";
    let six = Installed::new("python3-six", "1.16.0-4").file(path, "Name: six\nVersion: 1.16.0\n");
    let facts = read([debian(&[six])]);
    assert_eq!(package(&facts, "six").owner.as_deref(), Some("python3-six"));
    assert_eq!(facts.ownership.files.language, 0);
}

#[test]
fn what_a_later_layer_uninstalls_is_not_named() {
    let below = distribution("zope/a.py,,\n").with_parents();
    let above = Layer::new().whiteout(&format!("{SITE}/zope-6.1.dist-info"));
    assert!(packages(&read([below, above])).is_empty());
}

#[test]
fn a_record_reaches_nothing_outside_the_image() {
    let up = "../".repeat(5);
    let record = format!("{up}../etc/passwd,,\n{up}{up}etc/passwd,,\n..,,\n,,\n\"\n./.,,\n");
    let facts = read([distribution(record).file("etc/passwd", "").with_parents()]);
    assert_eq!(packages(&facts), ["Zope_Interface@6.1"]);
    assert_eq!(unowned(&facts), ["/etc/passwd"]);
    assert!(facts.gaps.is_empty());
}

#[test]
fn a_record_of_a_million_lines_is_cut_and_says_so() {
    let mut record = String::new();
    for at in 0..1_000_100 {
        let _ = writeln!(record, "{at},,");
    }
    let facts = read([distribution(record)
        .file(&format!("{SITE}/7"), "x")
        .with_parents()]);
    assert_eq!(gaps(&facts), [(Topic::Ownership, None, GapKind::Limit)]);
    assert_eq!(
        package(&facts, "Zope_Interface")
            .files
            .as_ref()
            .unwrap()
            .recorded,
        1_000_000
    );
    let long = format!("{},,\n", "a/".repeat(4_000));
    let facts = read([distribution(long).with_parents()]);
    assert_eq!(gaps(&facts), [(Topic::Ownership, None, GapKind::Limit)]);
}

#[test]
fn metadata_that_is_huge_or_names_nothing_is_a_gap() {
    let path = format!("{SITE}/a-1.dist-info/METADATA");
    let long = "a".repeat(2_000);
    let cases = [
        (String::new(), GapKind::Corrupt),
        ("Name: a\n".to_owned(), GapKind::Corrupt),
        ("\nName: a\nVersion: 1\n".to_owned(), GapKind::Corrupt),
        (" Name: a\n Version: 1\n".to_owned(), GapKind::Corrupt),
        (format!("Name: {long}\nVersion: 1\n"), GapKind::Corrupt),
        (
            format!("Name: a\nVersion: 1\n\n{}", long.repeat(3_000)),
            GapKind::Limit,
        ),
        (
            format!("{}Name: a\nVersion: 1\n", "X: y\n".repeat(20_000)),
            GapKind::Corrupt,
        ),
    ];
    for (text, kind) in cases {
        let facts = read([Layer::new().file(&path, text.as_str()).with_parents()]);
        assert!(packages(&facts).is_empty(), "{text:.40}");
        let at = format!("/{path}");
        assert_eq!(
            gaps(&facts),
            [(Topic::LanguagePackages, Some(at.as_str()), kind)],
            "{text:.40}"
        );
    }
}

#[test]
fn links_in_circles_and_to_the_root_own_nothing() {
    let record = "loop/a.py,,\nroot/etc/passwd,,\n";
    let facts = read([distribution(record)
        .symlink(&format!("{SITE}/loop"), "loop")
        .symlink(&format!("{SITE}/farm-1.dist-info"), "/")
        .file("METADATA", "Name: farm\nVersion: 1\n")
        .file("etc/passwd", "")
        .with_parents()]);
    // Links are files that nobody recorded; what they lead to is not named again by them.
    assert_eq!(packages(&facts), ["Zope_Interface@6.1"]);
    let mut left = unowned(&facts);
    left.sort_unstable();
    let farm = format!("/{SITE}/farm-1.dist-info");
    let circle = format!("/{SITE}/loop");
    assert_eq!(left, ["/METADATA", "/etc/passwd", &farm, &circle]);
}

#[test]
fn two_descriptions_of_one_package_beside_each_other_are_one_package() {
    let facts = read([distribution("zope/a.py,,\n")
        .file(
            &format!("{SITE}/zope_interface.egg-info/PKG-INFO"),
            "Name: zope-interface\nVersion: 6.1\n",
        )
        .file(&format!("{SITE}/zope/a.py"), "1")
        .with_parents()]);
    assert_eq!(packages(&facts), ["Zope_Interface@6.1"]);
    assert!(unowned(&facts).is_empty());
}
