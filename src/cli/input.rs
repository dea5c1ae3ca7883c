//! Files the user names, read with a cap, and what to call their content.

use std::io::{self, Read as _};
use std::path::Path;

use super::error::CliError;
use crate::source::Digest;

/// The bytes of a file that has at most `most` of them.
///
/// # Errors
/// [`CliError::Unreadable`], also of one that has more.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place of this room that opens files; the read is capped"
)]
pub(super) fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, CliError> {
    let read = || {
        let mut bytes = Vec::new();
        let mut file = std::fs::File::open(path)?.take(most.saturating_add(1));
        file.read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most {
            let text = format!("it has more than {most} bytes");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        Ok(bytes)
    };
    read().map_err(|error| CliError::Unreadable {
        path: path.display().to_string(),
        error,
    })
}

/// SHA-256 of the bytes, lower-case hex.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Digest::sha256(bytes).hex().to_owned()
}
