//! Signatures: whose they are, and whether they hold.
//!
//! Sigstore bundles, cosign's older signatures and attestations beside an image (SIGNATURE_SPEC.md),
//! and envelopes (DSSE) are checked by keys and identities that were named beforehand. Signatures of
//! the Notary Project are recognised. Nothing is fetched.

mod bundle;
mod cosign;
mod engine;
mod notation;
mod statement;
mod trust;

#[cfg(test)]
mod tests;

pub use bundle::verify_bundle;
pub use cosign::{verify_dsse, verify_simple_signing};
pub use engine::Leniency;
pub use notation::read_notation;
pub use trust::{Matcher, Trust, TrustError, TrustRoot, TrustedIdentity, TrustedKey};

use engine::{Proof, Refusal};

use crate::facts::model::{EvidenceSubject, Signer, SubjectIs, Verdict, Verification};

/// Bytes of a bundle, an envelope or a payload that are read: four times the largest SBOM that
/// registries take as one attestation.
pub const MAX_SIGNED_BYTES: usize = 16 << 20;

/// Digests of a subject that are kept.
const MAX_DIGESTS: usize = 16;

/// Characters of a text from outside that a reason shows.
const MAX_SHOWN: usize = 200;

/// The digests of the image that is read, as `algorithm:hex`; one that is not known is left out.
/// Without any, no subject is compared.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Of the manifest.
    pub platform: Option<&'a str>,
    /// Of the index it was chosen from.
    pub index: Option<&'a str>,
    /// The manifest itself, for a signature that is over its bytes (Ed25519 cannot be checked by a
    /// digest).
    pub manifest: Option<&'a [u8]>,
}

impl Wanted<'_> {
    fn is_empty(&self) -> bool {
        self.platform.is_none() && self.index.is_none()
    }

    /// What a digest is to the image.
    fn place(&self, digest: &str) -> SubjectIs {
        if self.platform == Some(digest) {
            SubjectIs::Platform
        } else if self.index == Some(digest) {
            SubjectIs::Index
        } else {
            SubjectIs::AnotherImage
        }
    }

    /// The subject that some digests are: the best of them counts.
    fn subject(&self, mut digests: Vec<String>, name: Option<String>) -> EvidenceSubject {
        let is = match self.is_empty() {
            true => SubjectIs::Unstated,
            false => digests
                .iter()
                .map(|digest| self.place(digest))
                .min()
                .unwrap_or(SubjectIs::Unstated),
        };
        digests.truncate(MAX_DIGESTS);
        EvidenceSubject { is, digests, name }
    }
}

/// What a signature signs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Content {
    /// An envelope's payload and its type.
    Payload {
        /// Media type of the payload.
        payload_type: String,
        /// The payload.
        payload: Vec<u8>,
    },
    /// A message that is elsewhere; its digest is the subject's.
    Message,
    /// It could not be read.
    #[default]
    Unread,
}

/// A signature, checked, and what it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Whether it holds.
    pub verification: Verification,
    /// What it speaks of.
    pub subject: EvidenceSubject,
    /// What it signs.
    pub content: Content,
    /// The `type` that a payload of simple signing states.
    pub payload_kind: Option<String>,
}

impl Checked {
    /// A signature that cannot be looked at further.
    fn refused(refusal: Refusal, signer: Option<Signer>) -> Self {
        Self {
            verification: refused(refusal, signer),
            ..Self::default()
        }
    }

    /// The same, when its subject is this image or none was asked for; else invalid, for a good
    /// signature of another image says nothing of this one.
    fn about(mut self, subject: EvidenceSubject, wanted: &Wanted<'_>) -> Self {
        let fits =
            wanted.is_empty() || matches!(subject.is, SubjectIs::Platform | SubjectIs::Index);
        let holds = matches!(
            self.verification.verdict,
            Verdict::Verified | Verdict::Authentic
        );
        if holds && !fits {
            let other = match subject.digests.first() {
                Some(digest) => format!("it is about another image: {}", printable(digest)),
                None => "it names no digest of an image".to_owned(),
            };
            self.verification.verdict = Verdict::Invalid;
            self.verification.reason = Some(other);
            self.verification.trusted_as = None;
        }
        self.subject = subject;
        self
    }
}

fn refused(refusal: Refusal, signer: Option<Signer>) -> Verification {
    Verification {
        verdict: refusal.verdict,
        reason: Some(printable(&refusal.reason)),
        signer: signer.map(printable_signer),
        ..Verification::default()
    }
}

fn held(proof: Proof, signer: Signer, trusted_as: Option<&str>) -> Verification {
    let nobody = "the signer is none of those who are trusted here";
    Verification {
        verdict: match trusted_as {
            Some(_) => Verdict::Verified,
            None => Verdict::Authentic,
        },
        reason: trusted_as.is_none().then(|| nobody.to_owned()),
        signer: Some(printable_signer(signer)),
        trusted_as: trusted_as.map(str::to_owned),
        signed_at: proof.signed_at,
        logged: proof.logged,
    }
}

/// Names of a certificate are what its maker wrote.
fn printable_signer(signer: Signer) -> Signer {
    Signer {
        key: signer.key,
        identity: signer.identity.as_deref().map(printable),
        issuer: signer.issuer.as_deref().map(printable),
        certificate: signer.certificate.as_deref().map(printable),
    }
}

/// Text from outside as it may be shown: control characters escaped, cut after 200 characters.
fn printable(text: &str) -> String {
    let shown = |c: char| match c {
        '"' | '\'' | '\\' => c.to_string(),
        _ => c.escape_debug().to_string(),
    };
    let mut out: String = text.chars().take(MAX_SHOWN).map(shown).collect();
    if text.chars().nth(MAX_SHOWN).is_some() {
        out.push('…');
    }
    out
}
