//! The part of an in-toto statement that binds it to what it is about.

use serde_json::Value;

use super::engine::{Algorithm, Refusal, What};
use super::printable;

/// Media type of the payload of an attestation (in-toto attestation, spec/v1/envelope.md).
pub(super) const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// Types of a statement (in-toto attestation, spec/v0.1.0 and spec/v1/statement.md).
const TYPES: [&str; 2] = [
    "https://in-toto.io/Statement/v0.1",
    "https://in-toto.io/Statement/v1",
];

/// Subjects of a statement that are read; statements of builds list every artifact.
const MAX_SUBJECTS: usize = 10_000;

/// The digests a statement names as its subjects, as `algorithm:hex`, and the first name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Subjects {
    pub(super) digests: Vec<String>,
    pub(super) name: Option<String>,
}

/// Reads the subjects of a payload. A payload that is no statement of a known type is refused, for
/// what it binds cannot be known.
pub(super) fn subjects(payload_type: &str, payload: &[u8]) -> Result<Subjects, Refusal> {
    if payload_type != PAYLOAD_TYPE {
        return Err(Refusal::invalid(format!(
            "the payload type is {}, not {PAYLOAD_TYPE}",
            printable(payload_type)
        )));
    }
    let statement: Value = serde_json::from_slice(payload)
        .map_err(|_| Refusal::invalid("the payload is no JSON, so no in-toto statement"))?;
    match statement.get("_type").and_then(Value::as_str) {
        Some(known) if TYPES.contains(&known) => {}
        Some(other) => {
            return Err(Refusal::invalid(format!(
                "the payload is a statement of an unknown type: {}",
                printable(other)
            )));
        }
        None => {
            return Err(Refusal::invalid(
                "the payload states no type, so it is no in-toto statement",
            ));
        }
    }
    Ok(read(&statement))
}

fn read(statement: &Value) -> Subjects {
    let mut found = Subjects::default();
    let listed = statement.get("subject").and_then(Value::as_array);
    for subject in listed.into_iter().flatten().take(MAX_SUBJECTS) {
        if found.name.is_none() {
            let name = subject.get("name").and_then(Value::as_str);
            found.name = name.filter(|name| !name.is_empty()).map(printable);
        }
        let digests = subject.get("digest").and_then(Value::as_object);
        for (algorithm, hex) in digests.into_iter().flatten() {
            if let Some(hex) = hex.as_str() {
                found.digests.push(printable(
                    &format!("{algorithm}:{hex}").to_ascii_lowercase(),
                ));
            }
        }
    }
    found
}

/// A digest as something a signature can be over; `None` for an algorithm that is not known here.
pub(super) fn what(digest: &str) -> Option<What<'static>> {
    let (algorithm, hex) = digest.split_once(':')?;
    let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).ok()?;
    Some(What::Digest(Algorithm::named(algorithm)?, bytes))
}
