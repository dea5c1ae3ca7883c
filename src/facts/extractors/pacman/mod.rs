//! Packages from pacman: one directory a package in `local/`, with `desc`, `files` and `mtree`.
//!
//! Formats: alpm-db(7), alpm-db-desc(5) and alpm-db-files(5): sections that begin with `%NAME%` and
//! end with an empty line. `%BACKUP%` lists configuration with the MD5 of the packaged file, `mtree`
//! the attributes and digests of all files.

mod mtree;

use std::collections::{BTreeMap, HashMap};

use crate::facts::compressed::{End, gunzip};
use crate::facts::contract::{
    Claim, ClaimFlags, Extraction, Extractor, FileList, Installed, MAX_CLAIMS, MAX_PACKAGES,
    RecordedDigest, Want,
};
use crate::facts::exclusions::{Exclusion, MAX_PATTERN, MAX_RULES};
use crate::facts::model::{
    DatabaseState, GapKind, Package, PackageDatabase, PackageType, SourcePackage, Topic,
};
use crate::facts::text::{lines, lossless};
use crate::facts::wanted::{Files, Found};
use mtree::Mtree;

const LOCAL: &str = "var/lib/pacman/local";
const DESC: &str = "desc";
const FILES: &str = "files";
const MTREE: &str = "mtree";
const CONFIG: &str = "etc/pacman.conf";

/// Bytes of one decompressed `mtree`; the largest packages of Arch have ten megabytes of it.
const MAX_MTREE: usize = 64 << 20;
/// Decompressed bytes of all of them, over fifty times what an image of 500 packages has.
const MAX_MTREES: usize = 512 << 20;
/// Longest value of `desc` and longest path of `files`.
const MAX_LINE: usize = 4_096;
/// Values kept of one section of `desc`.
const MAX_VALUES: usize = 1_000;

/// Reads pacman's database.
pub struct PacmanExtractor;

impl Extractor for PacmanExtractor {
    fn name(&self) -> &'static str {
        "pacman"
    }

    fn wants(&self) -> Vec<Want> {
        vec![
            Want::Below(LOCAL, &[DESC, FILES, MTREE]),
            Want::Path(CONFIG),
        ]
    }

    fn claims(&self) -> bool {
        true
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        let folders = files.folders(LOCAL);
        let found = files.below(LOCAL, &[DESC, FILES, MTREE], Topic::Packages, &mut out);
        let mut by_folder: BTreeMap<&str, Entry<'_, '_>> = folders
            .iter()
            .map(|folder| (folder.as_str(), Entry::default()))
            .collect();
        for file in &found {
            let folder = file.path.rsplit('/').nth(1).unwrap_or_default();
            let entry = by_folder.entry(folder).or_default();
            match file.name.as_str() {
                DESC => entry.desc = Some(file),
                FILES => entry.files = Some(file),
                _ => entry.mtree = Some(file),
            }
        }
        if !by_folder.is_empty() || !out.gaps.is_empty() {
            let layer = files.layer(LOCAL);
            Reader::default().read(&by_folder, layer, &mut out);
        }
        if let Some(config) = files.one(CONFIG, Topic::Integrity, &mut out) {
            read_no_extract(&config, &mut out);
        }
        out
    }
}

/// The files of one package's directory.
#[derive(Default)]
struct Entry<'f, 'a> {
    desc: Option<&'f Found<'a>>,
    files: Option<&'f Found<'a>>,
    mtree: Option<&'f Found<'a>>,
}

/// What is left of the limits, and what went wrong.
struct Reader {
    claims_left: usize,
    mtree_bytes_left: usize,
    without_list: u64,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            claims_left: MAX_CLAIMS,
            mtree_bytes_left: MAX_MTREES,
            without_list: 0,
        }
    }
}

impl Reader {
    fn read(
        mut self,
        all: &BTreeMap<&str, Entry<'_, '_>>,
        layer: Option<u32>,
        out: &mut Extraction,
    ) {
        let at = |folder: &str| (format!("/{LOCAL}/{folder}"), layer.unwrap_or_default());
        for (folder, entry) in all.iter().take(MAX_PACKAGES) {
            match entry.desc.map(|desc| self.package(desc, entry, out)) {
                Some(Some(installed)) => out.packages.push(installed),
                // `package` has said what is wrong.
                Some(None) => {}
                None => {
                    let (path, layer) = at(folder);
                    let detail = "a package's directory without a description that could be read";
                    out.gap(Topic::Packages, GapKind::Corrupt, (&path, layer), detail);
                }
            }
        }
        if all.len() > MAX_PACKAGES {
            let (path, layer) = at("");
            let detail = format!("only the first {MAX_PACKAGES} packages were read");
            out.gap(Topic::Packages, GapKind::Limit, (&path, layer), &detail);
        }
        let damaged = out.gaps.iter().any(|gap| gap.topic == Topic::Packages);
        let (state, basis) = match (damaged, self.without_list) {
            (true, _) => (
                DatabaseState::Damaged,
                "it could not be read in full".to_owned(),
            ),
            (false, 0) => (
                DatabaseState::Complete,
                "local database, with a file list for every package".to_owned(),
            ),
            (false, count) => (
                DatabaseState::Reduced,
                format!(
                    "{count} of {} packages have no file list",
                    out.packages.len()
                ),
            ),
        };
        out.databases.push(PackageDatabase {
            package_type: PackageType::Alpm,
            path: format!("/{LOCAL}"),
            layer,
            state,
            basis,
            packages: out.packages.len() as u64,
        });
    }

