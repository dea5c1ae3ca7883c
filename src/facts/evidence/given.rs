//! Files with evidence that the user gave.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use thiserror::Error;

use super::{sbom, statement};

/// Documents of one file.
const MAX_DOCUMENTS: usize = 1_000;

/// A file with evidence that the user gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// What the user says it is.
    pub kind: GivenKind,
    /// Name of the file, as it was typed.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a file that the user gave is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenKind {
    /// An SBOM.
    Sbom,
    /// A statement, bare or in a DSSE envelope.
    Attestation,
    /// A Sigstore bundle.
    Bundle,
}

impl GivenKind {
    /// The flag that gives it.
    fn flag(self) -> &'static str {
        match self {
            Self::Sbom => "--sbom",
            Self::Attestation => "--attestation",
            Self::Bundle => "--bundle",
        }
    }
}

/// A file is not what the user says it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name}: {why}")]
pub struct GivenRefused {
    /// The file.
    pub name: String,
    /// Why.
    pub why: String,
    /// What to do.
    pub help: String,
}

/// Whether every file is what the user says it is. Whether what it says is right is another
/// question.
///
/// # Errors
/// [`GivenRefused`] for the first that is not.
pub fn check_given(all: &[Given]) -> Result<(), GivenRefused> {
    all.iter().try_for_each(|given| {
        let bytes = &given.bytes;
        let is_such = match given.kind {
            GivenKind::Sbom => {
                let read = sbom::read(bytes).map(drop);
                return read.map_err(|error| refused(given, error.to_string()));
            }
            GivenKind::Attestation => {
                let is_such = |one: &[u8]| is_envelope(one) || is_statement(one);
                documents(bytes).into_iter().all(is_such)
            }
            GivenKind::Bundle => documents(bytes).into_iter().all(is_bundle),
        };
        match (is_such, given.kind) {
            (true, _) => Ok(()),
            (false, GivenKind::Bundle) => Err(refused(given, "it is no Sigstore bundle".into())),
            (false, _) => Err(refused(given, "it is no statement".into())),
        }
    })
}

fn refused(given: &Given, why: String) -> GivenRefused {
    let bytes = &given.bytes;
    let other = if is_bundle(bytes) {
        Some(("a Sigstore bundle", GivenKind::Bundle))
    } else if is_envelope(bytes) || is_statement(bytes) {
        Some(("a statement", GivenKind::Attestation))
    } else if sbom::read(bytes).is_ok() {
        Some(("an SBOM", GivenKind::Sbom))
    } else {
        None
    };
    let wanted = match given.kind {
        GivenKind::Sbom => "an SBOM in SPDX, CycloneDX or Syft's JSON",
        GivenKind::Attestation => "an in-toto statement, bare or in a DSSE envelope",
        GivenKind::Bundle => "a Sigstore bundle",
    };
    GivenRefused {
        name: given.name.clone(),
        why,
        help: match other.filter(|(_, kind)| *kind != given.kind) {
            Some((what, kind)) => format!("it looks like {what}: give it with {}", kind.flag()),
            None => format!("{} takes {wanted}", given.kind.flag()),
        },
    }
}

/// The JSON documents of a file, one after another, as `gh attestation download` and `cosign download
/// attestation` write them; all of it where they are too many or one of them is no JSON.
pub(super) fn documents(bytes: &[u8]) -> Vec<&[u8]> {
    let stream = serde_json::Deserializer::from_slice(bytes).into_iter::<&RawValue>();
    let all: Result<Vec<&[u8]>, _> = stream
        .take(MAX_DOCUMENTS.saturating_add(1))
        .map(|document| document.map(|document| document.get().as_bytes()))
        .collect();
    match all {
        Ok(all) if (2..=MAX_DOCUMENTS).contains(&all.len()) => all,
        _ => vec![bytes],
    }
}

/// Whether JSON is an envelope (DSSE, envelope.md) and not a bare statement.
pub(super) fn is_envelope(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Envelope {
        #[serde(rename = "payloadType")]
        _payload_type: IgnoredAny,
        #[serde(rename = "payload")]
        _payload: IgnoredAny,
    }
    serde_json::from_slice::<Envelope>(bytes).is_ok()
}

/// Whether it is a statement, bare.
pub(super) fn is_statement(bytes: &[u8]) -> bool {
    statement::read(bytes).is_ok()
}

/// Whether JSON has what every bundle has (protobuf-specs, sigstore_bundle.proto).
pub(super) fn is_bundle(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Bundle {
        #[serde(rename = "mediaType")]
        _media_type: IgnoredAny,
        #[serde(rename = "verificationMaterial")]
        _material: IgnoredAny,
    }
    serde_json::from_slice::<Bundle>(bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_hold_several_documents() {
        let read = |text: &'static str| documents(text.as_bytes());
        assert_eq!(
            read("{\"a\":1}\n{\"b\":[2]}\n"),
            [b"{\"a\":1}".as_slice(), b"{\"b\":[2]}"]
        );
        for whole in ["", " {} ", "{}{", "no JSON", "{} no"] {
            assert_eq!(read(whole), [whole.as_bytes()]);
        }
        let many = "{}".repeat(MAX_DOCUMENTS + 1);
        assert_eq!(documents(many.as_bytes()), [many.as_bytes()]);
    }
}
