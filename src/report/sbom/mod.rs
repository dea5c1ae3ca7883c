//! An SBOM of an image: the packages of the facts document, in CycloneDX 1.5 or SPDX 2.3 JSON.
//!
//! Both formats say the same, under the same identifiers. What is not known stays unsaid, and what
//! was not read is said: an incomplete list must not look complete.

mod completeness;
mod cyclonedx;
mod inventory;
mod licenses;
mod spdx;

use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::text::escape_json;
use crate::facts::model::Facts;

/// What an SBOM is made of.
#[derive(Debug, Clone)]
pub struct Described<'a> {
    /// What was read.
    pub facts: &'a Facts,
    /// The name of the image, where it is in a registry.
    pub registry: Option<RegistryName>,
    /// The time the document bears, RFC 3339, in UTC, to the second; `None` where none is known.
    pub created: Option<String>,
}

/// Where in a registry an image is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryName {
    /// Host, with its port, and repository: `registry.example/team/app`.
    pub repository: String,
    /// Tag, where the reference has one.
    pub tag: Option<String>,
}

/// An SBOM cannot be written.
#[derive(Debug, Error)]
pub enum SbomError {
    /// The CycloneDX document.
    #[error("the CycloneDX document: {0}")]
    CycloneDx(#[from] cyclonedx_bom::errors::JsonWriteError),
    /// The SPDX document.
    #[error("the SPDX document: {0}")]
    Json(#[from] serde_json::Error),
}

/// The SBOM in CycloneDX 1.5 JSON (ECMA-424 has the later versions).
///
/// # Errors
/// [`SbomError`], when it cannot be put into JSON.
pub fn cyclonedx(described: &Described<'_>) -> Result<String, SbomError> {
    cyclonedx::document(described).map(|text| printed(&text))
}

/// The SBOM in SPDX 2.3 JSON.
///
/// # Errors
/// [`SbomError`], when it cannot be put into JSON.
pub fn spdx(described: &Described<'_>) -> Result<String, SbomError> {
    spdx::document(described).map(|text| printed(&text))
}

fn printed(document: &str) -> String {
    let mut text = escape_json(document);
    text.push('\n');
    text
}

/// A UUID of what a document says: the same content has the same one, on any day and machine
/// (version 8, RFC 9562, section 5.8: the first 128 bits of the SHA-256, version and variant set).
fn uuid(content: &[u8]) -> String {
    const VERSION: u128 = 0xf000 << 64;
    const VERSION_8: u128 = 0x8000 << 64;
    const VARIANT: u128 = 0b11 << 62;
    const VARIANT_RFC: u128 = 0b10 << 62;
    let digest = Sha256::digest(content);
    let bytes = digest.iter().take(16);
    let number = bytes.fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    let number = (number & !VERSION & !VARIANT) | VERSION_8 | VARIANT_RFC;
    let hex = format!("{number:032x}");
    [0..8, 8..12, 12..16, 16..20, 20..32]
        .into_iter()
        .filter_map(|range| hex.get(range))
        .collect::<Vec<_>>()
        .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_version_8_and_the_variant_of_the_rfc() {
        // The SHA-256 of nothing (FIPS 180-4) begins e3b0c44298fc1c149afbf4c8996fb924.
        assert_eq!(uuid(b""), "e3b0c442-98fc-8c14-9afb-f4c8996fb924");
        assert_ne!(uuid(b"a"), uuid(b"b"));
    }
}
