//! What strict parsers of the formats make of a document: a second opinion, by other people's code.
//!
//! spdx-rs is not asked about tag-value: it panics on a tag, a relationship or a licence it does not
//! know (0.5.5, `parsers/tag_value.rs`).

use cyclonedx_bom::prelude::{Bom, SpecVersion, Validate as _, ValidationResult};
use cyclonedx_bom::validation::ValidationErrorsKind;
use serde::Deserialize as _;
use serde_json::Value;
use spdx_rs::models::SPDX;

use super::nests_deeper;
use super::reasons::printable;
use super::spdx_rules;
use crate::facts::model::SbomValidity;

/// Bytes of a document that a strict parser is given: cyclonedx-bom takes some 30 bytes of memory for
/// each. The largest SBOMs of images are smaller.
const MAX_BYTES: usize = 8 << 20;

/// Levels of JSON or XML a document that cyclonedx-bom is given may be nested: it calls itself with
/// large frames, and 120 levels took over 2 MiB of stack. Components of real documents nest five deep.
const MAX_DEPTH: usize = 32;

/// What came of it: nothing where the parser was not asked.
#[derive(Default)]
pub(super) struct Opinion(Option<Result<(), String>>);

impl Opinion {
    /// Puts it where it belongs.
    pub(super) fn write_to(self, validity: &mut SbomValidity) {
        if let Some(result) = self.0 {
            validity.strict = Some(result.is_ok());
            validity.strict_error = result.err().map(|error| printable(&error));
        }
    }
}

/// cyclonedx-bom, which knows JSON 1.3 to 1.5.
pub(super) fn cyclonedx_json(version: Option<&str>, bytes: &[u8]) -> Opinion {
    if nests_deeper(bytes, MAX_DEPTH) {
        return Opinion::default();
    }
    Opinion(known(version, bytes).map(|version| {
        let bom = Bom::parse_from_json_with_version(bytes, version);
        bom.map_err(|error| error.to_string()).and_then(validated)
    }))
}

/// cyclonedx-bom, which knows XML 1.3 to 1.5.
pub(super) fn cyclonedx_xml(version: Option<&str>, text: &str) -> Opinion {
    let bytes = text.as_bytes();
    Opinion(known(version, bytes).map(|version| {
        let bom = Bom::parse_from_xml_with_version(bytes, version);
        bom.map_err(|error| error.to_string()).and_then(validated)
    }))
}

fn known(version: Option<&str>, bytes: &[u8]) -> Option<SpecVersion> {
    if bytes.len() > MAX_BYTES {
        return None;
    }
    match version? {
        "1.3" => Some(SpecVersion::V1_3),
        "1.4" => Some(SpecVersion::V1_4),
        "1.5" => Some(SpecVersion::V1_5),
        _ => None,
    }
}

fn validated(bom: Bom) -> Result<(), String> {
    let result = bom.validate();
    if result.passed() {
        return Ok(());
    }
    let mut at = String::new();
    let why = first(result, &mut at);
    Err(format!("{at}: {why}"))
}

/// The first error, and the names that lead to it.
fn first(result: ValidationResult, at: &mut String) -> String {
    let Some((name, kind)) = result.errors().next() else {
        return String::new();
    };
    at.push('/');
    at.push_str(&name);
    match kind {
        ValidationErrorsKind::Struct(inner) => first(inner, at),
        ValidationErrorsKind::List(entries) => match entries.into_iter().next() {
            Some((index, inner)) => {
                at.push_str(&format!("/{index}"));
                first(inner, at)
            }
            None => String::new(),
        },
        ValidationErrorsKind::Field(errors) | ValidationErrorsKind::Custom(errors) => errors
            .into_iter()
            .next()
            .map_or(String::new(), |e| e.message),
        ValidationErrorsKind::Enum(error) => error.message,
    }
}

/// spdx-rs, which knows JSON 2.2 and 2.3. It is given what was parsed already: of a property that
/// is stated twice, it would read both, and one of them was not looked at.
pub(super) fn spdx_json(document: &Value) -> Opinion {
    // Its parser of licences calls itself for each parenthesis.
    if !spdx_rules::has_modest_expressions(document) {
        return Opinion::default();
    }
    let parsed = SPDX::deserialize(document);
    Opinion(Some(parsed.map(drop).map_err(|error| error.to_string())))
}
