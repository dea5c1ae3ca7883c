//! Packages from dpkg: `status` with `info/*.list` and `info/*.md5sums`, or distroless' one file a
//! package in `status.d`.
//!
//! Formats: deb-control(5) for stanzas, dpkg's `infodb` for `info/` (dpkg-query(1),
//! `--control-show`), distroless' PACKAGE_METADATA.md for `status.d`.

use std::collections::BTreeMap;

use crate::facts::contract::{
    Claim, Extraction, Extractor, FileList, Installed, MAX_CLAIMS, MAX_PACKAGES, RecordedDigest,
    Want,
};
use crate::facts::model::{
    DatabaseState, GapKind, Package, PackageDatabase, PackageType, SourcePackage, Topic,
};
use crate::facts::text::{lines, lossless};
use crate::facts::wanted::{Files, Found};

const STATUS: &str = "var/lib/dpkg/status";
const STATUS_D: &str = "var/lib/dpkg/status.d";
const INFO: &str = "var/lib/dpkg/info";
const LIST: &str = ".list";
const MD5SUMS: &str = ".md5sums";

/// Longest value of a field that is one line.
const MAX_LINE: usize = 64 << 10;

/// Reads dpkg's databases.
pub struct DpkgExtractor;

impl Extractor for DpkgExtractor {
    fn name(&self) -> &'static str {
        "dpkg"
    }

    fn wants(&self) -> Vec<Want> {
        vec![
            Want::Path(STATUS),
            Want::In(STATUS_D, ""),
            Want::In(INFO, LIST),
            Want::In(INFO, MD5SUMS),
        ]
    }

    fn claims(&self) -> bool {
        true
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        let gaps_before = out.gaps.len();
        let status = files.one(STATUS, Topic::Packages, &mut out);
        let unread = out.gaps.len() > gaps_before;
        let mut info = FileLists::read(files, &mut out);
        if let Some(file) = status {
            read_status(&file, &mut info, &mut out);
        } else if unread {
            let basis = "the status file is there and could not be read";
            push_database(&mut out, STATUS, None, (DatabaseState::Damaged, basis), 0);
        }
        read_status_d(files, &mut info, &mut out);
        out
    }
}

fn read_status(file: &Found<'_>, info: &mut FileLists<'_>, out: &mut Extraction) {
    let stanzas = parse_stanzas(file, true, out);
    let damaged = stanzas.damaged;
    let mut packages: Vec<Installed> = stanzas
        .list
        .iter()
        .filter(|stanza| stanza.is_unpacked())
        .filter_map(|stanza| stanza.package(file))
        .collect();
    let mut without_list = 0u64;
    for installed in &mut packages {
        info.claim_files(installed, out);
        if installed.list != FileList::Full {
            without_list = without_list.saturating_add(1);
        }
    }
    let count = packages.len() as u64;
    let (state, basis) = if damaged {
        let basis = "status could not be read in full".to_owned();
        (DatabaseState::Damaged, basis)
    } else if without_list > 0 {
        let basis = format!("{without_list} of {count} packages have no file list in {INFO}");
        (DatabaseState::Reduced, basis)
    } else {
        let basis = "status, with a file list for every package".to_owned();
        (DatabaseState::Complete, basis)
    };
    push_database(out, STATUS, Some(file.layer), (state, &basis), count);
    out.packages.extend(packages);
}

