//! Evidence: SBOMs, statements and signatures, found, read, checked and compared with the image.
//!
//! | part | its one job |
//! |---|---|
//! | `gather` | what is attached to the image or was given, each piece read by what it is |
//! | `sbom` | SBOMs of every format into one document; whether they keep to it |
//! | `statement` | in-toto statements and their predicates |
//! | `signature` | whether signatures hold, and whose they are |
//! | `accuracy` | an SBOM against the packages and files of the image |

mod accuracy;
mod gather;
mod sbom;
mod signature;
mod statement;

use std::sync::Arc;

pub(super) use gather::{Gathered, gather};
pub(super) use sbom::{ReadSbom, read_sbom};
pub use signature::{Matcher, Trust, TrustError, TrustRoot, TrustedIdentity, TrustedKey};

/// Evidence from beside the image, and who is trusted to sign.
#[derive(Debug, Clone, Default)]
pub struct EvidenceOptions {
    /// Evidence the user gave.
    pub given: Vec<Given>,
    /// Who is trusted to sign.
    pub trust: Arc<Trust>,
}

/// A file with evidence that the user gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// What the user says it is.
    pub kind: GivenKind,
    /// Name of the file, as it was typed.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a file that the user gave is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenKind {
    /// An SBOM.
    Sbom,
    /// A statement, bare or in a DSSE envelope.
    Attestation,
    /// A Sigstore bundle.
    Bundle,
}
