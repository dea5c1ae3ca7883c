//! Signatures of the Notary Project: recognised, and who says to have signed; never verified.
//!
//! Form: notaryproject/specifications, signature-specification.md and signature-envelope-jws.md.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::Value;

use super::engine::{Refusal, holder};
use super::{Checked, MAX_SIGNED_BYTES, Wanted, printable};
use crate::facts::model::Signer;

/// Reads a signature in a JSON Web Signature; of one in COSE nothing but its presence is said.
pub fn read_notation(envelope: &[u8], wanted: &Wanted<'_>) -> Checked {
    let refusal = Refusal::unverifiable("signatures of the Notary Project are not verified here");
    let value: Option<Value> = match envelope.len() > MAX_SIGNED_BYTES {
        true => None,
        false => serde_json::from_slice(envelope).ok(),
    };
    let signer = value.as_ref().and_then(signer);
    let mut checked = Checked::refused(refusal, signer);
    checked.subject = wanted.subject(value.as_ref().and_then(target).into_iter().collect(), None);
    checked
}

/// Subject of the first certificate (`x5c`, RFC 7515, section 4.1.6), which is the signer's.
fn signer(value: &Value) -> Option<Signer> {
    let first = value.pointer("/header/x5c/0")?.as_str()?;
    let der = BASE64.decode(first.as_bytes()).ok()?;
    let certificate = holder(&der);
    Some(certificate).filter(|signer| *signer != Signer::default())
}

/// Digest of the manifest that the payload names (`targetArtifact`).
fn target(value: &Value) -> Option<String> {
    let payload = BASE64URL_NOPAD
        .decode(value.get("payload")?.as_str()?.as_bytes())
        .ok()?;
    let payload: Value = serde_json::from_slice(&payload).ok()?;
    payload
        .pointer("/targetArtifact/digest")?
        .as_str()
        .map(printable)
}