    fn package(
        &mut self,
        desc: &Found<'_>,
        entry: &Entry<'_, '_>,
        out: &mut Extraction,
    ) -> Option<Installed> {
        let at = (desc.path.as_str(), desc.layer);
        let Some(package) = described_package(desc) else {
            let detail = "it lacks a name or a version, or a line of it is too long";
            out.gap(Topic::Packages, GapKind::Corrupt, at, detail);
            return None;
        };
        let mut installed = Installed {
            package,
            claims: Vec::new(),
            list: FileList::None,
            trees: Vec::new(),
        };
        let mtree = entry.mtree.map(|file| self.mtree(file, out));
        match entry.files {
            Some(files) => self.claim(&mut installed, files, mtree.unwrap_or_default(), out),
            None => self.without_list = self.without_list.saturating_add(1),
        }
        Some(installed)
    }

    /// Decompresses and reads an `mtree`; what is wrong with it concerns digests alone.
    fn mtree(&mut self, file: &Found<'_>, out: &mut Extraction) -> Mtree {
        let at = (file.path.as_str(), file.layer);
        let limit = MAX_MTREE.min(self.mtree_bytes_left);
        let text = gunzip(&file.bytes, limit);
        self.mtree_bytes_left = self.mtree_bytes_left.saturating_sub(text.bytes.len());
        match text.end {
            End::Whole => {}
            End::Damaged => {
                let detail = "it is no whole gzip file";
                out.gap(Topic::Integrity, GapKind::Corrupt, at, detail);
            }
            End::Limit => {
                let detail = format!("only its first {limit} bytes were read");
                out.gap(Topic::Integrity, GapKind::Limit, at, &detail);
            }
        }
        let cut = text.end != End::Whole;
        let whole_lines = match text.bytes.iter().rposition(|&b| b == b'\n') {
            Some(end) if cut => text.bytes.get(..end).unwrap_or_default(),
            _ => &text.bytes,
        };
        let mtree = mtree::parse(whole_lines, MAX_CLAIMS);
        if mtree.bad_lines > 0 {
            let detail = format!("{} lines make no sense", mtree.bad_lines);
            out.gap(Topic::Integrity, GapKind::Corrupt, at, &detail);
        }
        mtree
    }

    /// Claims the paths of `files`. Half a list would accuse the files of the other half, so one
    /// that is over the limit is left out whole.
    fn claim(
        &mut self,
        installed: &mut Installed,
        files: &Found<'_>,
        mut mtree: Mtree,
        out: &mut Extraction,
    ) {
        let at = (files.path.as_str(), files.layer);
        let Some(left) = self.claims_left.checked_sub(lines(&files.bytes).count()) else {
            let detail = format!("it was not read: the lists have more than {MAX_CLAIMS} lines");
            out.gap(Topic::Packages, GapKind::Limit, at, &detail);
            return;
        };
        self.claims_left = left;
        installed.list = FileList::Full;
        let list = List::parse(&files.bytes);
        let cut_off = !files.bytes.is_empty() && !files.bytes.ends_with(b"\n");
        if list.bad_lines > 0 || cut_off {
            let detail = match cut_off {
                true => "it ends in the middle of a line".to_owned(),
                false => format!("{} lines name no packaged path", list.bad_lines),
            };
            out.gap(Topic::Ownership, GapKind::Corrupt, at, &detail);
        }
        let claims = list.paths.into_iter().map(|path| {
            let described = mtree.paths.remove(path);
            let backup = list.backup.get(&path).copied();
            let digest = described.as_ref().and_then(|described| described.digest);
            Claim {
                path: path.to_vec(),
                digest: digest.or(backup.flatten()),
                attributes: described.map(|described| Box::new(described.attributes)),
                flags: ClaimFlags {
                    configuration: backup.is_some(),
                    ..ClaimFlags::default()
                },
            }
        });
        installed.claims.extend(claims);
    }
}

