//! Recognises SBOM documents by name, then by their first bytes.
//!
//! Names: SPDX 2.3 annex K (`.spdx`, `.spdx.json`), CycloneDX specification overview (`bom.json`,
//! `.cdx.json`), Syft's default (`.syft.json`). Reading them whole is another room's work.

use super::Probed;
use crate::facts::contract::Probe;
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
        let head = excerpts.head();
        let text = String::from_utf8_lossy(head);
        Some(Probed::Sbom(Box::new(recognise(
            text.trim_start_matches('\u{feff}'),
        ))))
    }
}

fn recognise(text: &str) -> SbomHead {
    let json = text.trim_start().starts_with('{');
    let (format, version) = if json && text.contains("\"spdxVersion\"") {
        (SbomFormat::SpdxJson, json_string(text, "spdxVersion"))
    } else if json && text.contains("\"SPDXRef-DOCUMENT\"") {
        // With sorted keys the version comes after the packages.
        (SbomFormat::SpdxJson, None)
    } else if json && text.contains("spdx.org/rdf/3") {
        (SbomFormat::SpdxJsonLd, json_string(text, "specVersion"))
    } else if json && text.contains("\"CycloneDX\"") {
        (SbomFormat::CyclonedxJson, json_string(text, "specVersion"))
    } else if json && text.contains("\"artifacts\"") && text.contains("syft") {
        (SbomFormat::SyftJson, None)
    } else if let Some((_, after)) = text.split_once("http://cyclonedx.org/schema/bom/") {
        let version = after.split(['"', '\'']).next().map(str::to_owned);
        (SbomFormat::CyclonedxXml, version)
    } else if let Some((_, after)) = text.split_once("SPDXVersion:") {
        let version = after.lines().next().map(|line| line.trim().to_owned());
        (SbomFormat::SpdxTagValue, version)
    } else {
        (SbomFormat::Unrecognised, None)
    };
    SbomHead {
        format,
        version: version.map(|v| v.trim_start_matches("SPDX-").to_owned()),
    }
}

/// The string value behind the first `"key":`, read off the text: the head may be cut anywhere, so
/// it is no JSON document.
fn json_string(text: &str, key: &str) -> Option<String> {
    let (_, after) = text.split_once(&format!("\"{key}\""))?;
    let value = after.trim_start().strip_prefix(':')?.trim_start();
    let value = value.strip_prefix('"')?.split('"').next()?;
    (value.len() <= 32).then(|| value.to_owned())
}
