//! rpm's databases, judged by what the real rpm printed of them.

use freehold::facts::model::{Change, DatabaseState, Facts, GapKind, Topic};
use freehold::image::Limits;

use super::{facts_with, gaps, image, names, options, package, read, states};
use crate::support::layer::Layer;
use crate::support::rpm::{
    BDB_PAGE, BERKELEY, Header, SQLITE, bdb, headers, ndb, ndb_of, sqlite, wal,
};

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
fn a_large_database_is_read_up_to_three_times_the_limit_of_other_files() {
    for (third, state) in [
        (SQLITE.len() / 3 + 1, DatabaseState::Complete),
        (SQLITE.len() / 3 - 1, DatabaseState::Damaged),
    ] {
        let limits = Limits {
            max_file_bytes: third as u64,
            ..Limits::default()
        };
        let changed = Layer::new().file("usr/bin/house", "#!/bin/sh\necho other\n");
        let facts = facts_with(
            &image([with("var/lib/rpm/rpmdb.sqlite", SQLITE), changed]),
            &freehold::facts::Options {
                limits,
                ..options()
            },
        );
        assert_eq!(states(&facts), [("/var/lib/rpm/rpmdb.sqlite", state)]);
        let complete = state == DatabaseState::Complete;
        assert_eq!(facts.gaps.is_empty(), complete);
        assert_eq!(names(&facts).len(), if complete { 2 } else { 0 });
        // The digests of its files are taken in the same pass.
        assert_eq!(facts.ownership.modified.total, u64::from(complete));
        assert_eq!(facts.ownership.executables.unowned, 0);
    }
}

#[test]
fn one_database_under_two_names_counts_once() {
    let layer = with("usr/lib/sysimage/rpm/rpmdb.sqlite", SQLITE)
        .symlink("var/lib/rpm", "../../usr/lib/sysimage/rpm");
    let facts = read([layer]);
    assert_eq!(names(&facts), ["house", "house-garden"]);
    assert_eq!(facts.package_databases.len(), 1);
}

