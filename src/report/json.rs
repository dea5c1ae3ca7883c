//! JSON: the report document as it is.

use serde::Serialize;

use super::document::Report;
use super::text::escape_json;

/// Prints a document, indented, with a line break at its end. Characters that could steer a
/// terminal are escaped as `\uXXXX`.
///
/// # Errors
///
/// When the document cannot be put into JSON.
pub fn print(document: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut text = escape_json(&serde_json::to_string_pretty(document)?);
    text.push('\n');
    Ok(text)
}

/// The JSON Schema (2020-12) of the report, made from its types: `schemas/report-1.json`.
///
/// # Errors
///
/// When the schema cannot be put into JSON.
pub fn schema() -> Result<String, serde_json::Error> {
    print(&schemars::schema_for!(Report))
}
