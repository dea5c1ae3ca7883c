//! The one door to Sigstore's verifier, and so to every signature algorithm.
//!
//! What is checked, in which order, is the Sigstore client specification's (architecture-docs,
//! client-spec.md, section 4): the signed time, the certificate's chain at that time, its SCT, the
//! log's entry, the signature, and that the entry is about this bundle. Only what comes of it is
//! decided here: what is wrong, and what could not be looked at for want of something.

use std::fmt::Write as _;

use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest as _, Sha256};
use sigstore_verify::bundle::Error as Shape;
use sigstore_verify::crypto::{
    KeyAlgorithm, SigningScheme, parse_certificate_info, verify_signature,
    verify_signature_prehashed,
};
use sigstore_verify::trust_root::{SIGSTORE_PRODUCTION_TRUSTED_ROOT, TrustedRoot};
use sigstore_verify::types::bundle::VerificationMaterialContent;
use sigstore_verify::types::{
    Artifact, ArtifactDigest, DerCertificate, DerPublicKey, HashAlgorithm, SignatureContent,
};
use sigstore_verify::{
    CertificateError, Error, Policy, PublicKeyVerificationPolicy, TimestampError,
    TransparencyLogError, VerificationPolicy, Verifier,
};

use crate::facts::model::{Signer, Verdict};

/// A public key that signatures can be checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PublicKey {
    der: DerPublicKey,
    schemes: Vec<SigningScheme>,
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7) in DER; the error says what is wrong.
    pub(super) fn from_spki(der: &[u8]) -> Result<Self, String> {
        let der = DerPublicKey::new(der.to_vec());
        let algorithm = KeyAlgorithm::from_spki(&der).map_err(|error| error.to_string())?;
        Ok(Self {
            der,
            schemes: schemes(algorithm),
        })
    }

    /// The key of a certificate in DER.
    pub(super) fn from_certificate(der: &[u8]) -> Result<Self, String> {
        let certificate = DerCertificate::new(der.to_vec());
        let info = parse_certificate_info(&certificate).map_err(|error| error.to_string())?;
        Self::from_spki(info.public_key.as_bytes())
    }

    /// SHA-256 of the SubjectPublicKeyInfo, `sha256:<hex>`.
    pub(super) fn fingerprint(&self) -> String {
        format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(self.spki())))
    }

    /// Whether a bundle's hint or an envelope's key id names this key: cosign writes the Base64 of
    /// the SHA-256 of its SubjectPublicKeyInfo, others the hex.
    pub(super) fn is_named(&self, hint: &str) -> bool {
        let digest = Sha256::digest(self.spki());
        let hint = hint.strip_prefix("SHA256:").unwrap_or(hint);
        hint == BASE64.encode(&digest)
            || hint.trim_start_matches("sha256:") == HEXLOWER.encode(&digest)
    }

    /// The SubjectPublicKeyInfo in DER.
    pub(super) fn spki(&self) -> &[u8] {
        self.der.as_bytes()
    }

    /// Whether it is of Ed25519, with which cosign signs messages in the form Ed25519ph (RFC 8032,
    /// section 5.1), which the engine does not have.
    pub(super) fn may_prehash(&self) -> bool {
        self.schemes.contains(&SigningScheme::Ed25519)
    }

    /// Whether this key made the signature that a bundle carries, by any scheme of its algorithm.
    fn made(&self, bundle: &Bundle, artifact: &What<'_>) -> bool {
        match &bundle.0.content {
            SignatureContent::DsseEnvelope(envelope) => {
                let signed = envelope.pae();
                self.schemes.iter().any(|scheme| {
                    verify_signature(&self.der, &signed, &envelope.signature.sig, *scheme).is_ok()
                })
            }
            SignatureContent::MessageSignature(message) => {
                self.schemes.iter().any(|scheme| match artifact {
                    What::Bytes(bytes) => {
                        verify_signature(&self.der, bytes, &message.signature, *scheme).is_ok()
                    }
                    What::Digest(algorithm, digest) => {
                        scheme.hash_algorithm() == Some(algorithm.engine())
                            && verify_signature_prehashed(
                                &self.der,
                                digest,
                                &message.signature,
                                *scheme,
                            )
                            .is_ok()
                    }
                })
            }
            _ => false,
        }
    }
}