fn read_status_d(files: &Files<'_>, info: &mut FileLists<'_>, out: &mut Extraction) {
    let gaps_before = out.gaps.len();
    let found = files.within(STATUS_D, "", Topic::Packages, out);
    let mut damaged = out.gaps.len() > gaps_before;
    let mut sums: BTreeMap<&str, &Found<'_>> = BTreeMap::new();
    for file in &found {
        if let Some(name) = file.name.strip_suffix(MD5SUMS) {
            sums.insert(name, file);
        }
    }
    let has_sums = !sums.is_empty();
    let mut count = 0u64;
    for file in found.iter().filter(|file| !file.name.ends_with(MD5SUMS)) {
        let stanzas = parse_stanzas(file, false, out);
        damaged |= stanzas.damaged;
        for stanza in &stanzas.list {
            // These files hold the package's control file: installed by being there.
            let Some(mut installed) = stanza.package(file) else {
                continue;
            };
            installed.package.database = format!("/{STATUS_D}");
            info.claim_files(&mut installed, out);
            if installed.list == FileList::None {
                match sums.remove(file.name.as_str()) {
                    Some(sums) => info.claim_md5sums(&mut installed, sums, out),
                    // Where digests are kept at all, a package without them has no content to list.
                    None if has_sums => installed.list = FileList::Content,
                    None => {}
                }
            }
            out.packages.push(installed);
            count = count.saturating_add(1);
        }
    }
    if count > 0 || damaged {
        let (state, basis) = if damaged {
            (
                DatabaseState::Damaged,
                "a file in status.d could not be read in full",
            )
        } else {
            (
                DatabaseState::Reduced,
                "status.d: one control file a package, no status, no lists",
            )
        };
        let layer = found.first().map(|file| file.layer);
        push_database(out, STATUS_D, layer, (state, basis), count);
    }
}

fn push_database(
    out: &mut Extraction,
    path: &str,
    layer: Option<u32>,
    (state, basis): (DatabaseState, &str),
    packages: u64,
) {
    out.databases.push(PackageDatabase {
        package_type: PackageType::Deb,
        path: format!("/{path}"),
        layer,
        state,
        basis: basis.to_owned(),
        packages,
    });
}

/// The stanzas of one file, and whether some of it made no sense.
struct Stanzas {
    list: Vec<Stanza>,
    damaged: bool,
}

/// One stanza: the fields we read, first values only.
#[derive(Default)]
struct Stanza {
    fields: BTreeMap<&'static str, String>,
}

/// States in which a package's files are on disk (dpkg(1), "Package states").
const UNPACKED: [&str; 6] = [
    "installed",
    "unpacked",
    "half-configured",
    "half-installed",
    "triggers-awaited",
    "triggers-pending",
];
/// The other states.
const GONE: [&str; 2] = ["not-installed", "config-files"];

const FIELDS: [&str; 8] = [
    "Package",
    "Status",
    "Version",
    "Architecture",
    "Source",
    "Maintainer",
    "Origin",
    "License",
];

/// `needs_status` is set for the status file, whose every stanza has a state.
fn parse_stanzas(file: &Found<'_>, needs_status: bool, out: &mut Extraction) -> Stanzas {
    let mut list = Vec::new();
    let mut current = Stanza::default();
    let mut bad_lines = 0u64;
    let mut cut = false;
    for line in lines(&file.bytes).chain([&b""[..]]) {
        if line.is_empty() {
            if !current.fields.is_empty() {
                list.push(std::mem::take(&mut current));
            }
            if list.len() >= MAX_PACKAGES {
                cut = true;
                break;
            }
        } else if !current.take_line(line) {
            bad_lines = bad_lines.saturating_add(1);
        }
    }
    let ends_cleanly = file.bytes.is_empty() || file.bytes.ends_with(b"\n");
    let incomplete = list
        .iter()
        .filter(|stanza| !stanza.is_whole(needs_status))
        .count();
    let mut damaged = cut;
    let mut gap = |kind, detail: String| {
        damaged = true;
        out.gap(Topic::Packages, kind, (&file.path, file.layer), &detail);
    };
    if bad_lines > 0 {
        gap(
            GapKind::Corrupt,
            format!("{bad_lines} lines are no fields of their stanza"),
        );
    }
    if incomplete > 0 {
        gap(
            GapKind::Corrupt,
            format!("{incomplete} stanzas lack a name, a version or a known status"),
        );
    }
    if !ends_cleanly {
        gap(
            GapKind::Corrupt,
            "it ends in the middle of a line".to_owned(),
        );
    }
    if cut {
        gap(
            GapKind::Limit,
            format!("only the first {MAX_PACKAGES} packages were read"),
        );
    }
    Stanzas { list, damaged }
}

