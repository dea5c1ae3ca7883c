//! The one door to Sigstore's verifier, and so to every signature algorithm.
//!
//! What is checked, in which order, is the Sigstore client specification's (architecture-docs,
//! client-spec.md, section 4): the signed time, the certificate's chain at that time, its SCT, the
//! log's entry, the signature, and that the entry is about this bundle. Only what comes of it is
//! decided here: what is wrong, and what could not be looked at for want of something.

mod check;
mod key;
mod refusal;
mod root;
mod scheme;

use std::fmt::Write as _;

use sigstore_verify::crypto::parse_certificate_info;
use sigstore_verify::types::bundle::VerificationMaterialContent;
use sigstore_verify::types::{DerCertificate, SignatureContent};

pub use check::Leniency;
pub(super) use check::{Proof, with_certificate, with_key};
pub(super) use key::{Algorithm, PublicKey, What};
pub(super) use refusal::Refusal;
pub(super) use root::{Root, public_good_json};

use crate::facts::model::Signer;

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

    /// The key of its certificate, if it has one that can be read.
    fn certificate_key(&self) -> Option<PublicKey> {
        let certificate = self.0.signing_certificate()?;
        PublicKey::from_certificate(certificate.as_bytes()).ok()
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
