//! How a gap spreads to the topics that rest on it, and that results repeat.

use freehold::facts::Options;
use freehold::facts::model::{Coverage, DatabaseState, GapKind, Topic};

use super::{coverage_of, facts_with, gaps, image, options, read};
use crate::support::databases::{Installed, alpine, debian, dpkg_status};
use crate::support::elf::Elf;
use crate::support::layer::Layer;

fn partial(layers: impl IntoIterator<Item = Layer>) -> Vec<Topic> {
    let facts = read(layers);
    assert!(!facts.gaps.is_empty());
    for topic in facts.topics.values() {
        assert_eq!(topic.reason.is_some(), topic.coverage != Coverage::Complete);
    }
    let topics = Topic::ALL.into_iter();
    topics
        .filter(|topic| coverage_of(&facts, *topic) == Coverage::Partial)
        .collect()
}

#[test]
fn every_topic_has_its_coverage_and_a_clean_image_is_complete() {
    let facts = read([debian(&[Installed::new("a", "1")])]);
    assert_eq!(facts.topics.len(), Topic::ALL.len());
    for topic in Topic::ALL {
        let expected = match topic {
            Topic::AttachedEvidence => Coverage::NotSearched,
            _ => Coverage::Complete,
        };
        assert_eq!(coverage_of(&facts, topic), expected, "{topic:?}");
    }
}

#[test]
fn a_refused_name_leaves_every_list_of_files_open_and_what_reads_named_files_closed() {
    let climbing = || [Layer::new().file("../x", "1")];
    let lists = [
        Topic::Files,
        Topic::LanguagePackages,
        Topic::Layout,
        Topic::Ownership,
        Topic::Elf,
        Topic::Binaries,
        Topic::Shells,
        Topic::Tools,
        Topic::Sboms,
        Topic::PrivateKeys,
        Topic::Credentials,
    ];
    assert_eq!(partial(climbing()), lists);
    let facts = read(climbing());
    assert_eq!(
        gaps(&facts),
        [(Topic::Files, Some("../x"), GapKind::Refused)]
    );
}

#[test]
fn a_refused_name_hides_no_unowned_file() {
    let owner = Installed::new("owner", "1").file("usr/bin/a", "1");
    let facts = read([debian(&[owner]).file("opt/x", "1").file("../x", "1")]);
    let unowned = &facts.ownership.unowned.items;
    assert!(
        unowned.iter().any(|file| file.path == "/opt/x"),
        "{unowned:?}"
    );
}

#[test]
fn a_planted_database_of_another_format_hides_no_unowned_file() {
    let owner = Installed::new("owner", "1").file("usr/bin/a", "1");
    let planted = Layer::new()
        .file("var/lib/rpm/Packages", "")
        .file("opt/x", "1");
    let facts = read([debian(&[owner]), planted]);
    let unowned = &facts.ownership.unowned.items;
    assert!(
        unowned.iter().any(|file| file.path == "/opt/x"),
        "{unowned:?}"
    );
}

#[test]
fn a_planted_database_of_another_format_does_not_excuse_a_deleted_one() {
    let planted = Layer::new()
        .file("etc/os-release", "ID=debian\n")
        .file("var/lib/rpm/Packages", "");
    let facts = read([planted]);
    let mut states = facts
        .package_databases
        .iter()
        .map(|database| database.state);
    assert!(states.any(|state| state == DatabaseState::Absent));
}

#[test]
fn of_very_many_gaps_the_first_are_listed_and_the_rest_counted() {
    let many = (0..150).fold(Layer::new(), |layer, number| {
        layer.file(&format!("../{number}"), "")
    });
    let facts = read([many]);
    assert_eq!(facts.gaps.len(), 101);
    assert!(
        facts
            .gaps
            .iter()
            .any(|gap| gap.detail == "and 50 more of this kind")
    );
}

#[test]
fn a_damaged_database_leaves_what_rests_on_packages_open() {
    let damaged = Layer::new().file("var/lib/dpkg/status", "junk\n");
    let expected = [
        Topic::Packages,
        Topic::PackageDatabases,
        Topic::PackageManagers,
        Topic::Ownership,
        Topic::Integrity,
    ];
    assert_eq!(partial([damaged]), expected);
}

