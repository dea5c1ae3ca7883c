//! Sigstore bundles (protobuf-specs, sigstore_bundle.proto), versions 0.1 to 0.3.

use std::collections::BTreeSet;

use data_encoding::BASE64;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::engine::{
    Bundle, Material, Proof, PublicKey, Refusal, Signed, What, with_certificate, with_key,
};
use super::statement::{self, what};
use super::trust::{Trust, TrustedKey, pem};
use super::{Checked, Content, MAX_SIGNED_BYTES, Wanted, held, printable, refused};
use crate::facts::model::{EvidenceSubject, Signer, Verdict, Verification};

/// Entries, timestamps and certificates of a bundle that are checked; real ones have one or two,
/// and each costs a signature check by every authority.
const MAX_PARTS: usize = 16;

/// Media types of bundles that are read (sigstore_bundle.proto, `media_type`).
const MEDIA_TYPES: [&str; 4] = [
    "application/vnd.dev.sigstore.bundle+json;version=0.1",
    "application/vnd.dev.sigstore.bundle+json;version=0.2",
    "application/vnd.dev.sigstore.bundle+json;version=0.3",
    "application/vnd.dev.sigstore.bundle.v0.3+json",
];

/// Kinds of log entries that are understood: Rekor's, of both its versions. The verifier does not
/// know `intoto` 0.0.1, which holds a hash of the whole envelope as it was sent: cosign has not made
/// any since 2022.
const ENTRY_KINDS: [(&str, &str); 4] = [
    ("hashedrekord", "0.0.1"),
    ("hashedrekord", "0.0.2"),
    ("dsse", "0.0.1"),
    ("intoto", "0.0.2"),
];

/// Checks a bundle, and whether it is about the image.
pub fn verify_bundle(bytes: &[u8], wanted: &Wanted<'_>, trust: &Trust) -> Checked {
    if bytes.len() > MAX_SIGNED_BYTES {
        let refusal = Refusal::unverifiable(format!(
            "the bundle is larger than the {MAX_SIGNED_BYTES} bytes that are read"
        ));
        return Checked::refused(refusal, None);
    }
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return Checked::refused(Refusal::unverifiable("the bundle is no JSON"), None);
    };
    match std::str::from_utf8(bytes) {
        Ok(text) => match unambiguous(text) {
            Ok(()) => verify_json(&value, text, None, wanted, trust),
            Err(refusal) => Checked::refused(refusal, None),
        },
        Err(_) => Checked::refused(Refusal::unverifiable("the bundle is no text"), None),
    }
}

/// Whether every reader finds the same in a bundle: each part once, and one content (a `oneof`).
fn unambiguous(text: &str) -> Result<(), Refusal> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Parts {
        #[serde(rename = "mediaType")]
        _media_type: Option<IgnoredAny>,
        #[serde(rename = "verificationMaterial")]
        _material: Option<IgnoredAny>,
        dsse_envelope: Option<IgnoredAny>,
        message_signature: Option<IgnoredAny>,
    }
    match serde_json::from_str::<Parts>(text) {
        Ok(parts) if parts.dsse_envelope.is_some() && parts.message_signature.is_some() => {
            Err(Refusal::invalid("it signs an envelope and a message"))
        }
        Err(error) if error.to_string().starts_with("duplicate field") => {
            Err(Refusal::invalid("a part of it is there twice"))
        }
        _ => Ok(()),
    }
}

/// Checks a bundle of which the JSON is at hand, over a message that may be.
pub(super) fn verify_json(
    value: &Value,
    text: &str,
    message: Option<&[u8]>,
    wanted: &Wanted<'_>,
    trust: &Trust,
) -> Checked {
    let parsed = readable(value).and_then(|()| Bundle::from_json(text));
    match parsed {
        Ok(bundle) => verify(&bundle, message, wanted, trust),
        Err(refusal) => Checked::refused(refusal, None),
    }
}

