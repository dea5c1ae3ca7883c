//! Stanzas of dpkg's `status` and of control files.
//!
//! Formats: deb-control(5); dpkg(1), "Package states"; `Conffiles` as dpkg writes it (dpkg,
//! `lib/dpkg/dump.c`): ` /path md5`, then `obsolete` or `remove-on-upgrade`.

use std::collections::{BTreeMap, HashMap};

use super::lists::{claim_path, md5};
use crate::facts::contract::{
    Claim, ClaimFlags, Extraction, FileList, Installed, MAX_PACKAGES, RecordedDigest,
};
use crate::facts::model::{GapKind, Package, PackageType, SourcePackage, Topic};
use crate::facts::text::{lines, lossless};
use crate::facts::wanted::Found;

/// Longest value of a field that is one line.
const MAX_LINE: usize = 64 << 10;
/// Configuration files of one package; the fullest have some hundreds.
const MAX_CONFFILES: usize = 10_000;
/// Names in `Provides`.
const MAX_PROVIDES: usize = 1_000;

/// The stanzas of one file, and whether some of it made no sense.
pub(super) struct Stanzas {
    /// In the order of the file.
    pub(super) list: Vec<Stanza>,
    /// Whether packages may be missing from it.
    pub(super) damaged: bool,
}

/// One stanza: the fields we read, first values only.
#[derive(Default)]
pub(super) struct Stanza {
    fields: BTreeMap<&'static str, String>,
    conffiles: Vec<Conffile>,
    /// The field that lines with a space in front go on.
    in_conffiles: bool,
}

/// A configuration file of a package.
struct Conffile {
    path: Vec<u8>,
    /// MD5 of the file as packaged; none as long as it is `newconffile`.
    md5: Option<RecordedDigest>,
    /// Whether the package no longer ships it.
    obsolete: bool,
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

const FIELDS: [&str; 9] = [
    "Package",
    "Status",
    "Version",
    "Architecture",
    "Source",
    "Maintainer",
    "Origin",
    "License",
    "Provides",
];
/// The field whose value is in the lines below it.
const CONFFILES: &[u8] = b"Conffiles";

/// `needs_status` is set for the status file, whose every stanza has a state.
pub(super) fn parse_stanzas(file: &Found<'_>, needs_status: bool, out: &mut Extraction) -> Stanzas {
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
            return !self.in_conffiles || self.take_conffile(line.trim_ascii());
        }
        let Some(colon) = line.iter().position(|&b| b == b':') else {
            return false;
        };
        let (name, value) = line.split_at_checked(colon).unwrap_or_default();
        let printable = name.iter().all(|b| b.is_ascii_graphic());
        if name.is_empty() || !printable {
            return false;
        }
        self.in_conffiles = CONFFILES.eq_ignore_ascii_case(name);
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
    pub(super) fn is_unpacked(&self) -> bool {
        self.state().is_some_and(|state| UNPACKED.contains(&state))
    }

    /// Where it was not installed in full: its state, and dpkg's flag that it must be installed
    /// again.
    fn broken_state(&self) -> Option<String> {
        let flag = self.get("Status")?.split(' ').nth(1);
        let state = self.state()?;
        match (state, flag) {
            ("installed", Some("reinstreq")) => Some("reinstreq".to_owned()),
            ("installed", _) => None,
            (state, Some("reinstreq")) => Some(format!("reinstreq {state}")),
            (state, _) => Some(state.to_owned()),
        }
    }

    /// Virtual packages, with versions as written: `a, b (= 1)`.
    fn provides(&self) -> Vec<String> {
        let names = self.get("Provides").unwrap_or_default().split(',');
        names
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .take(MAX_PROVIDES)
            .map(str::to_owned)
            .collect()
    }

    /// Takes a line of `Conffiles` in; false when it makes no sense. Paths may hold spaces, so the
    /// digest is looked for from the end.
    fn take_conffile(&mut self, line: &[u8]) -> bool {
        let (line, obsolete) = match line.strip_suffix(b" obsolete") {
            Some(rest) => (rest, true),
            None => (line, false),
        };
        // It must not be there, and is claimed by nobody (deb-conffiles(5)).
        if line.ends_with(b" remove-on-upgrade") {
            return true;
        }
        let Some(space) = line.iter().rposition(|&b| b == b' ') else {
            return false;
        };
        let (path, digest) = line.split_at_checked(space).unwrap_or_default();
        let digest = digest.trim_ascii();
        let md5 = md5(digest);
        let path = path.strip_prefix(b"/").and_then(claim_path);
        let (Some(path), true) = (path, md5.is_some() || digest == b"newconffile") else {
            return false;
        };
        let room = self.conffiles.len() < MAX_CONFFILES;
        if room {
            self.conffiles.push(Conffile {
                path,
                md5,
                obsolete,
            });
        }
        room
    }

    /// Marks the configuration among a package's claims, with its digests. A full list has the last
    /// word on what is claimed at all.
    pub(super) fn claim_conffiles(&self, installed: &mut Installed) {
        let mut conffiles: HashMap<&[u8], &Conffile> = self
            .conffiles
            .iter()
            .map(|conffile| (conffile.path.as_slice(), conffile))
            .collect();
        for claim in &mut installed.claims {
            if let Some(conffile) = conffiles.remove(claim.path.as_slice()) {
                conffile.describe(claim);
            }
        }
        if installed.list != FileList::Content {
            return;
        }
        for conffile in &self.conffiles {
            if conffiles.contains_key(conffile.path.as_slice()) {
                let mut claim = Claim::new(conffile.path.clone());
                conffile.describe(&mut claim);
                installed.claims.push(claim);
            }
        }
    }

    /// The package it describes; `None` without a name or a version.
    pub(super) fn package(&self, file: &Found<'_>) -> Option<Installed> {
        let name = self.get("Package")?.to_owned();
        let version = self.get("Version")?.to_owned();
        let package = Package {
            source: Some(self.source(&name)),
            arch: self.get("Architecture").map(str::to_owned),
            maintainer: self.get("Maintainer").map(str::to_owned),
            provides: self.provides(),
            broken_state: self.broken_state(),
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

impl Conffile {
    fn describe(&self, claim: &mut Claim) {
        claim.digest = claim.digest.or(self.md5);
        claim.flags = ClaimFlags {
            configuration: true,
            may_be_missing: self.obsolete,
            ..claim.flags
        };
    }
}
