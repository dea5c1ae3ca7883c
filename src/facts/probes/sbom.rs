//! Recognises SBOM documents by name, then by their first bytes.
//!
//! Names: SPDX 2.3 annex K (`.spdx`, `.spdx.json`), CycloneDX specification overview (`bom.json`,
//! `.cdx.json`), Syft's default (`.syft.json`). `evidence::sbom` recognises and reads them.

use super::Probed;
use crate::facts::contract::Probe;
use crate::facts::evidence::sbom::recognise;
use crate::facts::model::SbomFormat;
use crate::image::{Excerpts, FileView};
use serde::{Deserialize, Serialize};

const HEAD_BYTES: usize = 16 << 10;
const SUFFIXES: [&[u8]; 10] = [
    b".spdx",
    b".spdx.json",
    b".spdx.jsonld",
    b".cdx.json",
    b".cdx.xml",
    b".cyclonedx.json",
    b".cyclonedx.xml",
    b".syft.json",
    b".sbom",
    b".sbom.json",
];
const NAMES: [&[u8]; 4] = [b"bom.json", b"bom.xml", b"sbom.json", b"sbom.xml"];

/// What the head of an SBOM says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SbomHead {
    /// Format.
    pub format: SbomFormat,
    /// Version of the format as stated.
    pub version: Option<String>,
}

/// Looks at files named like SBOMs.
pub struct SbomProbe;

impl Probe for SbomProbe {
    fn name(&self) -> &'static str {
        "sbom"
    }

    fn wants(&self, file: &FileView<'_>) -> usize {
        let name = file.path.rsplit(|&b| b == b'/').next().unwrap_or_default();
        let named = NAMES.contains(&name) || SUFFIXES.iter().any(|suffix| name.ends_with(suffix));
        if named && file.size > 0 {
            HEAD_BYTES
        } else {
            0
        }
    }

    fn probe(&self, _file: &FileView<'_>, excerpts: &Excerpts<'_>) -> Option<Probed> {
        let found = recognise(excerpts.head());
        Some(Probed::Sbom(Box::new(SbomHead {
            format: found.format,
            version: found.version,
        })))
    }
}
