//! rpm's databases, judged by what the real rpm printed of them.

use freehold::facts::model::{Coverage, DatabaseState, Facts, GapKind, Topic};

use super::{coverage_of, gaps, names, package, read, states};
use crate::support::layer::Layer;
use crate::support::rpm::{BERKELEY, SQLITE, headers, ndb};

const OS_RELEASE: &str = "ID=\"rhel\"\nVERSION_ID=\"9.4\"\n";
const PACKAGES: &str = include_str!("../../fixtures/rpm/packages.tsv");

/// An image with this database.
fn with(path: &str, database: impl Into<Vec<u8>>) -> Layer {
    Layer::new()
        .file("etc/os-release", OS_RELEASE)
        .file(path, database)
}

fn formats() -> [(&'static str, Vec<u8>); 3] {
    [
        ("var/lib/rpm/rpmdb.sqlite", SQLITE.to_vec()),
        ("usr/lib/sysimage/rpm/Packages.db", ndb(&headers())),
        ("usr/share/rpm/Packages", BERKELEY.to_vec()),
    ]
}

/// Packages as the fixture has them: name, version, architecture, licence, vendor, source.
fn listed(facts: &Facts) -> String {
    let mut lines: Vec<String> = facts
        .packages
        .iter()
        .map(|package| {
            let source = package.source.as_ref().unwrap();
            let version = source.version.as_deref().unwrap();
            [
                package.name.as_str(),
                &package.version,
                package.arch.as_deref().unwrap(),
                &package.licenses[0],
                package.vendor.as_deref().unwrap(),
                &format!("{}-{version}.src.rpm", source.name),
            ]
            .join("\t")
        })
        .collect();
    lines.sort();
    lines.join("\n") + "\n"
}

#[test]
fn every_format_gives_what_rpm_prints() {
    for (path, database) in formats() {
        let facts = read([with(path, database)]);
        assert_eq!(listed(&facts), PACKAGES, "{path}");
        let place = format!("/{path}");
        assert_eq!(states(&facts), [(place.as_str(), DatabaseState::Complete)]);
        assert_eq!(facts.gaps, [], "{path}");
    }
}

#[test]
fn a_package_has_its_fields_and_a_purl() {
    let (path, database) = formats()[0].clone();
    let facts = read([with(path, database)]);
    let house = package(&facts, "house");
    assert_eq!(
        house.packager.as_deref(),
        Some("Example Builders <builders@example.org>")
    );
    assert_eq!(house.modularity.as_deref(), Some("house:1:20231114:abcd"));
    assert_eq!(house.signature_keys, Vec::<String>::new());
    let purl = "pkg:rpm/rhel/house@1.4~rc1-3.el9?arch=noarch&distro=rhel-9.4&epoch=2";
    assert_eq!(house.purl.as_deref(), Some(purl));
    assert_eq!(house.files.as_ref().unwrap().present, 0);
}

#[test]
fn files_belong_to_their_package() {
    let files = [
        ("usr/bin/house", "#!/bin/sh\necho house\n"),
        (
            "usr/share/garden/plant-with-a-rather-long-name-7",
            "plant 7\n",
        ),
        ("usr/bin/other", "#!/bin/sh\n"),
    ];
    for (path, database) in formats() {
        let layer = files
            .iter()
            .fold(with(path, database), |layer, (path, text)| {
                layer.file(path, *text)
            });
        let facts = read([layer]);
        assert_eq!(facts.ownership.files.owned, 2, "{path}");
        assert_eq!(facts.ownership.modified.items, []);
        assert_eq!(facts.ownership.digests_compared, 2);
    }
}

#[test]
fn a_changed_file_is_named() {
    let (path, database) = formats()[0].clone();
    let layer = with(path, database).file("usr/bin/house", "#!/bin/sh\necho other\n");
    let facts = read([layer]);
    let modified = &facts.ownership.modified.items;
    assert_eq!(modified[0].path, "/usr/bin/house");
    assert_eq!(modified[0].algorithm, "sha256");
}

#[test]
fn one_database_under_two_names_counts_once() {
    let layer = with("usr/lib/sysimage/rpm/rpmdb.sqlite", SQLITE)
        .symlink("var/lib/rpm", "../../usr/lib/sysimage/rpm");
    let facts = read([layer]);
    assert_eq!(names(&facts), ["house", "house-garden"]);
    assert_eq!(facts.package_databases.len(), 1);
}

#[test]
fn changes_that_wait_in_a_log_are_a_gap() {
    let quiet = with("var/lib/rpm/rpmdb.sqlite", SQLITE).file("var/lib/rpm/rpmdb.sqlite-wal", "");
    assert_eq!(read([quiet]).gaps, []);
    let pending =
        with("var/lib/rpm/rpmdb.sqlite", SQLITE).file("var/lib/rpm/rpmdb.sqlite-wal", "frames");
    let facts = read([pending]);
    assert_eq!(states(&facts)[0].1, DatabaseState::Damaged);
    assert_eq!(coverage_of(&facts, Topic::Packages), Coverage::Partial);
}

#[test]
fn what_is_no_database_is_damaged_and_nothing_is_called_unowned() {
    for bytes in [&b""[..], b"junk", &[0; 8192], &SQLITE[..100]] {
        let layer = with("var/lib/rpm/rpmdb.sqlite", bytes).file("usr/bin/tool", "#!/bin/sh\n");
        let facts = read([layer]);
        assert_eq!(states(&facts)[0].1, DatabaseState::Damaged);
        let place = Some("/var/lib/rpm/rpmdb.sqlite");
        assert!(gaps(&facts).contains(&(Topic::Packages, place, GapKind::Corrupt)));
        assert_eq!(facts.ownership.files.unowned, 0);
    }
}

#[test]
fn manifests_stand_in_for_a_database() {
    let manifest = "bash\t5.1.8-4.cm2\t1710000000\t1700000000\tMicrosoft Corporation\t(none)\t8\tx86_64\t0\tbash-5.1.8-4.cm2.src.rpm\n\
        shadow\t1.2-3.cm2\t1\t1\t(none)\t(none)\t8\tnoarch\t2\t(none)\n";
    let facts = read([with("var/lib/rpmmanifest/container-manifest-2", manifest)]);
    let bash = package(&facts, "bash");
    assert_eq!(bash.source.as_ref().unwrap().name, "bash");
    assert_eq!(bash.vendor.as_deref(), Some("Microsoft Corporation"));
    assert_eq!(package(&facts, "shadow").version, "2:1.2-3.cm2");
    assert_eq!(states(&facts)[0].1, DatabaseState::Reduced);
    let names = read([with("var/lib/rpmmanifest/container-manifest-1", "bash\n")]);
    assert_eq!(states(&names)[0].1, DatabaseState::Damaged);
}

#[test]
fn a_damaged_database_ends_in_a_gap_with_its_good_half_kept() {
    for (path, database) in formats() {
        let mut half = database.clone();
        half.truncate(database.len() * 3 / 4);
        let facts = read([with(path, half)]);
        assert_eq!(states(&facts)[0].1, DatabaseState::Damaged, "{path}");
        assert_ne!(facts.gaps, []);
    }
}

/// Numbers that make loops, long chains and far places, at every place of every format.
#[test]
fn numbers_put_wrong_anywhere_do_no_harm() {
    for (path, database) in formats() {
        let step = if path.ends_with(".db") { 61 } else { 97 };
        for at in (0..database.len() - 4).step_by(step) {
            for wrong in [[0u8; 4], [0xff; 4], 1u32.to_le_bytes(), 2u32.to_be_bytes()] {
                let mut bytes = database.clone();
                bytes[at..at + 4].copy_from_slice(&wrong);
                let facts = super::read_once(&with(path, bytes));
                assert!(facts.packages.len() <= 4, "{path} at {at}");
            }
        }
    }
}
