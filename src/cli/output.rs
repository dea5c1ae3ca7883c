//! Where the answer goes.

use std::io::{self, Write as _};
use std::path::Path;

use super::error::CliError;

/// Writes `text` to the file, or to standard output.
///
/// A reader that has seen enough closes the pipe; that is not an error.
///
/// # Errors
///
/// [`CliError::Unwritable`].
pub(crate) fn write(text: &str, file: Option<&Path>) -> Result<(), CliError> {
    match file {
        Some(path) => write_file(text, path).map_err(|error| CliError::Unwritable {
            path: path.display().to_string(),
            error,
        }),
        None => write_stdout(text).map_err(|error| CliError::Unwritable {
            path: "standard output".to_owned(),
            error,
        }),
    }
}

/// Writes `text` to a file that is not there yet, and makes its folder.
///
/// # Errors
///
/// [`CliError::Exists`] and [`CliError::Unwritable`].
pub(crate) fn create(text: &str, path: &Path) -> Result<(), CliError> {
    let write = || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::File::create_new(path)?.write_all(text.as_bytes())
    };
    write().map_err(|error| {
        let path = path.display().to_string();
        match error.kind() {
            io::ErrorKind::AlreadyExists => CliError::Exists { path },
            _ => CliError::Unwritable { path, error },
        }
    })
}

/// Adds `text` to the end of a file, which need not be there.
///
/// # Errors
///
/// [`CliError::Unwritable`].
pub(crate) fn append(text: &str, path: &Path) -> Result<(), CliError> {
    let mut options = std::fs::OpenOptions::new();
    let opened = options.append(true).create(true).open(path);
    let written = opened.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| CliError::Unwritable {
        path: path.display().to_string(),
        error,
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that writes a file, and only the one the user named"
)]
fn write_file(text: &str, path: &Path) -> io::Result<()> {
    let mut file = std::fs::File::create(path)?;
    file.write_all(text.as_bytes())
}

fn write_stdout(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
