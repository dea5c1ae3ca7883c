//! Schemes of signatures: the verifier's own, and two it does not have, each by a library that does.

use aws_lc_rs::digest::{Digest, SHA256, SHA512};
use aws_lc_rs::signature::{ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA512_ASN1, UnparsedPublicKey};
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha512};
use sigstore_verify::crypto::{SigningScheme, verify_signature, verify_signature_prehashed};
use sigstore_verify::types::{DerPublicKey, SignatureBytes};
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::spki::SubjectPublicKeyInfoRef;

use super::{Algorithm, What};

/// id-ecPublicKey and secp521r1 (RFC 5480, section 2.1.1).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const SECP521R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

/// How a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// One that the verifier has, so that log entries can be checked too.
    Known(SigningScheme),
    /// Ed25519 over the message's SHA-512, without a context (RFC 8032, section 5.1).
    Ed25519ph,
    /// ECDSA with P-521 and a hash: SHA-256, as cosign's older form has it, or SHA-512.
    P521(Algorithm),
}

impl Scheme {
    /// The verifier's name of it, if it has one.
    pub(super) fn known(self) -> Option<SigningScheme> {
        match self {
            Self::Known(scheme) => Some(scheme),
            Self::Ed25519ph | Self::P521(_) => None,
        }
    }

    /// Whether a key made a signature by this scheme.
    pub(super) fn fits(
        self,
        key: &DerPublicKey,
        what: &What<'_>,
        signature: &SignatureBytes,
    ) -> bool {
        match (self, what) {
            (Self::Known(scheme), What::Bytes(bytes)) => {
                verify_signature(key, bytes, signature, scheme).is_ok()
            }
            (Self::Known(scheme), What::Digest(algorithm, digest)) => {
                scheme.hash_algorithm() == Some(algorithm.engine())
                    && verify_signature_prehashed(key, digest, signature, scheme).is_ok()
            }
            (Self::Ed25519ph, What::Bytes(bytes)) => {
                ed25519ph(key.as_bytes(), bytes, signature.as_bytes()).is_some()
            }
            (Self::Ed25519ph, What::Digest(..)) => false,
            (Self::P521(algorithm), what) => {
                p521(key.as_bytes(), algorithm, what, signature.as_bytes()).is_some()
            }
        }
    }
}

/// Strict: neither keys nor points of small order, which fit more than one message.
fn ed25519ph(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = SubjectPublicKeyInfoRef::try_from(key).ok()?;
    let key = VerifyingKey::try_from(key.subject_public_key.as_bytes()?).ok()?;
    let signature = Signature::from_slice(signature).ok()?;
    let hash = Sha512::new_with_prefix(message);
    key.verify_prehashed_strict(hash, None, &signature).ok()
}

/// The library reads the key in its SubjectPublicKeyInfo, and refuses one of another curve.
fn p521(key: &[u8], hash: Algorithm, what: &What<'_>, signature: &[u8]) -> Option<()> {
    let (scheme, digest) = match hash {
        Algorithm::Sha256 => (&ECDSA_P521_SHA256_ASN1, &SHA256),
        Algorithm::Sha512 => (&ECDSA_P521_SHA512_ASN1, &SHA512),
        Algorithm::Sha384 => return None,
    };
    let key = UnparsedPublicKey::new(scheme, key);
    match what {
        What::Bytes(bytes) => key.verify(bytes, signature).ok(),
        What::Digest(of, bytes) if *of == hash => {
            let digest = Digest::import_less_safe(bytes, digest).ok()?;
            key.verify_digest(&digest, signature).ok()
        }
        What::Digest(..) => None,
    }
}

/// Whether a SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7) is of a key of P-521.
pub(super) fn is_p521(spki: &[u8]) -> bool {
    SubjectPublicKeyInfoRef::try_from(spki).is_ok_and(|key| {
        key.algorithm.oid == EC_PUBLIC_KEY && key.algorithm.parameters_oid() == Ok(SECP521R1)
    })
}
