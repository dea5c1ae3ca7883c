//! Packages from rpm: its database in any of three formats, or the manifest left in its place.

mod bdb;
mod bytes;
mod header;
mod manifest;
mod ndb;
mod package;
mod sqlite;

use std::collections::BTreeSet;

use self::package::{Found as Held, Reader};
use super::trust_keys::read_keyring;
use crate::facts::contract::{Extraction, Extractor, MAX_PACKAGES, Want};
use crate::facts::model::{DatabaseState, GapKind, PackageDatabase, PackageType, Topic};
use crate::facts::wanted::{Files, Found};

/// Where rpm keeps its database: `%_dbpath` over the years and distributions.
const DATABASES: [&str; 9] = [
    "var/lib/rpm/rpmdb.sqlite",
    "var/lib/rpm/Packages.db",
    "var/lib/rpm/Packages",
    "usr/lib/sysimage/rpm/rpmdb.sqlite",
    "usr/lib/sysimage/rpm/Packages.db",
    "usr/lib/sysimage/rpm/Packages",
    "usr/share/rpm/rpmdb.sqlite",
    "usr/share/rpm/Packages.db",
    "usr/share/rpm/Packages",
];
/// Changes that are not in the database proper yet.
const LOGS: [&str; 3] = [
    "var/lib/rpm/rpmdb.sqlite-wal",
    "usr/lib/sysimage/rpm/rpmdb.sqlite-wal",
    "usr/share/rpm/rpmdb.sqlite-wal",
];
const NAMES: &str = "var/lib/rpmmanifest/container-manifest-1";
const MANIFEST: &str = "var/lib/rpmmanifest/container-manifest-2";

/// Reads rpm's database.
pub struct RpmExtractor;

/// What is in a database: header blobs, and how many are lost.
#[derive(Default)]
struct Blobs {
    list: Vec<Vec<u8>>,
    lost: u64,
}

/// Why nothing at all could be read.
struct Damage(&'static str);

impl Extractor for RpmExtractor {
    fn name(&self) -> &'static str {
        "rpm"
    }

    fn wants(&self) -> Vec<Want> {
        let contents = DATABASES.into_iter().chain([MANIFEST]).map(Want::Path);
        let only_there = LOGS.into_iter().chain([NAMES]).map(Want::Exists);
        contents.chain(only_there).collect()
    }

    fn claims(&self) -> bool {
        true
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        // Distributions link one place to another; both are one file then.
        let mut seen = BTreeSet::new();
        for path in DATABASES {
            let gaps = out.gaps.len();
            match files.one(path, Topic::Packages, &mut out) {
                Some(file) if seen.insert(file.real_path.clone()) => {
                    let log = LOGS.iter().find(|log| log.starts_with(path));
                    let pending = log.and_then(|log| files.size(log)).unwrap_or(0);
                    read(&file, pending, &mut out);
                }
                None if out.gaps.len() > gaps => {
                    let basis = "it is there and could not be read";
                    push(&mut out, (path, None), DatabaseState::Damaged, (basis, 0));
                }
                _ => {}
            }
        }
        if out.databases.is_empty() {
            read_manifests(files, &mut out);
        }
        out
    }
}

