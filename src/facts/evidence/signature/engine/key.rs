//! Public keys, and whether one made a signature.

use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use sigstore_verify::crypto::{KeyAlgorithm, SigningScheme};
use sigstore_verify::types::{
    Artifact, ArtifactDigest, DerPublicKey, HashAlgorithm, SignatureContent,
};

use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};

use super::scheme::{Scheme, is_p521};
use super::{Bundle, Refusal};

/// A public key that signatures can be checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct PublicKey {
    pub(super) der: DerPublicKey,
    schemes: Vec<Scheme>,
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7) in DER; the error says what is wrong.
    pub(in super::super) fn from_spki(der: &[u8]) -> Result<Self, String> {
        let der = DerPublicKey::new(der.to_vec());
        let schemes = match KeyAlgorithm::from_spki(&der) {
            Ok(algorithm) => schemes(algorithm),
            Err(_) if is_p521(der.as_bytes()) => [Algorithm::Sha256, Algorithm::Sha512]
                .map(Scheme::P521)
                .to_vec(),
            Err(error) => return Err(error.to_string()),
        };
        Ok(Self { der, schemes })
    }

    /// The key of a certificate in DER.
    pub(in super::super) fn from_certificate(der: &[u8]) -> Result<Self, String> {
        let certificate = Certificate::from_der(der).map_err(|error| error.to_string())?;
        let key = certificate.tbs_certificate.subject_public_key_info;
        Self::from_spki(&key.to_der().map_err(|error| error.to_string())?)
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

    /// Whether it is of Ed25519, of which no signature can be checked by a digest of the message.
    pub(in super::super) fn needs_bytes(&self) -> bool {
        self.schemes.contains(&Scheme::Ed25519ph)
    }

    /// The scheme by which this key made the signature that a bundle carries; `None` when it did not.
    pub(super) fn made(&self, bundle: &Bundle, what: &What<'_>) -> Option<Scheme> {
        let (pae, signature) = match &bundle.0.content {
            SignatureContent::DsseEnvelope(envelope) => {
                (Some(envelope.pae()), &envelope.signature.sig)
            }
            SignatureContent::MessageSignature(message) => (None, &message.signature),
            _ => return None,
        };
        let signed = pae.as_deref().map(What::Bytes);
        let signed = signed.as_ref().unwrap_or(what);
        let fits = |scheme: &&Scheme| scheme.fits(&self.der, signed, signature);
        self.schemes.iter().find(fits).copied()
    }
}

/// The schemes that a key of one algorithm signs with. cosign signs by SHA-256 whatever the curve
/// in its older form, and by the curve's own hash in the newer one; with Ed25519 it signs payloads
/// and envelopes in the pre-hashed form, where others sign them as they are.
fn schemes(algorithm: KeyAlgorithm) -> Vec<Scheme> {
    let known: &[SigningScheme] = match algorithm {
        KeyAlgorithm::EcdsaP256 => &[
            SigningScheme::EcdsaP256Sha256,
            SigningScheme::EcdsaP256Sha384,
        ],
        KeyAlgorithm::EcdsaP384 => &[
            SigningScheme::EcdsaP384Sha384,
            SigningScheme::EcdsaP384Sha256,
        ],
        KeyAlgorithm::Rsa => &[
            SigningScheme::RsaPkcs1Sha256,
            SigningScheme::RsaPkcs1Sha384,
            SigningScheme::RsaPkcs1Sha512,
            SigningScheme::RsaPssSha256,
            SigningScheme::RsaPssSha384,
            SigningScheme::RsaPssSha512,
        ],
        KeyAlgorithm::Ed25519 => {
            return vec![Scheme::Known(SigningScheme::Ed25519), Scheme::Ed25519ph];
        }
        other => return vec![Scheme::Known(other.default_signing_scheme())],
    };
    known.iter().copied().map(Scheme::Known).collect()
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

    pub(super) fn of_engine(hash: HashAlgorithm) -> Option<Self> {
        let all = [Self::Sha256, Self::Sha384, Self::Sha512];
        all.into_iter().find(|algorithm| algorithm.engine() == hash)
    }

    pub(super) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }

    pub(super) fn engine(self) -> HashAlgorithm {
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
