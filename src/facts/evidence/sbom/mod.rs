//! SBOMs of any format, read into one document.
//!
//! Every reader is tolerant: a field of another type than the format gives it costs that field and a
//! note, never the component it is of. What is not well-formed is refused as a whole.

mod cyclonedx;
mod cyclonedx_xml;
mod document;
mod draft;
pub mod elements;
mod expressions;
mod json;
mod notes;
mod recognised;
mod spdx2;
mod spdx3;
mod syft;
mod tag_value;
pub mod validity;

#[cfg(test)]
mod tests;

pub use document::{
    ComponentKind, MAX_COMPONENTS, MAX_FILES, SbomComponent, SbomDocument, SbomFile, SbomLicense,
};
pub use recognised::{Recognised, recognise};

use crate::facts::model::SbomFormat;

/// Bytes of one SBOM.
pub const MAX_SBOM_BYTES: usize = 128 << 20;

/// Why a document was not read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is none of the formats.
    #[error("it is no SBOM of a known format")]
    Unrecognised,
    /// It is larger than is read.
    #[error("it is longer than {MAX_SBOM_BYTES} bytes")]
    TooLarge,
    /// It is no UTF-8 text.
    #[error("it is not UTF-8")]
    Encoding,
    /// It breaks the rules of JSON, XML or tag-value, or of what is accepted of them.
    #[error("{0}")]
    Malformed(String),
}

/// Reads an SBOM of any of the formats.
///
/// # Errors
///
/// When it is none, is too large, is no UTF-8, or is not well-formed.
pub fn read(bytes: &[u8]) -> Result<SbomDocument, Refused> {
    if bytes.len() > MAX_SBOM_BYTES {
        return Err(Refused::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Refused::Encoding)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let recognised = recognise(bytes);
    match recognised.format {
        SbomFormat::SpdxJson => spdx2::read(text),
        SbomFormat::SpdxTagValue => tag_value::read(text),
        SbomFormat::SpdxJsonLd => spdx3::read(text, recognised),
        SbomFormat::CyclonedxJson => cyclonedx::read(text),
        SbomFormat::CyclonedxXml => cyclonedx_xml::read(text),
        SbomFormat::SyftJson => syft::read(text),
        SbomFormat::Unrecognised => Err(Refused::Unrecognised),
    }
}