/// The schemes that a key of one algorithm signs with. cosign signs by SHA-256 whatever the curve
/// in its older form, and by the curve's own hash in the newer one.
fn schemes(algorithm: KeyAlgorithm) -> Vec<SigningScheme> {
    match algorithm {
        KeyAlgorithm::EcdsaP256 => vec![
            SigningScheme::EcdsaP256Sha256,
            SigningScheme::EcdsaP256Sha384,
        ],
        KeyAlgorithm::EcdsaP384 => vec![
            SigningScheme::EcdsaP384Sha384,
            SigningScheme::EcdsaP384Sha256,
        ],
        KeyAlgorithm::Rsa => vec![
            SigningScheme::RsaPkcs1Sha256,
            SigningScheme::RsaPkcs1Sha384,
            SigningScheme::RsaPkcs1Sha512,
            SigningScheme::RsaPssSha256,
            SigningScheme::RsaPssSha384,
            SigningScheme::RsaPssSha512,
        ],
        other => vec![other.default_signing_scheme()],
    }
}

/// Hash algorithms of what is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Sha256,
    Sha384,
    Sha512,
}

impl Algorithm {
    /// By the name before the colon of a digest.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "sha256" => Some(Self::Sha256),
            "sha384" => Some(Self::Sha384),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    fn engine(self) -> HashAlgorithm {
        match self {
            Self::Sha256 => HashAlgorithm::Sha2256,
            Self::Sha384 => HashAlgorithm::Sha2384,
            Self::Sha512 => HashAlgorithm::Sha2512,
        }
    }
}

/// What a signature is over: the bytes where they are at hand, else their digest.
#[derive(Debug, Clone)]
pub(super) enum What<'a> {
    Bytes(&'a [u8]),
    Digest(Algorithm, Vec<u8>),
}

impl<'a> What<'a> {
    fn artifact(&self) -> Result<Artifact<'a>, Refusal> {
        match self {
            Self::Bytes(bytes) => Ok(Artifact::from_blob(bytes)),
            Self::Digest(algorithm, digest) => {
                ArtifactDigest::new(algorithm.engine(), digest.clone())
                    .map(Artifact::from_digest)
                    .map_err(|_| Refusal::invalid("a digest is not as long as its algorithm's"))
            }
        }
    }
}

/// A trust root, prepared: the authorities, logs and timestamp authorities that are believed.
pub(super) struct Root {
    verifier: Verifier,
    has_authorities: bool,
    has_timestamp_authorities: bool,
}

impl Root {
    /// Reads a `trusted_root.json` (protobuf-specs, sigstore_trustroot.proto).
    pub(super) fn from_json(json: &str) -> Result<Self, String> {
        let root = TrustedRoot::from_json(json).map_err(|error| error.to_string())?;
        let verifier = Verifier::new(&root).map_err(|error| error.to_string())?;
        Ok(Self {
            verifier,
            has_authorities: !root.certificate_authorities.is_empty(),
            has_timestamp_authorities: !root.timestamp_authorities.is_empty(),
        })
    }
}

/// The trust root of Sigstore's public instance that the verifier carries.
pub(super) fn public_good_json() -> &'static str {
    SIGSTORE_PRODUCTION_TRUSTED_ROOT
}

/// A bundle that has been parsed.
pub(super) struct Bundle(sigstore_verify::types::Bundle);

/// What a bundle is signed by.
pub(super) enum Material {
    /// A key that the hint may name.
    Key { hint: String },
    /// A certificate; what it says of its holder, where it can be read.
    Certificate(Signer),
}

/// What a bundle signs.
pub(super) enum Signed {
    /// A DSSE envelope: payload type and payload.
    Envelope(String, Vec<u8>),
    /// A message, of which the digest may be stated.
    Message(Option<(String, Vec<u8>)>),
}

