//! Whether an SBOM keeps to its format: against the official schema, what the specification demands
//! beyond it, and what a strict parser makes of it.
//!
//! Nothing is fetched: the schemas are in `schemas/`, whose README says where they come from.

mod json_schema;
mod reasons;
mod spdx_rules;
mod strict;
mod tag_value;
#[cfg(test)]
mod tests;
mod xml_schema;

use std::cell::RefCell;

use serde_json::Value;

use crate::facts::model::{SbomFormat, SbomValidity};

use json_schema::JsonSchema;
use reasons::Reasons;

/// Bytes of a document that is checked.
const MAX_BYTES: usize = 64 << 20;
/// Values of a JSON document, or tags of an XML document, that is checked: a value takes some 70
/// bytes of memory however short it is written. The largest SBOMs of images have a tenth.
const MAX_VALUES: usize = 2 << 20;
/// Levels a JSON document may be nested; what parses it calls itself for each, and `serde_json`
/// stops at the same number.
const MAX_DEPTH: usize = 127;

/// Checks a document of a format and version, the version as the document states it, without
/// `SPDX-`; one that states none is held to the newest, which then misses it.
///
/// `valid` is null, and the first of the errors says why, where there is no schema for that version
/// or the document is over a limit. No more than a thousand errors are counted.
pub fn check(format: SbomFormat, version: Option<&str>, bytes: &[u8]) -> SbomValidity {
    if let Some(why) = over_a_limit(bytes) {
        return unchecked(why);
    }
    match format {
        SbomFormat::CyclonedxJson => match json_schema::cyclonedx(version) {
            Some(schema) => cyclonedx_json(schema, version, bytes),
            None => no_schema("CycloneDX JSON", version),
        },
        SbomFormat::CyclonedxXml => match xml_schema::cyclonedx(version) {
            Some(schema) => schema.check(bytes),
            None => no_schema("CycloneDX XML", version),
        },
        SbomFormat::SpdxJson => match json_schema::spdx_2(version) {
            Some(schema) => spdx_json(schema, bytes),
            None => no_schema("SPDX JSON", version),
        },
        SbomFormat::SpdxJsonLd => match json_schema::spdx_3(version) {
            Some(schema) => json(schema, bytes, |_, _| ()),
            None => no_schema("SPDX JSON-LD", version),
        },
        SbomFormat::SpdxTagValue => match version {
            None | Some("2.2" | "2.3") => tag_value::check(version, bytes),
            Some(_) => no_schema("SPDX tag-value", version),
        },
        SbomFormat::SyftJson | SbomFormat::Unrecognised => SbomValidity::default(),
    }
}

fn cyclonedx_json(schema: &JsonSchema, version: Option<&str>, bytes: &[u8]) -> SbomValidity {
    let mut validity = json(schema, bytes, |_, _| ());
    if validity.valid.is_some() {
        strict::cyclonedx_json(version, bytes).write_to(&mut validity);
    }
    validity
}

fn spdx_json(schema: &JsonSchema, bytes: &[u8]) -> SbomValidity {
    let opinion = RefCell::default();
    let mut validity = json(schema, bytes, |document, reasons| {
        spdx_rules::check(document, reasons);
        opinion.replace(strict::spdx_json(document));
    });
    opinion.into_inner().write_to(&mut validity);
    if let Some(with) = &mut validity.checked_with {
        with.push_str(" and the rules of the specification");
    }
    validity
}

/// Checks a JSON document against a schema, and against rules that no schema can state.
fn json(schema: &JsonSchema, bytes: &[u8], rules: impl Fn(&Value, &mut Reasons)) -> SbomValidity {
    if nests_deeper(bytes, MAX_DEPTH) {
        return unchecked(format!("it is nested deeper than {MAX_DEPTH} levels"));
    }
    let mut reasons = Reasons::default();
    match serde_json::from_slice::<Value>(bytes) {
        Ok(document) => {
            if !schema.check(&document, &mut reasons) {
                return unchecked(format!("the {} could not be used", schema.name()));
            }
            rules(&document, &mut reasons);
        }
        Err(error) => reasons.push("", format!("it is not JSON: {error}")),
    }
    reasons.verdict(schema.name())
}

fn over_a_limit(bytes: &[u8]) -> Option<String> {
    if bytes.len() > MAX_BYTES {
        return Some(format!("it is longer than {MAX_BYTES} bytes"));
    }
    let values = bytes.iter().filter(|byte| b",[{<".contains(byte)).count();
    (values > MAX_VALUES).then(|| format!("it has more than {MAX_VALUES} values"))
}

/// Whether brackets and braces outside texts are nested deeper than so many levels.
fn nests_deeper(bytes: &[u8], levels: usize) -> bool {
    let mut depth = 0usize;
    let mut in_text = false;
    let mut escaped = false;
    for byte in bytes {
        match (in_text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_text = !in_text,
            (false, b'[' | b'{') => depth = depth.saturating_add(1),
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > levels {
            return true;
        }
    }
    false
}

fn no_schema(format: &str, version: Option<&str>) -> SbomValidity {
    let version = version.unwrap_or("unstated");
    unchecked(format!("there is no schema for {format} {version}"))
}

fn unchecked(why: impl AsRef<str>) -> SbomValidity {
    let mut reasons = Reasons::default();
    reasons.push("", why.as_ref());
    SbomValidity {
        errors: reasons.listed(),
        ..SbomValidity::default()
    }
}
