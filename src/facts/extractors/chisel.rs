//! Packages from chisel, which cuts Ubuntu packages into slices: `manifest.wall`.
//!
//! Format: Chisel's reference, "Chisel manifest", and its "jsonwall": zstd, one JSON object a line,
//! the first a header with the version, the schema and the number of lines, then packages, slices,
//! paths and the contents of slices. A slice is named `package_slice`.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::facts::compressed::{End, unzstd};
use crate::facts::contract::{
    Attributes, Claim, Extraction, Extractor, FileList, Installed, MAX_CLAIMS, MAX_PACKAGES,
    RecordedDigest, Want,
};
use crate::facts::model::{DatabaseState, GapKind, Package, PackageDatabase, PackageType, Topic};
use crate::facts::text::lines;
use crate::facts::wanted::{Files, Found};

/// Where the slice `base-files_chisel` of all of Ubuntu's releases puts it.
const MANIFEST: &str = "var/lib/chisel/manifest.wall";
/// Decompressed bytes; a manifest of ten thousand paths has four megabytes.
const MAX_MANIFEST: usize = 64 << 20;
/// Longest line: a path, its digests and some hundreds of slices.
const MAX_LINE: usize = 64 << 10;
/// Major versions of jsonwall and of the manifest's schema that are understood.
const VERSION: &str = "1.";

/// Reads chisel's manifest.
pub struct ChiselExtractor;

impl Extractor for ChiselExtractor {
    fn name(&self) -> &'static str {
        "chisel"
    }

    fn wants(&self) -> Vec<Want> {
        vec![Want::Path(MANIFEST)]
    }

    fn claims(&self) -> bool {
        true
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        match files.one(MANIFEST, Topic::Packages, &mut out) {
            Some(file) => read(&file, &mut out),
            None if !out.gaps.is_empty() => {
                let basis = "the manifest is there and could not be read";
                push_database(&mut out, None, (DatabaseState::Damaged, basis));
            }
            None => {}
        }
        out
    }
}

/// First line.
#[derive(Deserialize)]
struct Header<'a> {
    jsonwall: &'a str,
    schema: Option<&'a str>,
    count: u64,
}

/// Any other line; what another kind of line has besides is passed over.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Record {
    Package {
        name: String,
        version: String,
        arch: String,
    },
    Path(PathRecord),
    Slice {
        name: String,
    },
    Content {
        slice: String,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
struct PathRecord {
    path: String,
    mode: String,
    slices: Vec<String>,
    sha256: Option<String>,
    final_sha256: Option<String>,
    size: Option<u64>,
    link: Option<String>,
}

fn read(file: &Found<'_>, out: &mut Extraction) {
    let text = unzstd(&file.bytes, MAX_MANIFEST);
    let mut reader = Reader::new(file);
    let mut all = lines(&text.bytes).filter(|line| !line.is_empty());
    let header: Option<Header<'_>> = all
        .next()
        .filter(|line| line.len() <= MAX_LINE)
        .and_then(|line| serde_json::from_slice(line).ok());
    let understood = header.as_ref().is_some_and(|header| {
        let schema = header.schema.unwrap_or_default();
        header.jsonwall.starts_with(VERSION) && schema.starts_with(VERSION)
    });
    if understood {
        all.for_each(|line| reader.take_line(line));
    }
    let problems = problems(text.end, header.as_ref(), understood, reader.lines);
    reader.finish(problems, out);
}

/// What is wrong with a manifest, apart from single lines.
type Problems = Vec<(GapKind, String)>;

fn problems(end: End, header: Option<&Header<'_>>, understood: bool, lines: u64) -> Problems {
    let mut problems = Vec::new();
    match end {
        End::Damaged => problems.push((GapKind::Corrupt, "it is no whole zstd file".to_owned())),
        End::Limit => {
            let detail = format!("only its first {MAX_MANIFEST} bytes were read");
            problems.push((GapKind::Limit, detail));
        }
        End::Whole => {}
    }
    // The header counts itself.
    let lines = lines.saturating_add(1);
    match header {
        None => problems.push((GapKind::Corrupt, "its first line is no header".to_owned())),
        Some(_) if !understood => {
            let detail = "its header names a version that is not understood".to_owned();
            problems.push((GapKind::Unsupported, detail));
        }
        Some(header) if header.count != lines && end == End::Whole => {
            let detail = format!(
                "its header counts {} lines, there are {lines}",
                header.count
            );
            problems.push((GapKind::Corrupt, detail));
        }
        Some(_) => {}
    }
    problems
}

fn push_database(out: &mut Extraction, layer: Option<u32>, (state, basis): (DatabaseState, &str)) {
    out.databases.push(PackageDatabase {
        package_type: PackageType::Deb,
        path: format!("/{MANIFEST}"),
        layer,
        state,
        basis: basis.to_owned(),
        packages: out.packages.len() as u64,
    });
}

/// What the lines say. They are sorted, so that packages come before paths.
struct Reader<'a> {
    file: &'a Found<'a>,
    lines: u64,
    bad_lines: u64,
    left_out: u64,
    packages: BTreeMap<String, Installed>,
    claims_left: usize,
}