impl Bundle {
    /// Reads a bundle; the refusal says why not.
    pub(super) fn from_json(json: &str) -> Result<Self, Refusal> {
        sigstore_verify::types::Bundle::from_json(json)
            .map(Self)
            .map_err(|error| Refusal::invalid(format!("the bundle cannot be read: {error}")))
    }

    /// What it is signed by.
    pub(super) fn material(&self) -> Material {
        match (
            &self.0.verification_material.content,
            self.0.signing_certificate(),
        ) {
            (VerificationMaterialContent::PublicKey(key), _) => Material::Key {
                hint: key.hint.clone(),
            },
            (_, Some(certificate)) => Material::Certificate(holder(certificate.as_bytes())),
            (_, None) => Material::Certificate(Signer::default()),
        }
    }

    /// What it signs.
    pub(super) fn signed(&self) -> Signed {
        match &self.0.content {
            SignatureContent::DsseEnvelope(envelope) => Signed::Envelope(
                envelope.payload_type.clone(),
                envelope.payload.as_bytes().to_vec(),
            ),
            SignatureContent::MessageSignature(message) => {
                Signed::Message(message.message_digest.as_ref().map(|stated| {
                    let name = stated.algorithm.as_rekor_str().to_owned();
                    (name, stated.digest.as_bytes().to_vec())
                }))
            }
            _ => Signed::Message(None),
        }
    }

    /// Whether it signs a message, not an envelope.
    pub(super) fn is_message(&self) -> bool {
        matches!(self.0.content, SignatureContent::MessageSignature(_))
    }

    /// Key id of the envelope's signature, empty where there is none.
    pub(super) fn key_id(&self) -> String {
        match &self.0.content {
            SignatureContent::DsseEnvelope(envelope) => {
                envelope.signature.keyid.as_str().to_owned()
            }
            _ => String::new(),
        }
    }

    /// The bodies of its log entries.
    pub(super) fn log_bodies(&self) -> impl Iterator<Item = &[u8]> {
        let entries = &self.0.verification_material.tlog_entries;
        entries
            .iter()
            .map(|entry| entry.canonicalized_body.as_bytes())
    }

    fn is_logged(&self) -> bool {
        !self.0.verification_material.tlog_entries.is_empty()
    }
}

/// What a certificate says of its holder.
pub(super) fn holder(der: &[u8]) -> Signer {
    let certificate = DerCertificate::new(der.to_vec());
    let mut signer = parse_certificate_info(&certificate)
        .map(|info| Signer {
            identity: info.identity.map(|identity| identity.as_str().to_owned()),
            issuer: info.issuer,
            ..Signer::default()
        })
        .unwrap_or_default();
    if signer.identity.is_none() {
        signer.certificate = subject(der);
    }
    signer
}

/// The subject of a certificate, as RFC 4514 writes it.
fn subject(der: &[u8]) -> Option<String> {
    use x509_cert::der::Decode as _;
    let certificate = x509_cert::Certificate::from_der(der).ok()?;
    let mut text = String::new();
    write!(text, "{}", certificate.tbs_certificate.subject).ok()?;
    (!text.is_empty()).then_some(text)
}

/// Why a signature is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Wrong, or not to be checked.
    pub(super) verdict: Verdict,
    /// Why, without a full stop.
    pub(super) reason: String,
}

impl Refusal {
    /// Something is wrong.
    pub(super) fn invalid(reason: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Invalid,
            reason: reason.into(),
        }
    }

    /// Something is missing.
    pub(super) fn unverifiable(reason: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Unverifiable,
            reason: reason.into(),
        }
    }
}

/// What held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proof {
    /// The earliest signed time, RFC 3339.
    pub(super) signed_at: Option<String>,
    /// Whether a log's entry was checked.
    pub(super) logged: bool,
}

/// What need not hold, as cosign names it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Leniency {
    /// No entry in a transparency log is asked for; a certificate then needs a signed timestamp.
    pub ignore_tlog: bool,
    /// No certificate timestamp of a transparency log is asked for.
    pub ignore_sct: bool,
}

