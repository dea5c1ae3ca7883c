//! Packages from apk: `installed`, one block a package.
//!
//! Format: apk-tools' installed database (apk-tools, `src/database.c`; Alpine wiki, "Apk spec"):
//! single-letter fields, `F:` a directory, `R:` a file in it, `Z:` its checksum, `Q1` in front of
//! base64 SHA-1 and `Q2` of SHA-256. A symbolic link's checksum is that of its target. `M:` and `a:`
//! are `uid:gid:mode` of the directory and the file before them, left out where they are root's and
//! 0755 or 0644. `f:` lists what went wrong: `f` files, `s` a script, `x` extended attributes; `S`
//! says that checksums are SHA-256 cut to the length of SHA-1.

use std::collections::BTreeSet;

use super::apk_protected::{PROTECTED_D, PROTECTED_SUFFIX, ProtectedPaths};
use crate::facts::contract::{
    Account, Attributes, Claim, Extraction, Extractor, FileList, Installed, MAX_CLAIMS,
    MAX_PACKAGES, RecordedDigest, Want,
};
use crate::facts::model::{
    DatabaseState, GapKind, Package, PackageDatabase, PackageType, SourcePackage, Topic,
};
use crate::facts::text::{lines, lossless};
use crate::facts::wanted::{Files, Found};

/// apk-tools 2 kept its database in `/lib`; merged-/usr systems moved it in 2025.
const DATABASES: [&str; 2] = ["lib/apk/db/installed", "usr/lib/apk/db/installed"];
/// Bytes of one packaged path, and of all of them: a directory is written once and counts for
/// every file in it.
const MAX_PATH: usize = 4_096;
const MAX_PATH_BYTES: usize = 128 << 20;
/// Names in `p:` of one package; the fullest have some hundreds.
const MAX_PROVIDES: usize = 1_000;
/// Mode of a packaged file that has no `a:` line (apk-tools, `apk_default_acl_file`). Types are not
/// recorded.
const DEFAULT_MODE: u32 = 0o644;

/// Reads apk's database.
pub struct ApkExtractor;

impl Extractor for ApkExtractor {
    fn name(&self) -> &'static str {
        "apk"
    }

    fn wants(&self) -> Vec<Want> {
        let mut wants = DATABASES.map(Want::Path).to_vec();
        wants.push(Want::In(PROTECTED_D, PROTECTED_SUFFIX));
        wants
    }

    fn claims(&self) -> bool {
        true
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        let mut protected = ProtectedPaths::read(files, &mut out);
        // With /lib linked to /usr/lib both paths are one file.
        let mut seen = BTreeSet::new();
        for path in DATABASES {
            let gaps_before = out.gaps.len();
            match files.one(path, Topic::Packages, &mut out) {
                Some(file) if seen.insert(file.real_path.clone()) => read(&file, &mut out),
                None if out.gaps.len() > gaps_before => {
                    let basis = "it is there and could not be read";
                    push_database(&mut out, path, None, DatabaseState::Damaged, (basis, 0));
                }
                _ => {}
            }
        }
        for installed in &mut out.packages {
            protected.mark(&mut installed.claims);
        }
        protected.finish(&mut out);
        out
    }
}