impl<'a> Reader<'a> {
    fn new(file: &'a Found<'a>) -> Self {
        Self {
            file,
            lines: 0,
            bad_lines: 0,
            left_out: 0,
            packages: BTreeMap::new(),
            claims_left: MAX_CLAIMS,
        }
    }

    fn take_line(&mut self, line: &[u8]) {
        self.lines = self.lines.saturating_add(1);
        let record = Some(line).filter(|line| line.len() <= MAX_LINE);
        let record = record.and_then(|line| serde_json::from_slice(line).ok());
        let sound = match record {
            Some(Record::Package {
                name,
                version,
                arch,
            }) => self.package(name, version, arch),
            Some(Record::Path(path)) => self.path(&path).is_some(),
            // Slices are known by the paths they put in place.
            Some(Record::Slice { name: slice } | Record::Content { slice }) => {
                package_of(&slice).is_some()
            }
            Some(Record::Unknown) => true,
            None => false,
        };
        if !sound {
            self.bad_lines = self.bad_lines.saturating_add(1);
        }
    }

    /// False for a package that is there already.
    fn package(&mut self, name: String, version: String, arch: String) -> bool {
        if self.packages.len() >= MAX_PACKAGES {
            self.left_out = self.left_out.saturating_add(1);
            return true;
        }
        let found = (self.file.path.clone(), self.file.layer);
        let installed = Installed {
            package: Package {
                arch: Some(arch),
                ..Package::new(PackageType::Deb, name.clone(), version, found)
            },
            claims: Vec::new(),
            list: FileList::Full,
        };
        match self.packages.entry(name) {
            Entry::Vacant(place) => {
                place.insert(installed);
                true
            }
            Entry::Occupied(_) => false,
        }
    }

    /// Claims a path for the packages of all slices it is in; `None` when it makes no sense.
    fn path(&mut self, path: &PathRecord) -> Option<()> {
        let slices = path.slices.iter();
        let owners: Option<BTreeSet<&str>> = slices.map(|slice| package_of(slice)).collect();
        let owners = owners.filter(|owners| !owners.is_empty())?;
        let known = owners
            .iter()
            .all(|owner| self.packages.contains_key(*owner));
        let claim = path.claim().filter(|_| known)?;
        for owner in owners {
            let Some(left) = self.claims_left.checked_sub(1) else {
                self.left_out = self.left_out.saturating_add(1);
                continue;
            };
            self.claims_left = left;
            self.packages.get_mut(owner)?.claims.push(claim.clone());
        }
        Some(())
    }

    fn finish(self, mut problems: Problems, out: &mut Extraction) {
        if self.bad_lines > 0 {
            let detail = format!("{} lines make no sense", self.bad_lines);
            problems.push((GapKind::Corrupt, detail));
        }
        if self.left_out > 0 {
            let detail = format!("{} packages or paths were left out", self.left_out);
            problems.push((GapKind::Limit, detail));
        }
        out.packages.extend(self.packages.into_values());
        let state = match problems.is_empty() {
            true => (
                DatabaseState::Reduced,
                "a manifest of slices, which dpkg does not read",
            ),
            false => (
                DatabaseState::Damaged,
                "the manifest could not be read in full",
            ),
        };
        for (kind, detail) in problems {
            out.gap(
                Topic::Packages,
                kind,
                (&self.file.path, self.file.layer),
                &detail,
            );
        }
        push_database(out, Some(self.file.layer), state);
    }
}

/// The package of a slice: `libc6` of `libc6_libs`. Package names have no underscore (Debian
/// policy, 5.6.1), and neither have slices'.
fn package_of(slice: &str) -> Option<&str> {
    let (package, name) = slice.split_once('_')?;
    (!package.is_empty() && !name.is_empty()).then_some(package)
}

impl PathRecord {
    /// What is recorded; `None` when a part of it makes no sense.
    fn claim(&self) -> Option<Claim> {
        let path = self.path.strip_prefix('/')?;
        let directory = path.strip_suffix('/');
        let path = directory.unwrap_or(path);
        let climbs = path.split('/').any(|part| part == "..");
        let mode = u32::from_str_radix(&self.mode, 8).ok();
        let mode = mode.filter(|mode| *mode <= 0o7777 && !climbs && !path.is_empty())?;
        let kind = match (&self.link, directory) {
            (Some(_), _) => 0o120_000,
            (None, Some(_)) => 0o040_000,
            (None, None) => 0o100_000,
        };
        // What a slice's script changed has its new digest in `final_sha256`.
        let recorded = self.final_sha256.as_ref().or(self.sha256.as_ref());
        let digest = match recorded {
            Some(hex) => Some(sha256(hex)?),
            None => None,
        };
        Some(Claim {
            digest,
            attributes: Some(Box::new(Attributes {
                mode: Some(mode | kind),
                size: self.size,
                user: None,
                group: None,
                link_target: self.link.as_ref().map(|link| link.clone().into_bytes()),
            })),
            ..Claim::new(path.as_bytes().to_vec())
        })
    }
}

fn sha256(hex: &str) -> Option<RecordedDigest> {
    let bytes = data_encoding::HEXLOWER_PERMISSIVE
        .decode(hex.as_bytes())
        .ok()?;
    Some(RecordedDigest::Sha256(bytes.try_into().ok()?))
}