/// Checks a bundle that carries a certificate.
pub(super) fn with_certificate(
    bundle: &Bundle,
    what: &What<'_>,
    root: &Root,
    leniency: Leniency,
) -> Result<Proof, Refusal> {
    let strict = VerificationPolicy::any_identity();
    let lenient = match leniency.ignore_sct {
        true => strict.skip_sct(),
        false => strict,
    };
    let first = run(bundle, what, root, &lenient);
    match first {
        Err(_) if leniency.ignore_tlog => {
            run(bundle, what, root, &lenient.skip_tlog_unsafe()).map(|proof| Proof {
                logged: false,
                ..proof
            })
        }
        other => other,
    }
}

/// Checks a bundle by a key. `None`: the key did not make the signature.
pub(super) fn with_key(
    bundle: &Bundle,
    what: &What<'_>,
    key: &PublicKey,
    root: Option<&Root>,
    ignore_tlog: bool,
) -> Option<Result<Proof, Refusal>> {
    if !key.made(bundle, what) {
        return None;
    }
    let policy = PublicKeyVerificationPolicy::new(key.der.clone());
    let checked = match root {
        Some(_) if !bundle.is_logged() => Err(Refusal::unverifiable(
            "it carries no entry of a transparency log",
        )),
        Some(root) => run(bundle, what, root, &policy),
        None => Err(Refusal::unverifiable(
            "there is no trust root to check its log entry by",
        )),
    };
    Some(match checked {
        // The signature is good, and no more is asked for; a timestamp is worth telling.
        Err(_) if ignore_tlog => Ok(Proof {
            signed_at: root
                .and_then(|root| run(bundle, what, root, &policy.skip_tlog_unsafe()).ok())
                .and_then(|proof| proof.signed_at),
            logged: false,
        }),
        // It is good by a scheme that the log's check does not know for such a key.
        Err(refusal) if refusal.reason == SIGNATURE => Err(Refusal::unverifiable(
            "its log entry cannot be checked for its signature scheme",
        )),
        other => other,
    })
}

fn run(
    bundle: &Bundle,
    what: &What<'_>,
    root: &Root,
    policy: &impl Policy,
) -> Result<Proof, Refusal> {
    let result = root
        .verifier
        .verify(what.artifact()?, &bundle.0, policy)
        .map_err(|error| refusal(&error, root))?;
    Ok(Proof {
        signed_at: result
            .verified_timestamps()
            .iter()
            .min()
            .map(ToString::to_string),
        logged: result.tlog_verified() && bundle.is_logged(),
    })
}

/// Why a signature that is over something else, or by another key, is refused.
const SIGNATURE: &str = "the signature does not fit what it is over";

/// What is missing makes a signature unverifiable, all else makes it invalid.
fn refusal(error: &Error, root: &Root) -> Refusal {
    match error {
        Error::SignatureInvalid(_) => Refusal::invalid(SIGNATURE),
        Error::ArtifactMismatch(detail) => {
            Refusal::invalid(format!("it is about something else: {detail}"))
        }
        Error::Certificate(error) => of_certificate(error, root),
        Error::TransparencyLog(error) => of_log(error),
        Error::Timestamp(error) => of_timestamp(error, root),
        Error::Bundle(error) => of_shape(error),
        // The verifier says so where a trust root has no log of certificates at all.
        Error::InvalidTrustRoot(_) => {
            Refusal::unverifiable("the trust root has no log of certificates")
        }
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

fn of_log(error: &TransparencyLogError) -> Refusal {
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

/// What tests sign for themselves, where cosign would refuse to.
#[cfg(test)]
pub(super) mod testing {
    use sigstore_verify::crypto::KeyPair;

    /// Signs with a new key of P-256: its public key in PEM, and the signature.
    pub(crate) fn sign_with_new_key(data: &[u8]) -> (String, Vec<u8>) {
        let key = KeyPair::generate_ecdsa_p256().unwrap();
        let public = key.public_key_der().unwrap().to_pem();
        (public, key.sign(data).unwrap().as_bytes().to_vec())
    }
}