impl Stanza {
    /// Takes a line in. False when it is neither a field nor the continuation of one, when the
    /// field is there already (deb-control(5): stanzas run together), or when its value is too long.
    fn take_line(&mut self, line: &[u8]) -> bool {
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            return true;
        }
        let Some(colon) = line.iter().position(|&b| b == b':') else {
            return false;
        };
        let (name, value) = line.split_at_checked(colon).unwrap_or_default();
        let printable = name.iter().all(|b| b.is_ascii_graphic());
        if name.is_empty() || !printable {
            return false;
        }
        let known = FIELDS
            .iter()
            .find(|known| known.as_bytes().eq_ignore_ascii_case(name));
        let Some(known) = known else {
            return true;
        };
        let value = value.get(1..).unwrap_or_default();
        if value.len() > MAX_LINE || self.fields.contains_key(known) {
            return false;
        }
        self.fields.insert(known, lossless(value.trim_ascii()));
        true
    }

    fn get(&self, field: &str) -> Option<&str> {
        self.fields
            .get(field)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Whether it has what a stanza of an installed package must have. Packages that were removed
    /// may lack a version.
    fn is_whole(&self, needs_status: bool) -> bool {
        let known = match self.state() {
            Some(state) => GONE.contains(&state) || UNPACKED.contains(&state),
            None => !needs_status && self.get("Status").is_none(),
        };
        let gone = self.state().is_some_and(|state| GONE.contains(&state));
        known && self.get("Package").is_some() && (gone || self.get("Version").is_some())
    }

    /// Third word of `Status: want flag state`.
    fn state(&self) -> Option<&str> {
        let mut words = self.get("Status")?.split(' ');
        let state = words.nth(2)?;
        words.next().is_none().then_some(state)
    }

    /// Whether the package's files are on disk.
    fn is_unpacked(&self) -> bool {
        self.state().is_some_and(|state| UNPACKED.contains(&state))
    }

    fn package(&self, file: &Found<'_>) -> Option<Installed> {
        let name = self.get("Package")?.to_owned();
        let version = self.get("Version")?.to_owned();
        let package = Package {
            source: Some(self.source(&name)),
            arch: self.get("Architecture").map(str::to_owned),
            maintainer: self.get("Maintainer").map(str::to_owned),
            origin: self.get("Origin").map(str::to_owned),
            licenses: self.get("License").map(str::to_owned).into_iter().collect(),
            ..Package::new(
                PackageType::Deb,
                name,
                version,
                (file.path.clone(), file.layer),
            )
        };
        Some(Installed {
            package,
            claims: Vec::new(),
            list: FileList::None,
            trees: Vec::new(),
        })
    }

    /// `Source: name (version)`; left out when it equals the package (deb-control(5)).
    fn source(&self, name: &str) -> SourcePackage {
        let (source, version) = match self.get("Source") {
            Some(text) => match text.split_once(" (") {
                Some((source, version)) => (source, version.strip_suffix(')')),
                None => (text, None),
            },
            None => (name, None),
        };
        SourcePackage {
            name: source.to_owned(),
            version: version.map(str::to_owned),
            commit: None,
        }
    }
}

/// The file lists and digests in `info/`, by the name dpkg gives them: `package` or
/// `package:architecture` (for `Multi-Arch: same`).
struct FileLists<'a> {
    lists: BTreeMap<String, Found<'a>>,
    sums: BTreeMap<String, Found<'a>>,
    /// Lines that may still be read.
    room: usize,
}

