//! Packages from rpm: its database in any of three formats, or the manifest left in its place.

mod bdb;
mod bytes;
mod header;
mod manifest;
mod ndb;
mod package;
mod sqlite;
mod wal;

use std::collections::BTreeSet;

use self::package::{Found as Held, Reader};
use super::trust_keys::read_keyring;
use crate::facts::contract::{Extraction, Extractor, Installed, MAX_PACKAGES, Want};
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
/// Behind the name of a SQLite database: its newest pages (sqlite.org, "Write-Ahead Logging").
const LOGS: [(&str, &str); 3] = [
    ("var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/rpmdb.sqlite-wal"),
    (
        "usr/lib/sysimage/rpm/rpmdb.sqlite",
        "usr/lib/sysimage/rpm/rpmdb.sqlite-wal",
    ),
    (
        "usr/share/rpm/rpmdb.sqlite",
        "usr/share/rpm/rpmdb.sqlite-wal",
    ),
];
/// What stands in place of a database, the fuller one first.
const MANIFESTS: [(&str, manifest::Line); 2] = [
    ("var/lib/rpmmanifest/container-manifest-2", manifest::full),
    ("var/lib/rpmmanifest/container-manifest-1", manifest::short),
];

/// Reads rpm's database.
pub struct RpmExtractor;

/// Why nothing at all could be read.
struct Damage(&'static str);

impl Extractor for RpmExtractor {
    fn name(&self) -> &'static str {
        "rpm"
    }

    fn wants(&self) -> Vec<Want> {
        let logs = LOGS.into_iter().map(|(_, log)| log);
        let manifests = MANIFESTS.into_iter().map(|(path, _)| path);
        let paths = DATABASES.into_iter().chain(logs).chain(manifests);
        paths.map(Want::Path).collect()
    }

    fn claims(&self) -> bool {
        true
    }

    fn reads_large(&self) -> bool {
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
                    let log = LOGS.iter().find(|(database, _)| *database == path);
                    let log = log.and_then(|(_, log)| files.one(log, Topic::Packages, &mut out));
                    let sound = out.gaps.len() == gaps;
                    read(&file, log.as_ref(), sound, &mut out);
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

/// What is in a database, as far as it was read.
#[derive(Default)]
struct Contents {
    reader: Reader,
    packages: Vec<Installed>,
    keys: Vec<Vec<u8>>,
    /// Headers, and those beyond as many as are read.
    headers: usize,
    cut: u64,
}

impl Contents {
    fn take(&mut self, blob: &[u8], database: &(String, u32)) {
        self.headers = self.headers.saturating_add(1);
        if self.headers > MAX_PACKAGES {
            self.cut = self.cut.saturating_add(1);
            return;
        }
        match self.reader.read(blob, database) {
            Some(Held::Package(installed)) => self.packages.push(*installed),
            Some(Held::Key(armoured)) => self.keys.push(armoured),
            None => {}
        }
    }

    /// What went wrong, `lost` records before they came here.
    fn problems(&self, lost: u64) -> [(u64, GapKind, &'static str); 5] {
        let reader = &self.reader;
        let corrupt = |number, what| (number, GapKind::Corrupt, what);
        let limit = |number, what| (number, GapKind::Limit, what);
        [
            corrupt(lost, "records could not be put together"),
            corrupt(reader.malformed, "records could not be read"),
            corrupt(reader.altered, "records are not what their own digest says"),
            limit(reader.left_out, "paths are too long or too many"),
            limit(self.cut, "packages are beyond the limit"),
        ]
    }
}

/// Reads a database; `sound` says whether the log beside it could be read, if there is one.
fn read(file: &Found<'_>, log: Option<&Found<'_>>, sound: bool, out: &mut Extraction) {
    let database = (file.real_path.clone(), file.layer);
    let mut contents = Contents::default();
    let take = |blob: &[u8]| contents.take(blob, &database);
    let log = log.map(|log| log.bytes.as_ref()).unwrap_or_default();
    let lost = match file.bytes.as_ref() {
        // Made and never used, or emptied; SQLite takes no log beside it for its own either.
        [] => Ok(0),
        bytes if sqlite::is_sqlite(bytes) => sqlite::blobs(bytes, log, take),
        bytes if ndb::is_ndb(bytes) => ndb::blobs(bytes, take),
        bytes if bdb::is_hash(bytes) => bdb::blobs(bytes, take),
        _ => Err(Damage("it is of no format that rpm has used")),
    };
    let at = (file.path.as_str(), file.layer);
    if let Err(Damage(detail)) = lost {
        out.gap(Topic::Packages, GapKind::Corrupt, at, detail);
    }
    for key in &contents.keys {
        read_keyring(file, key, out);
    }
    let lost_records = *lost.as_ref().unwrap_or(&0);
    let sound = note(file, &contents.problems(lost_records), out) && sound && lost.is_ok();
    let number = contents.reader.odd_digests;
    if number > 0 {
        let detail = format!("{number} digests are no MD5, SHA-1 or SHA-256");
        out.gap(Topic::Integrity, GapKind::Unsupported, at, &detail);
    }
    let complete = "rpm's database, with a file list for every package";
    let damaged = "the database could not be read in full";
    let (state, basis) = match sound {
        true => (DatabaseState::Complete, complete),
        false => (DatabaseState::Damaged, damaged),
    };
    let path = file.real_path.trim_start_matches('/');
    let count = contents.packages.len() as u64;
    out.packages.append(&mut contents.packages);
    push(out, (path, Some(file.layer)), state, (basis, count));
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
    for (path, line) in MANIFESTS {
        let gaps = out.gaps.len();
        if let Some(file) = files.one(path, Topic::Packages, out) {
            return read_manifest(&file, line, out);
        }
        if out.gaps.len() > gaps {
            let basis = "it is there and could not be read";
            return push(out, (path, None), DatabaseState::Damaged, (basis, 0));
        }
    }
}

fn read_manifest(file: &Found<'_>, line: manifest::Line, out: &mut Extraction) {
    let database = (file.real_path.clone(), file.layer);
    let (packages, bad) = manifest::read(&file.bytes, line, &database);
    let count = packages.len() as u64;
    out.packages.extend(packages);
    let cut = u64::from(count >= MAX_PACKAGES as u64);
    let problems = [
        (bad, GapKind::Corrupt, "lines name no package"),
        (cut, GapKind::Limit, "list of packages was cut"),
    ];
    let (state, basis) = match note(file, &problems, out) {
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
