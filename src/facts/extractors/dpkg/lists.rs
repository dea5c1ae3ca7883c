//! dpkg's file lists and digests: `info/*.list` and `md5sums`.

use std::collections::BTreeMap;

use super::{INFO, LIST, MD5SUMS};
use crate::facts::contract::{Claim, Extraction, FileList, Installed, MAX_CLAIMS, RecordedDigest};
use crate::facts::model::{GapKind, Topic};
use crate::facts::text::lines;
use crate::facts::wanted::{Files, Found};

/// The file lists and digests in `info/`, by the name dpkg gives them: `package` or
/// `package:architecture` (for `Multi-Arch: same`).
pub(super) struct FileLists<'a> {
    lists: BTreeMap<String, Found<'a>>,
    sums: BTreeMap<String, Found<'a>>,
    /// Lines that may still be read.
    room: usize,
}

impl<'a> FileLists<'a> {
    /// Finds the files in `info/`.
    pub(super) fn read(files: &Files<'a>, out: &mut Extraction) -> Self {
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

    /// Claims what a package's list names, with the digests there are.
    pub(super) fn claim_files(&mut self, installed: &mut Installed, out: &mut Extraction) {
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

    /// Claims what a `md5sums` file names.
    pub(super) fn claim_md5sums(
        &mut self,
        installed: &mut Installed,
        sums: &Found<'_>,
        out: &mut Extraction,
    ) {
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
    let path = path.trim_ascii_start();
    let path = path.strip_prefix(b"./").unwrap_or(path);
    Some((claim_path(path)?, md5(hex)?))
}

/// 32 hex digits.
pub(super) fn md5(hex: &[u8]) -> Option<RecordedDigest> {
    let mut md5 = [0u8; 16];
    let exact = hex.len() == 32;
    let decoded = exact.then(|| data_encoding::HEXLOWER_PERMISSIVE.decode_mut(hex, &mut md5));
    decoded?.ok()?;
    Some(RecordedDigest::Md5(md5))
}

fn note_bad_lines(file: &Found<'_>, topic: Topic, bad_lines: u64, out: &mut Extraction) {
    if bad_lines > 0 {
        let detail = format!("{bad_lines} lines name no packaged path");
        out.gap(topic, GapKind::Corrupt, (&file.path, file.layer), &detail);
    }
}

/// A recorded path; the root itself (`/.`) and paths that climb are none.
pub(super) fn claim_path(path: &[u8]) -> Option<Vec<u8>> {
    let climbs = path.split(|&b| b == b'/').any(|part| part == b"..");
    (!path.is_empty() && path != b"." && !climbs).then(|| path.to_vec())
}
