//! Evidence: SBOMs, statements and signatures, found, read, checked and compared with the image.
//!
//! | part | its one job |
//! |---|---|
//! | `document` | one SBOM, read and described |
//! | `gather` | what is attached to the image or was given, each piece read by what it is |
//! | `sbom` | SBOMs of every format into one document; whether they keep to it |
//! | `statement` | in-toto statements and their predicates |
//! | `signature` | whether signatures hold, and whose they are |
//! | `accuracy` | an SBOM against the packages and files of the image |

pub(super) mod accuracy;
mod document;
mod gather;
pub mod sbom;
mod signature;
mod statement;
mod subject;

use std::fmt;
use std::sync::Arc;

pub(super) use document::{ReadSbom, read_sbom};
pub(super) use gather::{Gathered, gather};
pub use signature::{Leniency, Matcher, Trust, TrustError, TrustRoot, TrustedIdentity, TrustedKey};
pub(super) use subject::stated as stated_subject;

/// Evidence from beside the image, and who is trusted to sign.
#[derive(Clone, Default)]
pub struct EvidenceOptions {
    /// Evidence the user gave.
    pub given: Vec<Given>,
    /// Who is trusted to sign.
    pub trust: Arc<Trust>,
}

impl fmt::Debug for EvidenceOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given: Vec<&str> = self.given.iter().map(|given| given.name.as_str()).collect();
        f.debug_struct("EvidenceOptions")
            .field("given", &given)
            .finish_non_exhaustive()
    }
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
