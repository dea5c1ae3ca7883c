//! cosign's older signatures and attestations, of which the parts lie in the annotations of a layer
//! (cosign, specs/SIGNATURE_SPEC.md and specs/ATTESTATION_SPEC.md).
//!
//! They are put together as a bundle of version 0.1 or 0.2, which has a field for each part, and
//! checked as one.

use std::collections::BTreeMap;

use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::bundle::verify_json;
use super::engine::Refusal;
use super::trust::{Trust, pem};
use super::{Checked, Content, MAX_SIGNED_BYTES, Wanted, printable};
use crate::facts::model::Verdict;

/// Base64 of the signature over the payload.
pub const SIGNATURE_ANNOTATION: &str = "dev.cosignproject.cosign/signature";
/// PEM of the certificate of the key that signed.
pub const CERTIFICATE_ANNOTATION: &str = "dev.sigstore.cosign/certificate";
/// PEM of the certificates above it.
pub const CHAIN_ANNOTATION: &str = "dev.sigstore.cosign/chain";
/// The log's entry with its promise, as JSON.
pub const LOG_ANNOTATION: &str = "dev.sigstore.cosign/bundle";
/// A timestamp (RFC 3161) over the signature, as JSON.
pub const TIMESTAMP_ANNOTATION: &str = "dev.sigstore.cosign/rfc3161timestamp";

/// What a payload has to say it is (SIGNATURE_SPEC.md, "Simple Signing"; the second is cosign 3's).
const PAYLOAD_KINDS: [&str; 2] = [
    "cosign container image signature",
    "https://sigstore.dev/cosign/sign/v1",
];

/// Signatures of one envelope that are tried; a bundle has one.
const MAX_SIGNATURES: usize = 16;

/// Bytes of one envelope that are read for them, each of which takes it anew; the first is always
/// tried.
const MAX_TRIED_BYTES: usize = 32 << 20;

/// Checks a signature over a payload of simple signing, which names a manifest.
pub fn verify_simple_signing(
    payload: &[u8],
    annotations: &BTreeMap<String, String>,
    wanted: &Wanted<'_>,
    trust: &Trust,
) -> Checked {
    if payload.len() > MAX_SIGNED_BYTES {
        return too_large();
    }
    let Some(signature) = annotations.get(SIGNATURE_ANNOTATION) else {
        return Checked::default();
    };
    let said = Said::read(payload);
    let content = json!({
        "messageDigest": {
            "algorithm": "SHA2_256",
            "digest": BASE64.encode(&Sha256::digest(payload)),
        },
        "signature": signature,
    });
    let mut checked = match assemble("messageSignature", content, annotations) {
        Ok(bundle) => verify_json(&bundle, &bundle.to_string(), Some(payload), wanted, trust),
        Err(refusal) => Checked::refused(refusal, None),
    };
    checked.content = Content::Message;
    let subject = wanted.subject(said.digest.into_iter().collect(), said.reference);
    if let (Some(wrong), Verdict::Verified | Verdict::Authentic) =
        (said.wrong, checked.verification.verdict)
    {
        checked.verification.verdict = Verdict::Invalid;
        checked.verification.reason = Some(wrong);
        checked.verification.trusted_as = None;
    }
    checked.payload_kind = said.kind;
    checked.about(subject, wanted)
}

/// Checks an envelope (DSSE) with what its layer's annotations say of it; none need be there.
pub fn verify_dsse(
    envelope: &[u8],
    annotations: &BTreeMap<String, String>,
    wanted: &Wanted<'_>,
    trust: &Trust,
) -> Checked {
    if envelope.len() > MAX_SIGNED_BYTES {
        return too_large();
    }
    let tries = MAX_TRIED_BYTES.checked_div(envelope.len()).unwrap_or(1);
    let parsed = serde_json::from_slice::<Value>(envelope).ok();
    let Some(Value::Object(envelope)) = parsed else {
        return Checked::refused(Refusal::invalid("the envelope is no JSON object"), None);
    };
    let signatures = envelope.get("signatures").and_then(Value::as_array);
    let signatures = signatures.map_or(&[][..], Vec::as_slice);
    // An envelope holds when one of its signatures does (DSSE, protocol.md, with a threshold of
    // one); a bundle carries one, so each is tried alone.
    let each = signatures
        .iter()
        .take(tries.clamp(1, MAX_SIGNATURES))
        .map(|signature| {
            let mut alone = envelope.clone();
            alone.insert("signatures".to_owned(), json!([signature]));
            match assemble("dsseEnvelope", Value::Object(alone), annotations) {
                Ok(bundle) => verify_json(&bundle, &bundle.to_string(), None, wanted, trust),
                Err(refusal) => Checked::refused(refusal, None),
            }
        });
    each.min_by_key(|checked| checked.verification.verdict)
        .unwrap_or_default()
}

fn too_large() -> Checked {
    let reason = format!("it is larger than the {MAX_SIGNED_BYTES} bytes that are read");
    Checked::refused(Refusal::unverifiable(reason), None)
}