fn read(file: &Found<'_>, out: &mut Extraction) {
    let mut reader = Reader::default();
    let mut count = 0usize;
    for line in lines(&file.bytes).chain([&b""[..]]) {
        if !line.is_empty() {
            reader.take_line(line);
            continue;
        }
        if let Some(installed) = reader.finish(file) {
            out.packages.push(installed);
            count = count.saturating_add(1);
        }
        if count >= MAX_PACKAGES {
            break;
        }
    }
    let mut state = DatabaseState::Complete;
    let mut basis = "installed, with a file list for every package".to_owned();
    let problems = [
        (reader.bad_lines, GapKind::Corrupt, "lines are no fields"),
        (
            reader.bad_blocks,
            GapKind::Corrupt,
            "blocks lack a name or a version",
        ),
        (
            u64::from(!file.bytes.is_empty() && !file.bytes.ends_with(b"\n")),
            GapKind::Corrupt,
            "line is cut off at the end",
        ),
        (
            reader.paths_left_out,
            GapKind::Limit,
            "paths are too long or too many",
        ),
        (
            u64::from(count >= MAX_PACKAGES),
            GapKind::Limit,
            "list of packages was cut",
        ),
    ];
    for (number, kind, what) in problems.into_iter().filter(|(number, ..)| *number > 0) {
        state = DatabaseState::Damaged;
        "installed could not be read in full".clone_into(&mut basis);
        out.gap(
            Topic::Packages,
            kind,
            (&file.path, file.layer),
            &format!("{number} {what}"),
        );
    }
    if reader.unread_checksums > 0 {
        let detail = format!(
            "{} checksums are of an unknown kind",
            reader.unread_checksums
        );
        let at = (file.path.as_str(), file.layer);
        out.gap(Topic::Integrity, GapKind::Unsupported, at, &detail);
    }
    let path = file.real_path.trim_start_matches('/');
    push_database(out, path, Some(file.layer), state, (&basis, count as u64));
}

fn push_database(
    out: &mut Extraction,
    path: &str,
    layer: Option<u32>,
    state: DatabaseState,
    (basis, packages): (&str, u64),
) {
    out.databases.push(PackageDatabase {
        package_type: PackageType::Apk,
        path: format!("/{path}"),
        layer,
        state,
        basis: basis.to_owned(),
        packages,
    });
}

/// Collects the block being read.
#[derive(Default)]
struct Reader {
    name: Option<String>,
    version: Option<String>,
    arch: Option<String>,
    origin: Option<String>,
    commit: Option<String>,
    maintainer: Option<String>,
    license: Option<String>,
    provides: Vec<String>,
    broken: Option<String>,
    cut_checksums: bool,
    directory: Vec<u8>,
    claims: Vec<Claim>,
    started: bool,
    bad_lines: u64,
    bad_blocks: u64,
    unread_checksums: u64,
    path_bytes: usize,
    paths: usize,
    paths_left_out: u64,
}

impl Reader {
    fn take_line(&mut self, line: &[u8]) {
        let (Some(&field), Some(&b':'), Some(value)) = (line.first(), line.get(1), line.get(2..))
        else {
            self.bad_lines = self.bad_lines.saturating_add(1);
            return;
        };
        self.started = true;
        let text = || Some(lossless(value)).filter(|text| !text.is_empty());
        match field {
            // A second name means that two blocks have run together.
            b'P' if self.name.is_some() => self.bad_lines = self.bad_lines.saturating_add(1),
            b'P' => self.name = text(),
            b'V' => self.version = text(),
            b'A' => self.arch = text(),
            b'o' => self.origin = text(),
            b'c' => self.commit = text(),
            b'm' => self.maintainer = text(),
            b'L' => self.license = text(),
            b'p' => self.provides(value),
            b'f' => self.flags(value),
            b'F' => self.directory = value.to_vec(),
            b'a' => self.attributes(value),
            b'R' => self.file(value),
            b'Z' => self.checksum(value),
            field if field.is_ascii_alphabetic() => {}
            _ => self.bad_lines = self.bad_lines.saturating_add(1),
        }
    }

    fn file(&mut self, name: &[u8]) {
        let within = self.directory.get(..MAX_PATH.min(self.directory.len()));
        let mut path = within.unwrap_or_default().to_vec();
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        self.path_bytes = self.path_bytes.saturating_add(path.len());
        self.paths = self.paths.saturating_add(1);
        let too_many = self.path_bytes > MAX_PATH_BYTES || self.paths > MAX_CLAIMS;
        if path.len() > MAX_PATH || too_many {
            self.paths_left_out = self.paths_left_out.saturating_add(1);
        } else {
            self.claims.push(Claim {
                attributes: Some(Box::new(recorded(0, 0, DEFAULT_MODE))),
                ..Claim::new(path)
            });
        }
    }