/// Sections of a file: each line with the name of its section.
fn sections(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut section = b"".as_slice();
    lines(bytes).filter_map(move |line| {
        if line.is_empty() {
            return None;
        }
        let name = line.strip_prefix(b"%").and_then(|l| l.strip_suffix(b"%"));
        if let Some(name) = name.filter(|name| is_section_name(name)) {
            section = name;
            return None;
        }
        Some((section, line))
    })
}

/// Sections have names of capital letters and digits (alpm-db-desc(5)).
fn is_section_name(name: &[u8]) -> bool {
    let allowed = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    !name.is_empty() && name.iter().all(allowed)
}

/// The package of a `desc`; `None` when it lacks what every package has.
fn described_package(desc: &Found<'_>) -> Option<Package> {
    let mut values: BTreeMap<&[u8], Vec<String>> = BTreeMap::new();
    for (section, line) in sections(&desc.bytes) {
        if line.len() > MAX_LINE {
            return None;
        }
        let list = values.entry(section).or_default();
        if list.len() < MAX_VALUES {
            list.push(lossless(line));
        }
    }
    let mut all = |section: &[u8]| values.remove(section).unwrap_or_default();
    let mut one = |section: &[u8]| all(section).into_iter().next();
    let (name, version) = (one(b"NAME")?, one(b"VERSION")?);
    let (base, arch, packager) = (one(b"BASE"), one(b"ARCH"), one(b"PACKAGER"));
    let source = base.map(|base| SourcePackage {
        name: base,
        version: None,
        commit: None,
    });
    Some(Package {
        source,
        arch,
        packager,
        licenses: all(b"LICENSE"),
        provides: all(b"PROVIDES"),
        ..Package::new(
            PackageType::Alpm,
            name,
            version,
            (format!("/{LOCAL}"), desc.layer),
        )
    })
}

/// A `files` file: paths, and configuration with its MD5 where one is recorded.
#[derive(Default)]
struct List<'a> {
    paths: Vec<&'a [u8]>,
    backup: HashMap<&'a [u8], Option<RecordedDigest>>,
    bad_lines: u64,
}

impl<'a> List<'a> {
    fn parse(bytes: &'a [u8]) -> Self {
        let mut list = Self::default();
        for (section, line) in sections(bytes) {
            let taken = match section {
                b"FILES" => packaged_path(line).map(|path| list.paths.push(path)),
                b"BACKUP" => backup(line).map(|(path, md5)| {
                    list.backup.insert(path, md5);
                }),
                _ => None,
            };
            if taken.is_none() {
                list.bad_lines = list.bad_lines.saturating_add(1);
            }
        }
        list
    }
}

/// A path without the slash that marks a directory; those that climb are none.
fn packaged_path(line: &[u8]) -> Option<&[u8]> {
    let path = line.strip_suffix(b"/").unwrap_or(line);
    let climbs = path.split(|&b| b == b'/').any(|part| part == b"..");
    let sound = !path.is_empty() && path.len() <= MAX_LINE && !climbs && !path.starts_with(b"/");
    sound.then_some(path)
}

/// `path`, a tab and the MD5 of the packaged file, or `(null)` where there is none.
fn backup(line: &[u8]) -> Option<(&[u8], Option<RecordedDigest>)> {
    let tab = line.iter().rposition(|&b| b == b'\t')?;
    let (path, hex) = line.split_at_checked(tab)?;
    let bytes = data_encoding::HEXLOWER_PERMISSIVE
        .decode(hex.get(1..)?)
        .ok();
    let md5 = bytes.and_then(|bytes| bytes.try_into().ok());
    Some((packaged_path(path)?, md5.map(RecordedDigest::Md5)))
}

/// `NoExtract` of pacman.conf(5): globs of what is not unpacked, `!` takes back in.
fn read_no_extract(file: &Found<'_>, out: &mut Extraction) {
    let mut left_out = 0u64;
    for line in lines(&file.bytes) {
        let mut parts = line.splitn(2, |&b| b == b'=');
        let (key, value) = (parts.next().unwrap_or_default(), parts.next());
        let Some(value) = value.filter(|_| key.trim_ascii() == b"NoExtract") else {
            continue;
        };
        for word in value
            .split(u8::is_ascii_whitespace)
            .filter(|w| !w.is_empty())
        {
            let included = word.strip_prefix(b"!");
            let pattern = included.unwrap_or(word);
            if pattern.len() > MAX_PATTERN || out.excluded.len() >= MAX_RULES {
                left_out = left_out.saturating_add(1);
                continue;
            }
            out.excluded.push(Exclusion {
                package_type: PackageType::Alpm,
                pattern: pattern.to_vec(),
                includes: included.is_some(),
            });
        }
    }
    if left_out > 0 {
        let detail = format!("{left_out} patterns are too long or too many");
        let at = (file.path.as_str(), file.layer);
        out.gap(Topic::Integrity, GapKind::Limit, at, &detail);
    }
}
