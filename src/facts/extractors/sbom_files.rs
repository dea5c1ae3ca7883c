//! SBOM files inside the image.
//!
//! Names: SPDX 2.3 annex K (`.spdx`, `.spdx.json`), CycloneDX specification overview (`bom.json`,
//! `.cdx.json`), Syft's default (`.syft.json`). Bitnami, melange, Docker and ActiveState call theirs
//! by these endings too.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::facts::contract::{Extraction, Extractor, Want};
use crate::facts::evidence::read_sbom;
use crate::facts::model::{EvidenceOrigin, GapKind, OriginKind, Side, Topic};
use crate::facts::wanted::{Files, Found};

const PATTERNS: [&str; 14] = [
    "*.spdx",
    "*.spdx.json",
    "*.spdx.jsonld",
    "*.cdx.json",
    "*.cdx.xml",
    "*.cyclonedx.json",
    "*.cyclonedx.xml",
    "*.syft.json",
    "*.sbom",
    "*.sbom.json",
    "bom.json",
    "bom.xml",
    "sbom.json",
    "sbom.xml",
];

/// Bytes of all of them together: what they list is held until the packages of the image are known.
/// Images whose every component has one hold a few megabytes.
const MAX_BYTES: usize = 64 << 20;

/// Reads them.
pub struct SbomFilesExtractor;

impl Extractor for SbomFilesExtractor {
    fn name(&self) -> &'static str {
        "sbom-files"
    }

    fn wants(&self) -> Vec<Want> {
        PATTERNS.into_iter().map(Want::Anywhere).collect()
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        let mut found: Vec<Found<'_>> = Vec::new();
        for pattern in PATTERNS {
            found.extend(files.anywhere(pattern, Topic::Sboms, &mut out));
        }
        found.retain(|file| !file.bytes.is_empty());
        found.sort_by(|left, right| left.path.cmp(&right.path));
        within_limit(&mut found, &mut out);
        out.sboms = found
            .par_iter()
            .map(|file| read_sbom(&file.bytes, origin(file)))
            .collect();
        out
    }
}

/// Leaves those beyond the limit out, and says so.
fn within_limit(found: &mut Vec<Found<'_>>, out: &mut Extraction) {
    let mut left = MAX_BYTES;
    found.retain(|file| match left.checked_sub(file.bytes.len()) {
        Some(less) => {
            left = less;
            true
        }
        None => {
            let why = "the SBOMs before it are as much as is read";
            let at = (file.path.as_str(), file.layer);
            out.gap(Topic::Sboms, GapKind::Limit, at, why);
            false
        }
    });
}

/// Side and owner are filled in when they are known.
fn origin(file: &Found<'_>) -> EvidenceOrigin {
    EvidenceOrigin {
        kind: OriginKind::Image,
        path: Some(file.path.clone()),
        layer: Some(file.layer),
        side: Side::Unknown,
        owner: None,
        artifact: None,
        attached_to: None,
        digest: None,
        size: file.bytes.len() as u64,
    }
}