/// Whether a bundle is of a form that is known, and not made to cost.
fn readable(value: &Value) -> Result<(), Refusal> {
    let media_type = value.get("mediaType").and_then(Value::as_str);
    if !media_type.is_some_and(|found| MEDIA_TYPES.contains(&found)) {
        return Err(Refusal::unverifiable(format!(
            "it is no bundle of a version that is known: {}",
            printable(media_type.unwrap_or("it states no media type"))
        )));
    }
    let material = value.get("verificationMaterial");
    // A `oneof` as well.
    let signers = ["certificate", "publicKey", "x509CertificateChain"];
    let is_there = |name| material.is_some_and(|material| material.get(name).is_some());
    if signers.into_iter().filter(|name| is_there(*name)).count() > 1 {
        return Err(Refusal::invalid("it names more than one signer"));
    }
    let parts = |pointer: &str| {
        let found = value.pointer(pointer).and_then(Value::as_array);
        found.into_iter().flatten()
    };
    for list in [
        "/verificationMaterial/tlogEntries",
        "/verificationMaterial/timestampVerificationData/rfc3161Timestamps",
        "/verificationMaterial/x509CertificateChain/certificates",
    ] {
        if parts(list).count() > MAX_PARTS {
            return Err(Refusal::unverifiable(format!(
                "it has more than {MAX_PARTS} log entries, timestamps or certificates"
            )));
        }
    }
    for entry in parts("/verificationMaterial/tlogEntries") {
        let of = |pointer| entry.pointer(pointer).and_then(Value::as_str).unwrap_or("");
        let kind = (of("/kindVersion/kind"), of("/kindVersion/version"));
        if !ENTRY_KINDS.contains(&kind) {
            return Err(Refusal::unverifiable(format!(
                "its log entry is of a kind that is not known: {} {}",
                printable(kind.0),
                printable(kind.1)
            )));
        }
    }
    Ok(())
}

fn verify(bundle: &Bundle, message: Option<&[u8]>, wanted: &Wanted<'_>, trust: &Trust) -> Checked {
    let about = match bound(bundle, message, wanted) {
        Ok(about) => about,
        Err(refusal) => {
            let signer = match bundle.material() {
                Material::Certificate(holder) => Some(holder),
                Material::Key { .. } => None,
            };
            return Checked::refused(refusal, signer);
        }
    };
    let verification = match bundle.material() {
        Material::Certificate(holder) => {
            // Who gives a key asks for the key's signature, whatever lies beside it, as with cosign.
            let by_given = fitting_key(bundle, &about.what, trust);
            let by_given = by_given.map(|(key, checked)| by_fitting_key(checked, key));
            let by_certificate = || by_certificate(bundle, &about.what, holder, trust);
            match by_given {
                Some(checked) if checked.verdict == Verdict::Verified => checked,
                Some(checked) => better(checked, by_certificate()),
                None => by_certificate(),
            }
        }
        Material::Key { hint } => by_key(bundle, &about.what, &hint, trust),
    };
    let checked = Checked {
        verification,
        content: about.content,
        ..Checked::default()
    };
    match message {
        // Whoever has the message compares what it says.
        Some(_) => checked,
        None => checked.about(about.subject, wanted),
    }
}

/// What a bundle's signature is over, and what that is about.
struct About<'a> {
    what: What<'a>,
    subject: EvidenceSubject,
    content: Content,
}

fn bound<'a>(
    bundle: &Bundle,
    message: Option<&'a [u8]>,
    wanted: &Wanted<'a>,
) -> Result<About<'a>, Refusal> {
    match bundle.signed() {
        Signed::Envelope(payload_type, payload) => {
            let subjects = statement::subjects(&payload_type, &payload)?;
            // The engine asks for a digest that the statement names; whether it is the image's is
            // asked afterwards, so that a good signature of another image is told from a bad one.
            let what = subjects.digests.iter().find_map(|digest| what(digest));
            let what = what.ok_or_else(|| {
                Refusal::unverifiable("the statement names no digest of a subject that is known")
            })?;
            Ok(About {
                what,
                subject: wanted.subject(subjects.digests, subjects.name),
                content: Content::Payload {
                    payload_type,
                    payload,
                },
            })
        }
        Signed::Message(stated) => of_message(stated, message, wanted),
    }
}

fn of_message<'a>(
    stated: Option<(String, Vec<u8>)>,
    message: Option<&'a [u8]>,
    wanted: &Wanted<'a>,
) -> Result<About<'a>, Refusal> {
    let digests: Vec<String> = match stated {
        Some((algorithm, digest)) => vec![format!(
            "{algorithm}:{}",
            data_encoding::HEXLOWER.encode(&digest)
        )],
        // A bundle that states none is over the manifest, if over anything of the image.
        None => wanted.platform.map(str::to_owned).into_iter().collect(),
    };
    let subject = wanted.subject(digests, None);
    let bytes = match subject.is == crate::facts::model::SubjectIs::Platform {
        true => wanted.manifest,
        false => None,
    };
    let what = match (message.or(bytes), subject.digests.first()) {
        (Some(bytes), _) => What::Bytes(bytes),
        (None, Some(digest)) => what(digest).ok_or_else(|| {
            Refusal::invalid("the digest it states is not as its algorithm's are")
        })?,
        (None, None) => {
            return Err(Refusal::unverifiable(
                "it states no digest of what it signs",
            ));
        }
    };
    Ok(About {
        what,
        subject,
        content: Content::Message,
    })
}