    fn checksum(&mut self, value: &[u8]) {
        let digest = checksum(value).filter(|_| !self.cut_checksums);
        if digest.is_none() {
            self.unread_checksums = self.unread_checksums.saturating_add(1);
        }
        if let Some(claim) = self.claims.last_mut() {
            claim.digest = digest;
        }
    }

    /// `a:uid:gid:mode`, with a checksum of extended attributes after it where there are any.
    fn attributes(&mut self, value: &[u8]) {
        let Some(attributes) = attributes(value) else {
            self.bad_lines = self.bad_lines.saturating_add(1);
            return;
        };
        if let Some(claim) = self.claims.last_mut() {
            claim.attributes = Some(Box::new(attributes));
        }
    }

    fn provides(&mut self, value: &[u8]) {
        let names = value.split(|&b| b == b' ').filter(|name| !name.is_empty());
        self.provides = names.take(MAX_PROVIDES).map(lossless).collect();
    }

    fn flags(&mut self, value: &[u8]) {
        let broken: Vec<&str> = value
            .iter()
            .filter_map(|flag| match flag {
                b'f' => Some("broken files"),
                b's' => Some("broken script"),
                b'x' => Some("broken xattr"),
                _ => None,
            })
            .take(3)
            .collect();
        self.broken = (!broken.is_empty()).then(|| broken.join(", "));
        self.cut_checksums = value.contains(&b'S');
    }

    /// Ends the block; `None` when there was none or it names no package.
    fn finish(&mut self, file: &Found<'_>) -> Option<Installed> {
        let block = std::mem::replace(
            self,
            Self {
                bad_lines: self.bad_lines,
                bad_blocks: self.bad_blocks,
                unread_checksums: self.unread_checksums,
                path_bytes: self.path_bytes,
                paths: self.paths,
                paths_left_out: self.paths_left_out,
                ..Self::default()
            },
        );
        if !block.started {
            return None;
        }
        let (Some(name), Some(version)) = (block.name, block.version) else {
            self.bad_blocks = self.bad_blocks.saturating_add(1);
            return None;
        };
        let source = block.origin.map(|origin| SourcePackage {
            name: origin,
            version: None,
            commit: block.commit,
        });
        Some(Installed {
            package: Package {
                arch: block.arch,
                source,
                maintainer: block.maintainer,
                licenses: block.license.into_iter().collect(),
                provides: block.provides,
                broken_state: block.broken,
                ..Package::new(
                    PackageType::Apk,
                    name,
                    version,
                    (file.real_path.clone(), file.layer),
                )
            },
            claims: block.claims,
            list: FileList::Full,
            trees: Vec::new(),
        })
    }
}

fn checksum(value: &[u8]) -> Option<RecordedDigest> {
    let (kind, base64) = value.split_at_checked(2)?;
    let bytes = data_encoding::BASE64.decode(base64).ok()?;
    match kind {
        b"Q1" => Some(RecordedDigest::Sha1(bytes.try_into().ok()?)),
        b"Q2" => Some(RecordedDigest::Sha256(bytes.try_into().ok()?)),
        _ => None,
    }
}

fn attributes(value: &[u8]) -> Option<Attributes> {
    let text = std::str::from_utf8(value).ok()?;
    let mut parts = text.splitn(4, ':');
    let (user, group, mode) = (parts.next()?, parts.next()?, parts.next()?);
    let mode = u32::from_str_radix(mode, 8).ok()?;
    let (user, group) = (user.parse().ok()?, group.parse().ok()?);
    (mode <= 0o7777).then(|| recorded(user, group, mode))
}

fn recorded(user: u64, group: u64, mode: u32) -> Attributes {
    Attributes {
        mode: Some(mode),
        user: Some(Account::Number(user)),
        group: Some(Account::Number(group)),
        ..Attributes::default()
    }
}
