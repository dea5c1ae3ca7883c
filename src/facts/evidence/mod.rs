//! Evidence: SBOMs, statements and signatures, found, read, checked and compared with the image.
//!
//! | part | its one job |
//! |---|---|
//! | `document` | one SBOM, read and described |
//! | `given` | files the user gave |
//! | `gather` | what is attached to the image or was given, each piece read by what it is |
//! | `sbom` | SBOMs of every format into one document; whether they keep to it |
//! | `statement` | in-toto statements and their predicates |
//! | `signature` | whether signatures hold, and whose they are |
//! | `subject` | what a bare SBOM says it is about |
//! | `accuracy` | an SBOM against the packages and files of the image |

pub(super) mod accuracy;
mod document;
mod gather;
mod given;
pub mod sbom;
mod signature;
mod statement;
mod subject;

use std::fmt;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

pub(super) use document::{ReadSbom, read_sbom};
pub(super) use gather::{Gathered, gather};
pub use given::{Given, GivenKind, GivenRefused, check_given};
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

/// SHA-256 of a piece of evidence, as facts print it.
fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(bytes)))
}
