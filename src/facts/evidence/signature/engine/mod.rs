//! The one door to Sigstore's verifier, and so to every signature algorithm.
//!
//! What is checked, in which order, is the Sigstore client specification's (architecture-docs,
//! client-spec.md, section 4): the signed time, the certificate's chain at that time, its SCT, the
//! log's entry, the signature, and that the entry is about this bundle. Only what comes of it is
//! decided here: what is wrong, and what could not be looked at for want of something.

mod key;
mod refusal;

use std::fmt::Write as _;

use sigstore_verify::crypto::parse_certificate_info;
use sigstore_verify::trust_root::{SIGSTORE_PRODUCTION_TRUSTED_ROOT, TrustedRoot};
use sigstore_verify::types::bundle::VerificationMaterialContent;
use sigstore_verify::types::{
    DerCertificate, KindVersion, MessageSignature, SignatureContent, TransparencyLogEntry,
};
use sigstore_verify::{Policy, PublicKeyVerificationPolicy, VerificationPolicy, Verifier};

pub(super) use key::{Algorithm, PublicKey, What};
pub(super) use refusal::Refusal;
use refusal::{SIGNATURE, refusal};

use crate::facts::model::Signer;

/// A trust root, prepared: the authorities, logs and timestamp authorities that are believed.
pub(super) struct Root {
    verifier: Verifier,
    has_logs: bool,
    has_certificate_logs: bool,
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
            has_logs: !root.tlogs.is_empty(),
            has_certificate_logs: !root.ctlogs.is_empty(),
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

/// Checks a bundle that carries a certificate. Of a trust root without a log no entry can be asked
/// for, as private instances have none; nor a certificate's, without a log of certificates.
pub(super) fn with_certificate(
    bundle: &Bundle,
    what: &What<'_>,
    root: &Root,
    leniency: Leniency,
) -> Result<Proof, Refusal> {
    let strict = VerificationPolicy::any_identity();
    let lenient = match leniency.ignore_sct || !root.has_certificate_logs {
        true => strict.skip_sct(),
        false => strict,
    };
    let first = run(bundle, what, root, &lenient);
    match first {
        Err(_) if leniency.ignore_tlog || !root.has_logs => {
            run(bundle, what, root, &lenient.skip_tlog_unsafe()).map(|proof| Proof {
                logged: false,
                ..proof
            })
        }
        other => other,
    }
}

/// Checks a bundle by a key. `None`: the key did not make the signature. As with certificates, a
/// trust root without a log asks for no entry.
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
    let ignore_tlog = ignore_tlog || root.is_some_and(|root| !root.has_logs && !bundle.is_logged());
    let checked = match root {
        Some(_) if !bundle.is_logged() => Err(Refusal::unverifiable(
            "the key fits, and there is no entry of a transparency log (--insecure-ignore-tlog)",
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
    let logged = logged_as_message(&bundle.0);
    let result = match &logged {
        Some((message, signed)) => root.verifier.verify(signed.as_slice(), message, policy),
        None => root.verifier.verify(what.artifact()?, &bundle.0, policy),
    };
    let result = result.map_err(|error| refusal(&error, root))?;
    Ok(Proof {
        signed_at: result
            .verified_timestamps()
            .iter()
            .min()
            .map(ToString::to_string),
        logged: result.tlog_verified() && bundle.is_logged(),
    })
}

/// An envelope whose log entry is Rekor's `hashedrekord` 0.0.1, as the message it signs. Such an entry
/// commits to the envelope's encoding before signature (DSSE, protocol.md), which the client
/// specification allows and the verifier knows of version 0.0.2 alone. What the payload binds is
/// asked by the caller for every envelope.
fn logged_as_message(
    bundle: &sigstore_verify::types::Bundle,
) -> Option<(sigstore_verify::types::Bundle, Vec<u8>)> {
    let entries = &bundle.verification_material.tlog_entries;
    let hashed = |entry: &TransparencyLogEntry| entry.kind_version == KindVersion::HashedRekordV001;
    match &bundle.content {
        SignatureContent::DsseEnvelope(envelope)
            if !entries.is_empty() && entries.iter().all(hashed) =>
        {
            let message = MessageSignature::new(envelope.signature.sig.clone());
            let message = sigstore_verify::types::Bundle::new(
                bundle.media_type,
                bundle.verification_material.clone(),
                SignatureContent::MessageSignature(message),
            );
            Some((message, envelope.pae()))
        }
        _ => None,
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
