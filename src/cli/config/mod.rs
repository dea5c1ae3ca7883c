//! `freehold.yaml`: what a team says once for all its runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use miette::{NamedSource, SourceSpan};
use serde::Deserialize;

use super::error::CliError;
use super::input;

/// The file that is read where none is named.
const DEFAULT: &str = "freehold.yaml";

/// Bytes of it.
const MAX_BYTES: u64 = 1 << 20;

/// The configuration.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a map with the key `trust`")]
pub(super) struct Config {
    /// Who is trusted to sign, by the name a report is to call them.
    #[serde(default)]
    pub(super) trust: BTreeMap<String, SignerEntry>,
    /// The file.
    #[serde(skip)]
    pub(super) path: Option<String>,
    /// Its folder, from where names of files in it count.
    #[serde(skip)]
    pub(super) folder: PathBuf,
}

/// Who is trusted: a key, or an identity and who vouches for it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a key, or an issuer and an identity")]
pub(super) struct SignerEntry {
    /// A file with public keys in PEM, or their text.
    pub(super) key: Option<String>,
    /// OpenID Connect issuer.
    pub(super) issuer: Option<String>,
    /// The same as a regular expression.
    pub(super) issuer_regexp: Option<String>,
    /// Identity in the certificate.
    pub(super) identity: Option<String>,
    /// The same as a regular expression.
    pub(super) identity_regexp: Option<String>,
    /// Whether its owner signs without a transparency log.
    #[serde(default)]
    pub(super) ignore_tlog: bool,
}

impl Config {
    /// Reads the file that was named, else the one in the current directory, if there is one.
    ///
    /// # Errors
    /// [`CliError::Unreadable`] and [`CliError::Config`].
    pub(super) fn load(named: Option<&Path>) -> Result<Self, CliError> {
        let path = match named {
            Some(path) => path,
            None if Path::new(DEFAULT).is_file() => Path::new(DEFAULT),
            None => return Ok(Self::default()),
        };
        let bytes = input::bytes(path, MAX_BYTES)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut config: Self = match text.trim().is_empty() {
            true => Self::default(),
            false => yaml_serde::from_str(&text).map_err(|error| wrong(path, &text, &error))?,
        };
        config.path = Some(path.display().to_string());
        config.folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(config)
    }
}

fn wrong(path: &Path, text: &str, error: &yaml_serde::Error) -> CliError {
    let at = error.location();
    let span = at.map(|at| SourceSpan::from(at.index().min(text.len())));
    let sentence = error.to_string();
    let sentence = match sentence.rsplit_once(" at line ") {
        Some((sentence, _)) => sentence.to_owned(),
        None => sentence,
    };
    CliError::Config {
        sentence,
        source_text: NamedSource::new(path.display().to_string(), text.to_owned()),
        span,
    }
}