#[test]
fn a_gap_in_ownership_reaches_integrity_and_no_further() {
    let layer = Layer::new().file("var/lib/dpkg/diversions", "one line\n");
    let layers = [debian(&[Installed::new("a", "1")]), layer];
    assert_eq!(partial(layers), [Topic::Ownership, Topic::Integrity]);
}

#[test]
fn a_gap_of_a_small_topic_stays_there() {
    let key = Layer::new().file("etc/apk/keys/a.pub", "x");
    assert_eq!(partial([key]), [Topic::TrustKeys]);
    let list = Layer::new().file("etc/apt/sources.list", "x\n");
    assert_eq!(partial([list]), [Topic::Repositories]);
    let release = Layer::new().file("etc/os-release", "x\n");
    assert_eq!(partial([release]), [Topic::Distro]);
}

#[test]
fn a_database_that_makes_no_sense_leaves_owners_undetermined() {
    for (id, place) in [
        ("rhel", "var/lib/rpm/Packages"),
        ("fedora", "usr/lib/sysimage/rpm/rpmdb.sqlite"),
        ("ubuntu", "var/lib/chisel/manifest.wall"),
        ("arch", "var/lib/pacman/local/a/desc"),
    ] {
        let facts = read([Layer::new()
            .file("etc/os-release", format!("ID={id}\n"))
            .file(place, "x")
            .executable("usr/bin/x", Elf::executable().bytes())]);
        for topic in [
            Topic::Packages,
            Topic::PackageDatabases,
            Topic::Ownership,
            Topic::Integrity,
        ] {
            assert_eq!(
                coverage_of(&facts, topic),
                Coverage::Partial,
                "{place}: {topic:?}"
            );
        }
        assert_eq!(coverage_of(&facts, Topic::Layout), Coverage::Complete);
        assert_eq!(facts.package_databases[0].state, DatabaseState::Damaged);
        assert_eq!(facts.ownership.executables.undetermined, 1);
    }
}

#[test]
fn beside_a_database_that_is_read_it_leaves_packages_partial() {
    let rpm = Layer::new().file("var/lib/rpm/rpmdb.sqlite", "x");
    let facts = read([debian(&[Installed::new("a", "1")]), rpm]);
    assert_eq!(coverage_of(&facts, Topic::Packages), Coverage::Partial);
}

#[test]
fn several_gaps_are_counted_in_the_reason() {
    let facts = read([Layer::new()
        .file("etc/apk/keys/a", "x")
        .file("etc/apk/keys/b", "x")]);
    let reason = facts.topics[&Topic::TrustKeys].reason.clone().unwrap();
    assert!(reason.ends_with("(and 1 more)"), "{reason}");
}

#[test]
fn the_document_is_the_same_at_any_number_of_threads() {
    let tool = |name: &str| {
        Installed::new(name, "1").file(
            &format!("usr/bin/{name}"),
            Elf::executable().payload(name).bytes(),
        )
    };
    let status = dpkg_status(&[tool("a"), tool("b")]);
    // Digests guessed rightly, guessed wrongly, and a database behind a link: the second pass has
    // work in the last two.
    let images = [
        image([
            debian(&[tool("a")]),
            Layer::new().executable("usr/bin/a", "changed"),
        ]),
        image([
            Layer::new().executable("usr/bin/early", Elf::executable().bytes()),
            debian(&[tool("a"), tool("b")]),
            alpine(&[tool("c")]),
            Layer::new()
                .executable("usr/bin/c", "changed")
                .whiteout("usr/bin/b"),
        ]),
        image([
            Layer::new().file("srv/dpkg/status", status),
            Layer::new().symlink("var/lib/dpkg", "/srv/dpkg"),
        ]),
    ];
    for image in &images {
        let documents: Vec<String> = [1, 2, 8]
            .map(|threads| {
                let options = Options {
                    threads,
                    ..options()
                };
                super::printed(&facts_with(image, &options))
            })
            .to_vec();
        assert_eq!(documents[0], documents[1]);
        assert_eq!(documents[0], documents[2]);
    }
}
