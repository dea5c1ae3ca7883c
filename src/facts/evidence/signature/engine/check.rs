//! Bundles checked by a certificate or a key, and with their log entries.

use std::borrow::Cow;

use sigstore_verify::crypto::SigningScheme;
use sigstore_verify::types::bundle::MessageDigest;
use sigstore_verify::types::{
    Artifact, Bundle as Inner, DigestBytes, HashAlgorithm, KindVersion, MessageSignature,
    SignatureContent, TransparencyLogEntry,
};
use sigstore_verify::{Policy, PublicKeyVerificationPolicy, VerificationPolicy};

use super::refusal::{SCHEME, SIGNATURE, refusal};
use super::scheme::Scheme;
use super::{Algorithm, Bundle, PublicKey, Refusal, Root, What};

/// What held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Proof {
    /// The earliest signed time, RFC 3339.
    pub(in super::super) signed_at: Option<String>,
    /// Whether a log's entry was checked.
    pub(in super::super) logged: bool,
}

/// What need not hold, as cosign names it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Leniency {
    /// No entry in a transparency log is asked for; a certificate then needs a signed timestamp.
    pub ignore_tlog: bool,
    /// No certificate timestamp of a transparency log is asked for.
    pub ignore_sct: bool,
}

/// Checks a bundle that carries a certificate by the roots, of which one has to vouch for all of it.
/// Of a trust root without a log no entry can be asked for, as private instances have none; nor a
/// certificate's, without a log of certificates.
pub(in super::super) fn with_certificate(
    bundle: &Bundle,
    what: &What<'_>,
    roots: &[Root],
    leniency: Leniency,
) -> Result<Proof, Refusal> {
    let key = bundle.certificate_key();
    let made = key.and_then(|key| key.made(bundle, what));
    let scheme = made.and_then(Scheme::known);
    if made.is_some() && scheme.is_none() {
        return Err(Refusal::unverifiable(SCHEME));
    }
    let by = |root: &Root| {
        let strict = VerificationPolicy::any_identity();
        let lenient = match leniency.ignore_sct || !root.has_certificate_logs {
            true => strict.skip_sct(),
            false => strict,
        };
        match run(bundle, what, scheme, root, &lenient) {
            Err(_) if leniency.ignore_tlog || !root.has_logs => {
                run(bundle, what, scheme, root, &lenient.skip_tlog_unsafe()).map(unlogged)
            }
            other => other,
        }
    };
    let none = "there is no trust root to check the certificate by";
    let checked = best(roots, by).unwrap_or_else(|| Err(Refusal::unverifiable(none)));
    checked.map_err(|refusal| unless_made(made, refusal))
}

/// A signature that its key made by a scheme the verifier does not have is none that does not fit.
fn unless_made(made: Option<Scheme>, refusal: Refusal) -> Refusal {
    match made {
        Some(_) if refusal.reason == SIGNATURE => Refusal::unverifiable(SCHEME),
        _ => refusal,
    }
}

/// Checks a bundle by a key. `None`: the key did not make the signature. As with certificates, an
/// entry is not asked for where no root has a log. Who vouches for a certificate beside the
/// signature is not asked, as cosign does not when it is given a key.
pub(in super::super) fn with_key(
    bundle: &Bundle,
    what: &What<'_>,
    key: &PublicKey,
    roots: &[Root],
    ignore_tlog: bool,
) -> Option<Result<Proof, Refusal>> {
    let scheme = key.made(bundle, what)?;
    let logless = !roots.is_empty() && roots.iter().all(|root| !root.has_logs);
    let ignore_tlog = ignore_tlog || logless && !bundle.is_logged();
    let by_key = ByKey {
        bundle,
        what,
        key,
        scheme,
    };
    let checked = if roots.is_empty() {
        let reason = "there is no trust root to check its log entry by";
        Err(Refusal::unverifiable(reason))
    } else if !bundle.is_logged() {
        let reason =
            "the key fits, and there is no entry of a transparency log (--insecure-ignore-tlog)";
        Err(Refusal::unverifiable(reason))
    } else {
        by_key.run(roots, true)
    };
    Some(match checked {
        // The signature is good, and no more is asked for; a timestamp is worth telling.
        Err(_) if ignore_tlog => Ok(Proof {
            signed_at: by_key
                .run(roots, false)
                .ok()
                .and_then(|proof| proof.signed_at),
            logged: false,
        }),
        other => other.map_err(|refusal| unless_made(Some(scheme), refusal)),
    })
}

/// A bundle whose signature a key made.
struct ByKey<'a> {
    bundle: &'a Bundle,
    what: &'a What<'a>,
    key: &'a PublicKey,
    scheme: Scheme,
}

