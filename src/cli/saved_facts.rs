//! Facts documents written earlier: `facts:FILE`.

use std::path::Path;

use super::error::CliError;
use super::input;
use crate::facts::model::{Facts, SCHEMA};

/// Largest document read, in bytes. The facts of a large image take a few megabytes.
const MOST_BYTES: u64 = 256 << 20;

/// Reads a facts document.
///
/// # Errors
///
/// [`CliError::Unreadable`] or [`CliError::FactsDocument`].
pub(crate) fn read(path: &Path) -> Result<Facts, CliError> {
    let bytes = input::bytes(path, MOST_BYTES)?;
    let wrong = |detail: String| CliError::FactsDocument {
        path: path.display().to_string(),
        detail,
    };
    let facts: Facts = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    if facts.schema == SCHEMA {
        Ok(facts)
    } else {
        Err(wrong(format!(
            "its schema is `{}`, not `{SCHEMA}`",
            facts.schema
        )))
    }
}
