//! `freehold policy new`: the one command that writes into a directory of the user.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::args::PolicyNewFlags;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::{Call, output};
use crate::policy::error::PolicyError;
use crate::policy::pack::Pack;
use crate::policy::scaffold::{NewFile, scaffold};

/// Writes a rule and its test, and says what next.
///
/// # Errors
/// [`CliError`] when the name is no name of a rule, or a file exists or cannot be written.
pub(super) fn new(flags: &PolicyNewFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    let pack = Pack::embedded()?;
    let files = scaffold(&flags.rule, &pack).map_err(|problem| PolicyError::Problem(*problem))?;
    let paths: Vec<PathBuf> = files.iter().map(|file| path(&flags.dir, file)).collect();
    // Both or none.
    if let Some(known) = paths.iter().find(|path| path.symlink_metadata().is_ok()) {
        return Err(CliError::Exists {
            file: known.display().to_string(),
        });
    }
    for (file, path) in files.iter().zip(&paths) {
        write(path, &file.text)?;
    }
    let [rule, test] = paths.as_slice() else {
        return Ok(Exit::Done);
    };
    let dir = crate::report::table::shell_word(&flags.dir.display().to_string());
    let text = format!(
        "wrote {}\nwrote {}\n\nNext:\n  \
         freehold facts IMAGE                     what a rule can read\n  \
         freehold policy check {dir}\n  \
         freehold policy test {dir} --coverage\n  \
         freehold policy explain {} -p {dir} --image IMAGE\n  \
         freehold scan IMAGE -p {dir}\n",
        rule.display(),
        test.display(),
        flags.rule,
    );
    output::write(&text, call.output)?;
    Ok(Exit::Done)
}

fn path(root: &Path, file: &NewFile) -> PathBuf {
    let mut path = root.to_path_buf();
    path.extend(&file.place);
    path
}

/// Writes a file the user asked for by name; over another it does not.
fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let create = || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)?;
        file.write_all(text.as_bytes())
    };
    create().map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => CliError::Exists {
            file: path.display().to_string(),
        },
        _ => CliError::Unwritable {
            path: path.display().to_string(),
            error,
        },
    })
}