impl ByKey<'_> {
    fn run(&self, roots: &[Root], with_log: bool) -> Result<Proof, Refusal> {
        let Some(scheme) = self.scheme.known() else {
            return Err(Refusal::unverifiable(SCHEME));
        };
        // The log names the certificate then, which binds the entry to its key.
        let policy: Box<dyn Policy> = match self.bundle.certificate_key() {
            Some(key) if key != *self.key => {
                let reason = "it is made with the key, and the certificate beside it is of another";
                return Err(Refusal::unverifiable(reason));
            }
            Some(_) => {
                let policy = VerificationPolicy::any_identity().skip_certificate_chain();
                match with_log {
                    true => Box::new(policy),
                    false => Box::new(policy.skip_tlog_unsafe()),
                }
            }
            None => {
                let policy = PublicKeyVerificationPolicy::new(self.key.der.clone());
                match with_log {
                    true => Box::new(policy),
                    false => Box::new(policy.skip_tlog_unsafe()),
                }
            }
        };
        let by = |root: &Root| run(self.bundle, self.what, Some(scheme), root, policy.as_ref());
        best(roots, by).unwrap_or_else(|| Err(Refusal::unverifiable("there is no trust root")))
    }
}

/// What the first root that vouches for a bundle says; else what is wrong before what is missing.
fn best(
    roots: &[Root],
    by: impl Fn(&Root) -> Result<Proof, Refusal>,
) -> Option<Result<Proof, Refusal>> {
    let mut refused: Option<Refusal> = None;
    for root in roots {
        match by(root) {
            Ok(proof) => return Some(Ok(proof)),
            Err(refusal)
                if refused
                    .as_ref()
                    .is_none_or(|first| refusal.verdict < first.verdict) =>
            {
                refused = Some(refusal);
            }
            Err(_) => {}
        }
    }
    refused.map(Err)
}

fn unlogged(proof: Proof) -> Proof {
    Proof {
        logged: false,
        ..proof
    }
}

fn run(
    bundle: &Bundle,
    what: &What<'_>,
    scheme: Option<SigningScheme>,
    root: &Root,
    policy: &(impl Policy + ?Sized),
) -> Result<Proof, Refusal> {
    let (presented, pae) = presented(&bundle.0, what, scheme);
    let artifact = match &pae {
        Some(pae) => Artifact::from_blob(pae),
        None => what.artifact()?,
    };
    let result = root.verifier.verify(artifact, &presented, policy);
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

/// A bundle as the verifier can check it by a scheme, and the bytes that it then signs.
///
/// An envelope whose log entries are Rekor's `hashedrekord` becomes the message it signs: such an
/// entry commits to the envelope's encoding before signature (DSSE, protocol.md), which the client
/// specification allows and the verifier knows of version 0.0.2 and of each key's own hash alone.
/// What the payload binds is asked by the caller for every envelope. A message states the digest of
/// the scheme's hash, for the verifier takes the scheme from it.
fn presented<'a>(
    bundle: &'a Inner,
    what: &What<'_>,
    scheme: Option<SigningScheme>,
) -> (Cow<'a, Inner>, Option<Vec<u8>>) {
    let hash = scheme.and_then(|scheme| scheme.hash_algorithm());
    let as_message = |bytes: &[u8], signature: &MessageSignature| {
        let digest = hash.and_then(|hash| stated(hash, bytes));
        let mut message = MessageSignature::new(signature.signature.clone());
        message.message_digest = digest;
        let material = bundle.verification_material.clone();
        let content = SignatureContent::MessageSignature(message);
        Cow::Owned(Inner::new(bundle.media_type, material, content))
    };
    match (&bundle.content, what) {
        (SignatureContent::DsseEnvelope(envelope), _) if is_hashed(bundle) => {
            let pae = envelope.pae();
            let signature = MessageSignature::new(envelope.signature.sig.clone());
            (as_message(&pae, &signature), Some(pae))
        }
        (SignatureContent::MessageSignature(message), What::Bytes(bytes)) => {
            let fits = |digest: &MessageDigest| {
                stated(digest.algorithm, bytes).is_some_and(|right| right == *digest)
            };
            let other = |digest: &MessageDigest| Some(digest.algorithm) != hash && fits(digest);
            match (hash, &message.message_digest) {
                (Some(_), Some(digest)) if other(digest) => (as_message(bytes, message), None),
                _ => (Cow::Borrowed(bundle), None),
            }
        }
        _ => (Cow::Borrowed(bundle), None),
    }
}

/// Whether a bundle has log entries, all of the kind that holds a hash of what is signed.
fn is_hashed(bundle: &Inner) -> bool {
    let entries = &bundle.verification_material.tlog_entries;
    let hashed = |entry: &TransparencyLogEntry| {
        matches!(
            entry.kind_version,
            KindVersion::HashedRekordV001 | KindVersion::HashedRekordV002
        )
    };
    !entries.is_empty() && entries.iter().all(hashed)
}

fn stated(hash: HashAlgorithm, bytes: &[u8]) -> Option<MessageDigest> {
    let digest = Algorithm::of_engine(hash)?.digest(bytes);
    Some(MessageDigest::new(hash, DigestBytes::new(digest)))
}