/// The first, unless the second is better.
fn better(first: Verification, second: Verification) -> Verification {
    match second.verdict < first.verdict {
        true => second,
        false => first,
    }
}

fn by_certificate(bundle: &Bundle, what: &What<'_>, holder: Signer, trust: &Trust) -> Verification {
    let checked = with_certificate(bundle, what, trust.roots(), trust.leniency);
    match checked {
        Ok(proof) => {
            let named = trust.names(&holder).map(str::to_owned);
            held(proof, holder, named.as_deref())
        }
        Err(refusal) => refused(refusal, Some(holder)),
    }
}

fn by_key(bundle: &Bundle, what: &What<'_>, hint: &str, trust: &Trust) -> Verification {
    if trust.keys.is_empty() {
        let reason = "it is made with a key, and no key was given (--key)";
        return refused(Refusal::unverifiable(reason), None);
    }
    if let Some((key, checked)) = fitting_key(bundle, what, trust) {
        return by_fitting_key(checked, key);
    }
    let logged = logged_keys(bundle);
    let key_id = bundle.key_id();
    let is_named = |key: &&TrustedKey| {
        let named = [hint, &key_id].iter().any(|name| key.key.is_named(name));
        named || logged.contains(key.key.spki())
    };
    let states_none = hint.is_empty() && key_id.is_empty() && logged.is_empty();
    // Ed25519 signs the message, not its digest, which is all that may be at hand.
    let digest_alone = bundle.is_message() && matches!(what, What::Digest(..));
    let unchecked = |key: &TrustedKey| key.key.needs_bytes() && digest_alone;
    let reason = match trust.keys.iter().find(is_named) {
        Some(key) if !unchecked(key) => {
            let reason = format!(
                "it says it is made with the key of {}, and does not fit it",
                key.name
            );
            return refused(Refusal::invalid(reason), Some(signer(key)));
        }
        None if !states_none => "it is made with a key that was not given",
        None if !trust.keys.iter().any(unchecked) => {
            "it fits none of the keys that were given, and does not say which it is made with"
        }
        _ => {
            "it fits none of the keys that were given; by one of Ed25519 it could not be checked, for what it signs is not at hand"
        }
    };
    refused(Refusal::unverifiable(reason), None)
}

/// The key of those given that made the signature, and whether the rest holds.
fn fitting_key<'a>(
    bundle: &Bundle,
    what: &What<'_>,
    trust: &'a Trust,
) -> Option<(&'a TrustedKey, Result<Proof, Refusal>)> {
    trust.keys.iter().find_map(|key| {
        let ignore_tlog = key.unlogged || trust.leniency.ignore_tlog;
        let checked = with_key(bundle, what, &key.key, trust.roots(), ignore_tlog)?;
        Some((key, checked))
    })
}

fn by_fitting_key(checked: Result<Proof, Refusal>, key: &TrustedKey) -> Verification {
    match checked {
        Ok(proof) => held(proof, signer(key), Some(&key.name)),
        Err(refusal) => refused(refusal, Some(signer(key))),
    }
}

fn signer(key: &TrustedKey) -> Signer {
    Signer {
        key: Some(key.fingerprint()),
        ..Signer::default()
    }
}

/// The public keys that a bundle's log entries say it was signed with: every kind of entry writes
/// them as PEM or DER in Base64.
fn logged_keys(bundle: &Bundle) -> BTreeSet<Vec<u8>> {
    let mut keys = BTreeSet::new();
    for body in bundle.log_bodies() {
        if let Ok(body) = serde_json::from_slice::<Value>(body) {
            collect(&body, &mut keys);
        }
    }
    keys
}

/// Depth is bounded by the parser of JSON, which made the value.
fn collect(value: &Value, keys: &mut BTreeSet<Vec<u8>>) {
    match value {
        Value::String(text) => {
            let Ok(bytes) = BASE64.decode(text.as_bytes()) else {
                return;
            };
            match std::str::from_utf8(&bytes) {
                Ok(text) if text.contains("-----BEGIN") => keys.extend(
                    pem(text)
                        .filter(|(label, _)| *label == "PUBLIC KEY")
                        .filter_map(|(_, der)| der)
                        .take(MAX_PARTS),
                ),
                _ if keys.len() < MAX_PARTS && PublicKey::from_spki(&bytes).is_ok() => {
                    keys.insert(bytes);
                }
                _ => {}
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, keys)),
        Value::Object(fields) => fields.values().for_each(|value| collect(value, keys)),
        _ => {}
    }
}
