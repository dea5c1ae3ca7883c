//! Why a signature is not accepted: what is wrong, and what is missing.

use sigstore_verify::bundle::Error as Shape;
use sigstore_verify::{CertificateError, Error, TimestampError, TransparencyLogError};

use super::Root;
use crate::facts::model::Verdict;

/// Why a signature is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Refusal {
    /// Wrong, or not to be checked.
    pub(in super::super) verdict: Verdict,
    /// Why, without a full stop.
    pub(in super::super) reason: String,
}

impl Refusal {
    /// Something is wrong.
    pub(in super::super) fn invalid(reason: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Invalid,
            reason: reason.into(),
        }
    }

    /// Something is missing.
    pub(in super::super) fn unverifiable(reason: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Unverifiable,
            reason: reason.into(),
        }
    }
}

/// Why a signature that is over something else, or by another key, is refused.
pub(super) const SIGNATURE: &str = "the signature does not fit what it is over";

/// What is missing makes a signature unverifiable, all else makes it invalid.
pub(super) fn refusal(error: &Error, root: &Root) -> Refusal {
    match error {
        Error::SignatureInvalid(_) => Refusal::invalid(SIGNATURE),
        Error::ArtifactMismatch(detail) => {
            Refusal::invalid(format!("it is about something else: {detail}"))
        }
        Error::Certificate(error) => of_certificate(error, root),
        Error::TransparencyLog(error) => of_log(error),
        Error::Timestamp(error) => of_timestamp(error, root),
        Error::Bundle(error) => of_shape(error),
        // The verifier says so where no log of certificates signs in the way this one is signed.
        Error::InvalidTrustRoot(_) => Refusal::unverifiable(
            "the trust root has no log of certificates that signs as the certificate's did",
        ),
        Error::UnsupportedArtifact(_)
        | Error::UnsupportedBundle(_)
        | Error::TrustRoot(_)
        | Error::TrustedCertificate(_)
        | Error::Crypto(_) => Refusal::unverifiable(error.to_string()),
        _ => Refusal::invalid(error.to_string()),
    }
}

/// Of the kinds that hold two cases, the text tells which; tests pin those texts.
fn of_certificate(error: &CertificateError, root: &Root) -> Refusal {
    match error {
        CertificateError::ChainInvalid(detail) if detail.contains("UnknownIssuer") => {
            Refusal::unverifiable(
                "the certificate is of an authority that the trust root does not have",
            )
        }
        CertificateError::ChainInvalid(detail) if detail.contains("CertExpired") => {
            Refusal::invalid("a certificate had expired when it was signed")
        }
        CertificateError::ChainInvalid(detail) if detail.contains("CertNotValidYet") => {
            Refusal::invalid("a certificate was not valid yet when it was signed")
        }
        CertificateError::ChainInvalid(detail) => Refusal::invalid(format!(
            "the certificate does not lead to an authority of the trust root: {detail}"
        )),
        CertificateError::NoValidAuthority { .. } if !root.has_authorities => {
            Refusal::unverifiable("the trust root has no authority of certificates")
        }
        CertificateError::Sct(detail)
            if detail.contains("missing SCT") || detail.contains("no SCTs") =>
        {
            Refusal::unverifiable(
                "the certificate carries no timestamp of a log of certificates (SCT)",
            )
        }
        CertificateError::Sct(detail) if detail.contains("key not found") => Refusal::unverifiable(
            "the certificate's timestamp (SCT) is of a log that the trust root does not have",
        ),
        CertificateError::Sct(detail) => Refusal {
            verdict: verdict(detail.contains("unsupported") || detail.contains("multiple SCTs")),
            reason: format!("the certificate's timestamp (SCT) is refused: {detail}"),
        },
        other => Refusal::invalid(other.to_string()),
    }
}

/// Why a log entry or a certificate is not checked: the verifier checks each with the signature as
/// one, and does not have the scheme of the signature for it. These are Ed25519ph and P-521; hashes other than
/// SHA-256 in Rekor's `hashedrekord`, as P-384 has them; and P-384 with SHA-256 in an envelope whose
/// entry is of the kind `dsse` or `intoto`.
pub(super) const SCHEME: &str =
    "the signature fits; what vouches for it cannot be checked for its signature scheme";

fn of_log(error: &TransparencyLogError) -> Refusal {
    if matches!(error, TransparencyLogError::MalformedEntry(detail) if detail.contains("SHA-256 hash must be 32 bytes"))
    {
        return Refusal::unverifiable(SCHEME);
    }
    let unknown = match error {
        TransparencyLogError::UnknownLog { .. } => true,
        TransparencyLogError::Checkpoint(detail) => detail.starts_with("No matching Rekor key"),
        TransparencyLogError::InclusionPromise(detail) => detail.starts_with("No log key"),
        _ => false,
    };
    match unknown {
        true => Refusal::unverifiable(
            "its log entry is of a log that the trust root does not have, or had not then",
        ),
        false => Refusal::invalid(error.to_string()),
    }
}

fn of_timestamp(error: &TimestampError, root: &Root) -> Refusal {
    match error {
        TimestampError::NoVerifiedTimestamp(_) => Refusal::unverifiable(
            "neither a log entry nor a timestamp authority says when it was signed",
        ),
        TimestampError::Invalid(_) if !root.has_timestamp_authorities => Refusal::unverifiable(
            "the trust root has no timestamp authority to check its timestamp by",
        ),
        TimestampError::Invalid(detail) if detail.contains("does not match any trusted") => {
            Refusal::unverifiable(
                "its timestamp is of an authority that the trust root does not have",
            )
        }
        other => Refusal::invalid(other.to_string()),
    }
}

fn of_shape(error: &Shape) -> Refusal {
    match error {
        Shape::MissingInclusionPromise(_)
        | Shape::MissingInclusionProof(_)
        | Shape::MissingSigningTimeEvidence => {
            Refusal::unverifiable("it carries no entry of a transparency log with a proof")
        }
        Shape::MissingTimestamp
        | Shape::UnsupportedMediaType(_)
        | Shape::UnsupportedVerificationMaterial => Refusal::unverifiable(error.to_string()),
        other => Refusal::invalid(other.to_string()),
    }
}

fn verdict(missing: bool) -> Verdict {
    match missing {
        true => Verdict::Unverifiable,
        false => Verdict::Invalid,
    }
}