/// rpm's database with every page but the first zeroed, and those pages.
fn emptied() -> (Vec<u8>, Vec<(u32, &'static [u8])>) {
    let page_size = usize::from(u16::from_be_bytes([SQLITE[16], SQLITE[17]]));
    let mut bytes = SQLITE.to_vec();
    bytes[page_size..].fill(0);
    let pages = (1u32..).zip(SQLITE.chunks_exact(page_size)).skip(1);
    (bytes, pages.collect())
}

#[test]
fn pages_of_a_log_are_newer_than_those_of_the_database() {
    const LOG: &str = "var/lib/rpm/rpmdb.sqlite-wal";
    let (bytes, pages) = emptied();
    let page_size = pages[0].1.len();
    let logged = |log: Vec<u8>| read([with("var/lib/rpm/rpmdb.sqlite", &*bytes).file(LOG, log)]);
    let facts = logged(wal(page_size, &pages, true));
    assert_eq!(listed(&facts), PACKAGES);
    assert_eq!(facts.gaps, []);
    // What SQLite would not believe: another page size, a changed byte, no end to the transaction.
    let mut changed = wal(page_size, &pages, true);
    *changed.last_mut().unwrap() ^= 1;
    for log in [
        Vec::new(),
        b"frames".to_vec(),
        wal(page_size * 2, &pages, true),
        wal(page_size, &pages, false),
        changed,
    ] {
        let facts = logged(log);
        assert_eq!(states(&facts)[0].1, DatabaseState::Damaged);
        assert_eq!(facts.packages, []);
    }
    let sound = with("var/lib/rpm/rpmdb.sqlite", SQLITE).file(LOG, "left over");
    assert_eq!(read([sound]).gaps, []);
}

#[test]
fn an_emptied_database_is_absent() {
    for (path, _) in formats() {
        let facts = read([with(path, "")]);
        assert_eq!(states(&facts)[0].1, DatabaseState::Absent);
        assert_eq!(facts.gaps, []);
    }
}

#[test]
fn what_is_no_database_is_damaged_and_nothing_is_called_unowned() {
    for bytes in [&b"junk"[..], &[0; 8192], &SQLITE[..100]] {
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
        gpg-pubkey\t3135ce90-5e6fda74\t1\t1\t(none)\t(none)\t0\t(none)\t0\t(none)\n\
        shadow\t1.2-3.cm2\t1\t1\t(none)\t(none)\t8\tnoarch\t2\t(none)\n";
    let facts = read([with("var/lib/rpmmanifest/container-manifest-2", manifest)]);
    let bash = package(&facts, "bash");
    assert_eq!(bash.source.as_ref().unwrap().name, "bash");
    assert_eq!(bash.vendor.as_deref(), Some("Microsoft Corporation"));
    assert_eq!(package(&facts, "shadow").version, "2:1.2-3.cm2");
    assert_eq!(states(&facts)[0].1, DatabaseState::Reduced);
    assert_eq!(names(&facts), ["bash", "shadow"]);
    let short = "gpg-pubkey-3135ce90-5e6fda74.(none)\nbash-completion-2.11-1.cm2.noarch\n";
    let facts = read([with("var/lib/rpmmanifest/container-manifest-1", short)]);
    assert_eq!(names(&facts), ["bash-completion"]);
    assert_eq!(package(&facts, "bash-completion").version, "2.11-1.cm2");
    assert_eq!(states(&facts)[0].1, DatabaseState::Reduced);
    let facts = read([with("var/lib/rpmmanifest/container-manifest-1", "bash\n")]);
    assert_eq!(states(&facts)[0].1, DatabaseState::Damaged);
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

/// Numbers that make loops, long chains and far places, at every place of every format: the right
/// list, or a database that is called damaged or emptied.
#[test]
fn numbers_put_wrong_anywhere_do_no_harm() {
    for (path, database) in formats() {
        let step = if path.ends_with(".db") { 211 } else { 331 };
        for at in (0..database.len() - 4).step_by(step) {
            for wrong in [[0u8; 4], [0xff; 4], 1u32.to_le_bytes(), 2u32.to_be_bytes()] {
                let mut bytes = database.clone();
                bytes[at..at + 4].copy_from_slice(&wrong);
                let facts = super::read_once(&with(path, bytes));
                let is_right = names(&facts) == ["house", "house-garden"];
                let doubted = states(&facts)[0].1 != DatabaseState::Complete;
                assert!(is_right || doubted, "{path} at {at}: {wrong:?}");
            }
        }
    }
}

#[test]
fn a_record_that_is_not_what_its_own_digest_says_is_left_out() {
    for (path, mut database) in formats() {
        let name = b"plant-with-a-rather-long-name-80";
        let at = database
            .windows(name.len())
            .position(|window| window == name);
        database[at.unwrap()] = b'P';
        let facts = read([with(path, database)]);
        assert_eq!(names(&facts), ["house"], "{path}");
        assert_eq!(states(&facts)[0].1, DatabaseState::Damaged);
        assert!(facts.gaps[0].detail.contains("digest"), "{:?}", facts.gaps);
    }
}

const NDB: &str = "usr/lib/sysimage/rpm/Packages.db";

/// What SHA-256 makes of `x`.
const OF_X: &str = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";

#[test]
fn digests_of_other_algorithms_are_counted_and_accuse_nobody() {
    fn file(digest: &str) -> (&str, &str, u16, u32, &str) {
        ("/usr/share/a/x", digest, 0o100_644, 0, "")
    }
    let with_digest = |algorithm: u32, digest: &str| {
        let header = Header::package("a", "1", "1").files(&[file(digest)]);
        let header = header.words(5011, &[algorithm]);
        read([with(NDB, ndb_of(&[header]))
            .file("usr/share/a/x", "x")
            .mode(0o644)])
    };
    let facts = with_digest(8, OF_X);
    assert_eq!((facts.ownership.digests_compared, facts.gaps.len()), (1, 0));
    assert_eq!(facts.ownership.modified.total, 0);
    let facts = with_digest(10, &OF_X.repeat(2));
    let place = Some("/usr/lib/sysimage/rpm/Packages.db");
    assert_eq!(
        gaps(&facts),
        [(Topic::Integrity, place, GapKind::Unsupported)]
    );
    assert_eq!(facts.ownership.modified.total, 0);
    assert_eq!(states(&facts)[0].1, DatabaseState::Complete);
    // Without a word of the algorithm it is MD5.
    let header = Header::package("a", "1", "1").files(&[file("9dd4e461268c8034f5c8564e155c67a6")]);
    let facts = read([with(NDB, ndb_of(&[header]))
        .file("usr/share/a/x", "x")
        .mode(0o644)]);
    assert_eq!((facts.ownership.digests_compared, facts.gaps.len()), (1, 0));
}

#[test]
fn what_verify_leaves_out_is_not_compared() {
    const DIGEST: u32 = 1;
    const LINK: u32 = 1 << 2;
    const USER: u32 = 1 << 3;
    const MODE: u32 = 1 << 6;
    let digest = "9dd4e461268c8034f5c8564e155c67a6";
    let verified = |left_out: u32| {
        let files = [
            ("/usr/a", digest, 0o100_600, 0, ""),
            ("/usr/b", "", 0o120_777, 0, "c"),
        ];
        let header = Header::package("a", "1", "1").files(&files);
        let header = header.words(1045, &[!left_out; 2]);
        let layer = with(NDB, ndb_of(&[header])).symlink("usr/b", "d");
        let layer = layer.file("usr/a", "changed").mode(0o644).owned_by(7, 0);
        let facts = read([layer]);
        let ownership = &facts.ownership;
        let modified = ownership.modified.items.iter().map(|item| &item.change);
        let changed = ownership.attributes_changed.items.iter();
        let all = modified.chain(changed.map(|item| &item.change));
        all.copied().collect::<Vec<_>>()
    };
    let all = [
        Change::Modified,
        Change::LinkChanged,
        Change::ModeChanged,
        Change::OwnerChanged,
    ];
    assert_eq!(verified(0), all);
    for (bit, change) in [DIGEST, LINK, MODE, USER].into_iter().zip(all) {
        let rest: Vec<Change> = all.into_iter().filter(|other| *other != change).collect();
        assert_eq!(verified(bit), rest, "{change:?}");
    }
    assert_eq!(verified(u32::MAX), []);
}

#[test]
fn lists_that_do_not_fit_together_lose_the_record_and_accuse_nobody() {
    let files = [("/usr/bin/x", OF_X, 0o100_755, 0, "")];
    let sound = || Header::package("a", "1", "1").files(&files);
    let named = || Header::package("a", "1", "1");
    for (what, header) in [
        (
            "more names than there are",
            named().texts(1117, &["x"]).counted(2),
        ),
        ("names without directories", named().texts(1117, &["x"])),
        (
            "a name in no directory",
            named()
                .texts(1117, &["x"])
                .texts(1118, &["/usr/bin/"])
                .words(1116, &[1]),
        ),
        ("fewer modes than names", sound().shorts(1030, &[])),
        (
            "more digests than names",
            sound().texts(1035, &[OF_X, OF_X]),
        ),
        (
            "names of another type",
            named().words(1117, &[1]).words(1116, &[0]),
        ),
        (
            "numbers beyond the end",
            sound().words(1037, &[0]).counted(900),
        ),
        (
            "more than anything holds",
            sound().texts(1117, &["x"]).counted(u32::MAX),
        ),
    ] {
        let good = Header::package("good", "1", "1");
        let layer = with(NDB, ndb_of(&[header, good])).executable("usr/bin/x", "x");
        let facts = read([layer]);
        // A list that is there and empty is no list.
        let expected: &[&str] = if what == "fewer modes than names" {
            &["a", "good"]
        } else {
            &["good"]
        };
        assert_eq!(names(&facts), expected, "{what}");
        if expected.len() == 1 {
            assert_eq!(states(&facts)[0].1, DatabaseState::Damaged, "{what}");
            assert_eq!(facts.ownership.files.unowned, 0, "{what}");
        }
    }
}

#[test]
fn an_entry_behind_the_signed_region_replaces_one_inside() {
    let header = Header::package("first", "1", "1").text(1000, "second");
    assert_eq!(names(&read([with(NDB, ndb_of(&[header]))])), ["second"]);
}

#[test]
fn full_paths_of_old_headers_and_an_epoch_of_zero_are_read() {
    let header = Header::package("a", "1", "1")
        .words(1003, &[0])
        .texts(1027, &["/usr/bin/x", "/usr/bin/y"]);
    let facts = read([with(NDB, ndb_of(&[header])).executable("usr/bin/x", "x")]);
    assert_eq!(package(&facts, "a").version, "0:1-1");
    let files = package(&facts, "a").files.as_ref().unwrap();
    assert_eq!((files.recorded, files.present), (2, 1));
}

#[test]
fn short_headers_stand_on_their_page_in_sqlite() {
    let blobs = ["a", "b"].map(|name| Header::package(name, "1", "1").bytes());
    let database = sqlite(&[&blobs[0], &blobs[1]], 1);
    let facts = read([with("var/lib/rpm/rpmdb.sqlite", database)]);
    assert_eq!(names(&facts), ["a", "b"]);
    assert_eq!(facts.gaps, []);
}

#[test]
fn the_issuer_of_a_signature_is_named() {
    // Version 4: type, algorithms, no hashed subpackets, one unhashed with the issuer's key ID.
    let body = [
        &[4, 0, 1, 8, 0, 0, 0, 10, 9, 16][..],
        &[0x19, 0x9e, 0x2f, 0x91, 0xfd, 0x43, 0x1d, 0x51],
        &[0, 0],
    ]
    .concat();
    let packet = [&[0xc2, body.len() as u8][..], &body].concat();
    let header = Header::package("a", "1", "1").binary(268, &packet);
    let facts = read([with(NDB, ndb_of(&[header]))]);
    assert_eq!(package(&facts, "a").signature_keys, ["199e2f91fd431d51"]);
}

#[test]
fn keys_that_were_imported_are_trusted_and_no_packages() {
    let armoured = include_str!("../../fixtures/keys/ed25519.asc");
    let key = Header::package("gpg-pubkey", "d5858f9e", "5e6fda74").text(1005, armoured);
    let facts = read([with(NDB, ndb_of(&[key, Header::package("a", "1", "1")]))]);
    assert_eq!(names(&facts), ["a"]);
    let [key] = facts.trust_keys.as_slice() else {
        panic!("{:?}", facts.trust_keys);
    };
    assert_eq!(key.fingerprint, "7fb1f0ab12685f0f4f5b9d9439e7cee9d5858f9e");
    assert_eq!(key.path, "/usr/lib/sysimage/rpm/Packages.db");
}

#[test]
fn hash_pages_of_both_byte_orders_are_read_with_short_and_long_headers() {
    const PLACE: &str = "var/lib/rpm/Packages";
    let long = Header::package("long", "1", "1").text(1004, &"x".repeat(2_000));
    let mut all = vec![Header::package("short", "2", "1"), long];
    all.extend(["c", "d", "e"].map(|name| Header::package(name, "1", "1")));
    let blobs: Vec<Vec<u8>> = all.iter().map(Header::bytes).collect();
    let blobs: Vec<&[u8]> = blobs.iter().map(Vec::as_slice).collect();
    for big_endian in [false, true] {
        let database = bdb(&blobs, big_endian);
        let facts = read([with(PLACE, &*database)]);
        assert_eq!(names(&facts), ["c", "d", "e", "long", "short"]);
        assert_eq!(facts.gaps, []);
        let with_change = |at: usize, bytes: &[u8]| {
            let mut database = database.clone();
            database[at..at + bytes.len()].copy_from_slice(bytes);
            read([with(PLACE, database)])
        };
        // The chain of the only bucket ends early, goes in a circle, leads into nothing.
        let next = BDB_PAGE + 16;
        for wrong in [[0; 4], [1, 0, 0, 0], [0, 0, 0, 1], [0xff; 4]] {
            let facts = with_change(next, &wrong);
            assert_eq!(names(&facts), ["long", "short"], "{wrong:?}");
            assert_eq!(states(&facts)[0].1, DatabaseState::Damaged, "{wrong:?}");
        }
        // Encrypted; with checksums.
        for at in [24, 26] {
            let facts = with_change(at, &[1]);
            assert_eq!(facts.packages, []);
            assert_eq!(states(&facts)[0].1, DatabaseState::Damaged);
        }
        let cut = read([with(PLACE, &database[..database.len() - BDB_PAGE])]);
        assert_eq!(states(&cut)[0].1, DatabaseState::Damaged);
    }
}
