//! Public keys, and whether one made a signature.

use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest as _, Sha256};
use sigstore_verify::crypto::{
    KeyAlgorithm, SigningScheme, parse_certificate_info, verify_signature,
    verify_signature_prehashed,
};
use sigstore_verify::types::{
    Artifact, ArtifactDigest, DerCertificate, DerPublicKey, HashAlgorithm, SignatureContent,
};

use super::{Bundle, Refusal};

/// A public key that signatures can be checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct PublicKey {
    pub(super) der: DerPublicKey,
    schemes: Vec<SigningScheme>,
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7) in DER; the error says what is wrong.
    pub(in super::super) fn from_spki(der: &[u8]) -> Result<Self, String> {
        let der = DerPublicKey::new(der.to_vec());
        let algorithm = KeyAlgorithm::from_spki(&der).map_err(|error| error.to_string())?;
        Ok(Self {
            der,
            schemes: schemes(algorithm),
        })
    }

    /// The key of a certificate in DER.
    pub(in super::super) fn from_certificate(der: &[u8]) -> Result<Self, String> {
        let certificate = DerCertificate::new(der.to_vec());
        let info = parse_certificate_info(&certificate).map_err(|error| error.to_string())?;
        Self::from_spki(info.public_key.as_bytes())
    }

    /// SHA-256 of the SubjectPublicKeyInfo, `sha256:<hex>`.
    pub(in super::super) fn fingerprint(&self) -> String {
        format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(self.spki())))
    }

    /// Whether a bundle's hint or an envelope's key id names this key: cosign writes the Base64 of
    /// the SHA-256 of its SubjectPublicKeyInfo, others the hex.
    pub(in super::super) fn is_named(&self, hint: &str) -> bool {
        let digest = Sha256::digest(self.spki());
        let hint = hint.strip_prefix("SHA256:").unwrap_or(hint);
        hint == BASE64.encode(&digest)
            || hint.trim_start_matches("sha256:") == HEXLOWER.encode(&digest)
    }

    /// The SubjectPublicKeyInfo in DER.
    pub(in super::super) fn spki(&self) -> &[u8] {
        self.der.as_bytes()
    }

    /// Whether it is of Ed25519, with which cosign signs messages in the form Ed25519ph (RFC 8032,
    /// section 5.1), which the engine does not have.
    pub(in super::super) fn may_prehash(&self) -> bool {
        self.schemes.contains(&SigningScheme::Ed25519)
    }

    /// Whether this key made the signature that a bundle carries, by any scheme of its algorithm.
    pub(super) fn made(&self, bundle: &Bundle, artifact: &What<'_>) -> bool {
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
pub(in super::super) enum Algorithm {
    Sha256,
    Sha384,
    Sha512,
}

impl Algorithm {
    /// By the name before the colon of a digest.
    pub(in super::super) fn named(name: &str) -> Option<Self> {
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
pub(in super::super) enum What<'a> {
    Bytes(&'a [u8]),
    Digest(Algorithm, Vec<u8>),
}

impl<'a> What<'a> {
    pub(super) fn artifact(&self) -> Result<Artifact<'a>, Refusal> {
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