/// What a payload of simple signing says.
#[derive(Default)]
struct Said {
    digest: Option<String>,
    reference: Option<String>,
    kind: Option<String>,
    wrong: Option<String>,
}

impl Said {
    fn read(payload: &[u8]) -> Self {
        let Ok(value) = serde_json::from_slice::<Value>(payload) else {
            return Self {
                wrong: Some("the payload is no JSON".to_owned()),
                ..Self::default()
            };
        };
        let of = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
        let kind = of("/critical/type");
        let wrong = match kind {
            Some(kind) if PAYLOAD_KINDS.contains(&kind) => None,
            Some(kind) => Some(format!(
                "the payload is of another type than a signature of an image: {}",
                printable(kind)
            )),
            None => Some("the payload states no type".to_owned()),
        };
        let reference = of("/critical/identity/docker-reference");
        Self {
            digest: of("/critical/image/docker-manifest-digest").map(printable),
            reference: reference.filter(|text| !text.is_empty()).map(printable),
            kind: kind.map(printable),
            wrong,
        }
    }
}

/// Puts the parts together as a bundle.
fn assemble(
    field: &str,
    content: Value,
    annotations: &BTreeMap<String, String>,
) -> Result<Value, Refusal> {
    let mut material = match annotations.get(CERTIFICATE_ANNOTATION) {
        Some(certificate) if !certificate.trim().is_empty() => {
            let chain = annotations.get(CHAIN_ANNOTATION).map_or("", String::as_str);
            json!({"x509CertificateChain": {"certificates": certificates(certificate, chain)?}})
        }
        _ => json!({"publicKey": {"hint": ""}}),
    };
    let entry = annotations.get(LOG_ANNOTATION).map(|text| entry(text));
    let entry = entry.transpose()?;
    // Version 0.1 is the one whose log entries carry a promise and no proof.
    let version = match entry {
        Some(_) => "0.1",
        None => "0.2",
    };
    if let Some(fields) = material.as_object_mut() {
        let entries: Vec<Value> = entry.into_iter().collect();
        fields.insert("tlogEntries".to_owned(), Value::Array(entries));
        if let Some(text) = annotations.get(TIMESTAMP_ANNOTATION) {
            fields.insert("timestampVerificationData".to_owned(), timestamp(text)?);
        }
    }
    let mut bundle = json!({
        "mediaType": format!("application/vnd.dev.sigstore.bundle+json;version={version}"),
        "verificationMaterial": material,
    });
    if let Some(fields) = bundle.as_object_mut() {
        fields.insert(field.to_owned(), content);
    }
    Ok(bundle)
}

fn certificates(certificate: &str, chain: &str) -> Result<Vec<Value>, Refusal> {
    let all: Option<Vec<Value>> = pem(certificate)
        .chain(pem(chain))
        .map(|(label, der)| {
            let der = der.filter(|_| label == "CERTIFICATE")?;
            Some(json!({"rawBytes": BASE64.encode(&der)}))
        })
        .collect();
    match all {
        Some(all) if !all.is_empty() => Ok(all),
        _ => Err(Refusal::invalid("the certificate beside it is none in PEM")),
    }
}

/// cosign's `RekorBundle` as an entry of a bundle.
fn entry(text: &str) -> Result<Value, Refusal> {
    let wrong = || Refusal::invalid("the log entry beside it cannot be read");
    let entry: Value = serde_json::from_str(text).map_err(|_| wrong())?;
    let payload = entry.get("Payload").ok_or_else(wrong)?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let number = |name| payload.get(name).and_then(Value::as_i64).ok_or_else(wrong);
    let body = text(payload.get("body")).ok_or_else(wrong)?;
    let log = text(payload.get("logID")).ok_or_else(wrong)?;
    let log = HEXLOWER.decode(log.as_bytes()).map_err(|_| wrong())?;
    let decoded = BASE64.decode(body.as_bytes()).map_err(|_| wrong())?;
    let kind: Value = serde_json::from_slice(&decoded).map_err(|_| wrong())?;
    Ok(json!({
        "logIndex": number("logIndex")?.to_string(),
        "logId": {"keyId": BASE64.encode(&log)},
        "kindVersion": {
            "kind": text(kind.get("kind")).ok_or_else(wrong)?,
            "version": text(kind.get("apiVersion")).ok_or_else(wrong)?,
        },
        "integratedTime": number("integratedTime")?.to_string(),
        "inclusionPromise": {
            "signedEntryTimestamp": text(entry.get("SignedEntryTimestamp")).ok_or_else(wrong)?,
        },
        "canonicalizedBody": body,
    }))
}

/// cosign's `RFC3161Timestamp` as a bundle has it.
fn timestamp(text: &str) -> Result<Value, Refusal> {
    let value: Option<Value> = serde_json::from_str(text).ok();
    let token = value
        .as_ref()
        .and_then(|value| value.get("SignedRFC3161Timestamp"))
        .and_then(Value::as_str)
        .ok_or_else(|| Refusal::invalid("the timestamp beside it cannot be read"))?;
    Ok(json!({"rfc3161Timestamps": [{"signedTimestamp": token}]}))
}
