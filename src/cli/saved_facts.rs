//! Facts documents written earlier: `facts:FILE`.

use std::io::Read as _;
use std::path::Path;

use super::error::CliError;
use crate::facts::model::{Facts, SCHEMA};

/// Largest document read, in bytes. The facts of a large image take a few megabytes.
const MOST_BYTES: u64 = 256 << 20;

/// Reads a facts document.
///
/// # Errors
///
/// [`CliError::Unreadable`] or [`CliError::FactsDocument`].
pub(crate) fn read(path: &Path) -> Result<Facts, CliError> {
    let bytes = read_capped(path)?;
    let wrong = |detail: String| CliError::FactsDocument {
        path: path.display().to_string(),
        detail,
    };
    if bytes.len() as u64 > MOST_BYTES {
        return Err(wrong(format!("it is larger than {MOST_BYTES} bytes")));
    }
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

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that opens a saved document; the read is capped"
)]
fn read_capped(path: &Path) -> Result<Vec<u8>, CliError> {
    let unreadable = |error| CliError::Unreadable {
        path: path.display().to_string(),
        error,
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}
