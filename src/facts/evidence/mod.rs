//! Evidence: SBOMs, statements and signatures, read, checked and compared with the image.

mod sbom;

/// Evidence from beside the image, and who is trusted to sign.
#[derive(Debug, Clone, Default)]
pub struct EvidenceOptions {
    /// Evidence the user gave.
    pub given: Vec<Given>,
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
