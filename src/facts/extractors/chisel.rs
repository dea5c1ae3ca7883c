//! Packages from chisel, which cuts Ubuntu packages into slices: `manifest.wall`.
//!
//! Format: Chisel's reference, "Chisel manifest", and its "jsonwall": zstd, one JSON object a line,
//! the first a header with the version, the schema and the number of lines, then packages, slices,
//! paths and the contents of slices. A slice is named `package_slice`.

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
const MAX_MANIFEST: usize = 128 << 20;
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
    let mut reader = Reader::default();
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
    let mut problems = Vec::new();
    match (text.end, &header) {
        (End::Damaged, _) => {
            problems.push((GapKind::Corrupt, "it is no whole zstd file".to_owned()));
        }
        (End::Limit, _) => {
            let detail = format!("only its first {MAX_MANIFEST} bytes were read");
            problems.push((GapKind::Limit, detail));
        }
        (End::Whole, Some(header))
            if understood && header.count != reader.lines.saturating_add(1) =>
        {
            let detail = format!(
                "its header counts {} lines, there are {}",
                header.count,
                reader.lines.saturating_add(1)
            );
            problems.push((GapKind::Corrupt, detail));
        }
        (End::Whole, _) => {}
    }
    match &header {
        None => problems.push((GapKind::Corrupt, "its first line is no header".to_owned())),
        Some(_) if !understood => {
            let detail = "its header names a version that is not understood".to_owned();
            problems.push((GapKind::Unsupported, detail));
        }
        Some(_) => {}
    }
    reader.finish(file, problems, out);
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

/// What the lines say; paths stay apart until all packages are known.
#[derive(Default)]
struct Reader {
    lines: u64,
    bad_lines: u64,
    left_out: u64,
    packages: BTreeMap<String, (String, String)>,
    paths: Vec<PathRecord>,
}

impl Reader {
    fn take_line(&mut self, line: &[u8]) {
        self.lines = self.lines.saturating_add(1);
        let record = Some(line).filter(|line| line.len() <= MAX_LINE);
        let record = record.and_then(|line| serde_json::from_slice(line).ok());
        let sound = match record {
            Some(Record::Package {
                name,
                version,
                arch,
            }) => {
                if self.packages.len() >= MAX_PACKAGES {
                    self.left_out = self.left_out.saturating_add(1);
                    return;
                }
                let known = self.packages.insert(name, (version, arch));
                known.is_none()
            }
            Some(Record::Path(path)) => {
                if self.paths.len() >= MAX_CLAIMS {
                    self.left_out = self.left_out.saturating_add(1);
                } else {
                    self.paths.push(path);
                }
                true
            }
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

    fn finish(
        mut self,
        file: &Found<'_>,
        mut problems: Vec<(GapKind, String)>,
        out: &mut Extraction,
    ) {
        let mut claims: BTreeMap<&str, Vec<Claim>> = BTreeMap::new();
        let mut room = MAX_CLAIMS;
        for path in &self.paths {
            // One path may be in slices of several packages.
            let owners: BTreeSet<&str> = path
                .slices
                .iter()
                .filter_map(|slice| package_of(slice))
                .collect();
            let known = owners
                .iter()
                .all(|owner| self.packages.contains_key(*owner));
            let claim = path.claim().filter(|_| known && !owners.is_empty());
            let Some(claim) = claim else {
                self.bad_lines = self.bad_lines.saturating_add(1);
                continue;
            };
            for owner in owners {
                match room.checked_sub(1) {
                    Some(left) => {
                        room = left;
                        claims.entry(owner).or_default().push(claim.clone());
                    }
                    None => self.left_out = self.left_out.saturating_add(1),
                }
            }
        }
        if self.bad_lines > 0 {
            let detail = format!("{} lines make no sense", self.bad_lines);
            problems.push((GapKind::Corrupt, detail));
        }
        if self.left_out > 0 {
            let detail = format!("{} packages or paths were left out", self.left_out);
            problems.push((GapKind::Limit, detail));
        }
        for (name, (version, arch)) in &self.packages {
            let found = (file.path.clone(), file.layer);
            out.packages.push(Installed {
                package: Package {
                    arch: Some(arch.clone()),
                    ..Package::new(PackageType::Deb, name.clone(), version.clone(), found)
                },
                claims: claims.remove(name.as_str()).unwrap_or_default(),
                list: FileList::Full,
            });
        }
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
            out.gap(Topic::Packages, kind, (&file.path, file.layer), &detail);
        }
        push_database(out, Some(file.layer), state);
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