fn read(file: &Found<'_>, pending: u64, out: &mut Extraction) {
    // An empty file is a database that was made and never used.
    let blobs = match &file.bytes {
        bytes if sqlite::is_sqlite(bytes) => sqlite::blobs(bytes),
        bytes if ndb::is_ndb(bytes) => ndb::blobs(bytes),
        bytes if bdb::is_hash(bytes) => bdb::blobs(bytes),
        _ => Err(Damage("it is of no format that rpm has used")),
    };
    let blobs = blobs.unwrap_or_else(|Damage(detail)| {
        let at = (file.path.as_str(), file.layer);
        out.gap(Topic::Packages, GapKind::Corrupt, at, detail);
        Blobs {
            lost: 1,
            ..Blobs::default()
        }
    });
    let database = (file.real_path.clone(), file.layer);
    let mut reader = Reader::default();
    let (mut lost, mut count) = (blobs.lost, 0usize);
    for blob in blobs.list.iter().take(MAX_PACKAGES) {
        match reader.read(blob, &database) {
            Some(Held::Package(installed)) => {
                out.packages.push(*installed);
                count = count.saturating_add(1);
            }
            Some(Held::Key(armoured)) => read_keyring(file, &armoured, out),
            None => lost = lost.saturating_add(1),
        }
    }
    let cut = blobs.list.len() > MAX_PACKAGES;
    let problems = [
        (lost, GapKind::Corrupt, "records could not be read"),
        (
            reader.left_out,
            GapKind::Limit,
            "paths are too long, too many or in no directory",
        ),
        (u64::from(cut), GapKind::Limit, "list of packages was cut"),
        (
            u64::from(pending > 0),
            GapKind::Unsupported,
            "file beside it (-wal) holds changes that are not in it yet",
        ),
    ];
    let sound = note(file, &problems, out);
    if reader.odd_digests > 0 {
        let detail = format!(
            "{} digests are no MD5, SHA-1 or SHA-256",
            reader.odd_digests
        );
        let at = (file.path.as_str(), file.layer);
        out.gap(Topic::Integrity, GapKind::Unsupported, at, &detail);
    }
    let (state, basis) = match sound {
        true => (
            DatabaseState::Complete,
            "rpm's database, with a file list for every package",
        ),
        false => (
            DatabaseState::Damaged,
            "the database could not be read in full",
        ),
    };
    let path = file.real_path.trim_start_matches('/');
    push(out, (path, Some(file.layer)), state, (basis, count as u64));
}

/// Notes what went wrong with a file; whether nothing did.
fn note(file: &Found<'_>, problems: &[(u64, GapKind, &str)], out: &mut Extraction) -> bool {
    let mut sound = true;
    for (number, kind, what) in problems.iter().filter(|(number, ..)| *number > 0) {
        sound = false;
        let at = (file.path.as_str(), file.layer);
        out.gap(Topic::Packages, *kind, at, &format!("{number} {what}"));
    }
    sound
}

fn read_manifests(files: &Files<'_>, out: &mut Extraction) {
    let gaps = out.gaps.len();
    let Some(file) = files.one(MANIFEST, Topic::Packages, out) else {
        if out.gaps.len() > gaps || files.exists(NAMES) {
            let basis =
                "a list of names without versions is all there is, or all that could be read";
            push(
                out,
                (NAMES, files.layer(NAMES)),
                DatabaseState::Damaged,
                (basis, 0),
            );
            let at = (NAMES, files.layer(NAMES).unwrap_or(0));
            let detail = "packages are named without their versions";
            out.gap(Topic::Packages, GapKind::Unsupported, at, detail);
        }
        return;
    };
    let database = (file.real_path.clone(), file.layer);
    let (packages, bad) = manifest::read(&file.bytes, &database);
    let count = packages.len() as u64;
    out.packages.extend(packages);
    let sound = note(
        &file,
        &[(bad, GapKind::Corrupt, "lines name no package")],
        out,
    );
    let (state, basis) = match sound {
        true => (
            DatabaseState::Reduced,
            "a list of packages without their files; the database was removed",
        ),
        false => (DatabaseState::Damaged, "the list could not be read in full"),
    };
    let path = file.real_path.trim_start_matches('/');
    push(out, (path, Some(file.layer)), state, (basis, count));
}

fn push(
    out: &mut Extraction,
    (path, layer): (&str, Option<u32>),
    state: DatabaseState,
    (basis, packages): (&str, u64),
) {
    out.databases.push(PackageDatabase {
        package_type: PackageType::Rpm,
        path: format!("/{path}"),
        layer,
        state,
        basis: basis.to_owned(),
        packages,
    });
}