impl<'a> FileLists<'a> {
    fn read(files: &Files<'a>, out: &mut Extraction) -> Self {
        let mut by_stem = |suffix: &'static str| {
            files
                .within(INFO, suffix, Topic::Ownership, out)
                .into_iter()
                .filter_map(|file| Some((file.name.strip_suffix(suffix)?.to_owned(), file)))
                .collect()
        };
        Self {
            lists: by_stem(LIST),
            sums: by_stem(MD5SUMS),
            room: MAX_CLAIMS,
        }
    }

    fn claim_files(&mut self, installed: &mut Installed, out: &mut Extraction) {
        let package = &installed.package;
        let qualified = format!("{}:{}", package.name, package.arch.as_deref().unwrap_or(""));
        // Each list speaks for one package, so it is used up: a stanza that stands twice gains
        // nothing and costs nothing.
        let mut take = |from: fn(&mut Self) -> &mut BTreeMap<String, Found<'a>>| {
            let all = from(self);
            all.remove(&package.name).or_else(|| all.remove(&qualified))
        };
        let list = take(|info| &mut info.lists);
        let sums = take(|info| &mut info.sums);
        let list = list.filter(|list| self.fits(list, out));
        if let Some(list) = &list {
            installed.list = FileList::Full;
            let mut bad_lines = 0u64;
            for line in lines(&list.bytes).filter(|line| !line.is_empty()) {
                match line.strip_prefix(b"/").and_then(claim_path) {
                    Some(path) => installed.claims.push(Claim::new(path)),
                    None if line == b"/." => {}
                    None => bad_lines = bad_lines.saturating_add(1),
                }
            }
            note_bad_lines(list, Topic::Ownership, bad_lines, out);
        }
        if let Some(sums) = &sums {
            self.claim_md5sums(installed, sums, out);
        }
    }

    /// Whether all lines of a list may be read. Half a list would accuse the files of the other
    /// half, so one that is over the limit is left out whole.
    fn fits(&mut self, list: &Found<'_>, out: &mut Extraction) -> bool {
        let room = self.room.checked_sub(lines(&list.bytes).count());
        self.room = room.unwrap_or(self.room);
        if room.is_none() {
            let detail = format!("it was not read: the lists have more than {MAX_CLAIMS} lines");
            let at = (list.path.as_str(), list.layer);
            out.gap(Topic::Packages, GapKind::Limit, at, &detail);
        }
        room.is_some()
    }

    fn claim_md5sums(&mut self, installed: &mut Installed, sums: &Found<'_>, out: &mut Extraction) {
        if self.fits(sums, out) {
            claim_md5sums(installed, sums, out);
        }
    }
}

/// Adds the digests of a `md5sums` file: 32 hex digits, two spaces, a path without a slash.
fn claim_md5sums(installed: &mut Installed, sums: &Found<'_>, out: &mut Extraction) {
    let mut digests = BTreeMap::new();
    let mut bad_lines = 0u64;
    for line in lines(&sums.bytes).filter(|line| !line.is_empty()) {
        match recorded_md5(line) {
            Some((path, digest)) => drop(digests.insert(path, digest)),
            None => bad_lines = bad_lines.saturating_add(1),
        }
    }
    // Where there is no list, the digests are one.
    let topic = match installed.list {
        FileList::Full => Topic::Integrity,
        FileList::Content | FileList::None => Topic::Ownership,
    };
    note_bad_lines(sums, topic, bad_lines, out);
    for claim in &mut installed.claims {
        claim.digest = claim.digest.or(digests.remove(&claim.path));
    }
    // A full list has the last word: what is not in it went to another package (`Replaces`).
    if installed.list == FileList::None {
        installed.list = FileList::Content;
        installed
            .claims
            .extend(digests.into_iter().map(|(path, digest)| Claim {
                digest: Some(digest),
                ..Claim::new(path)
            }));
    }
}

fn recorded_md5(line: &[u8]) -> Option<(Vec<u8>, RecordedDigest)> {
    let (hex, path) = line.split_at_checked(32)?;
    let mut md5 = [0u8; 16];
    data_encoding::HEXLOWER_PERMISSIVE
        .decode_mut(hex, &mut md5)
        .ok()?;
    let path = path.trim_ascii_start();
    let path = path.strip_prefix(b"./").unwrap_or(path);
    Some((claim_path(path)?, RecordedDigest::Md5(md5)))
}

fn note_bad_lines(file: &Found<'_>, topic: Topic, bad_lines: u64, out: &mut Extraction) {
    if bad_lines > 0 {
        let detail = format!("{bad_lines} lines name no packaged path");
        out.gap(topic, GapKind::Corrupt, (&file.path, file.layer), &detail);
    }
}

/// A recorded path; the root itself (`/.`) and paths that climb are none.
fn claim_path(path: &[u8]) -> Option<Vec<u8>> {
    let climbs = path.split(|&b| b == b'/').any(|part| part == b"..");
    (!path.is_empty() && path != b"." && !climbs).then(|| path.to_vec())
}
