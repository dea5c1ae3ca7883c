//! Who is known to sign for whom: the table `data/signers.yaml`, the shipped one and those of a
//! user's directories.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::documents::Documents;
use super::error::{PolicyError, Problem, ProblemKind};
use super::files::{self, PackFile};

/// Name of the table.
const TABLE: &str = "signers";

/// A signer that is known beforehand: a key, or an identity and who vouches for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Pin {
    /// Public keys in PEM.
    pub key: Option<String>,
    /// OpenID Connect issuer.
    pub issuer: Option<String>,
    /// The same as a regular expression.
    pub issuer_regexp: Option<String>,
    /// Identity in the certificate.
    pub identity: Option<String>,
    /// The same as a regular expression.
    pub identity_regexp: Option<String>,
    /// Whether signatures are made without a transparency log.
    #[serde(default)]
    pub unlogged: bool,
}

/// The pins by name.
///
/// # Errors
/// [`PolicyError`] when a table cannot be read.
pub fn pins(extra: &[PathBuf]) -> Result<BTreeMap<String, Pin>, PolicyError> {
    let mut problems = Vec::new();
    let mut documents = Documents::default();
    let given = extra
        .iter()
        .map(|root| files::read_tree(root, &mut Vec::new()));
    let all: Vec<PackFile> = files::embedded()
        .into_iter()
        .chain(given.flatten())
        .collect();
    for file in all
        .iter()
        .filter(|file| file.is_document() && file.stem() == TABLE)
    {
        documents.add(file, &mut problems);
    }
    let table = documents.tree.get("data").and_then(|data| data.get(TABLE));
    let entries = table.and_then(|table| table.get("entries")).cloned();
    let pins = entries.map_or(Ok(BTreeMap::new()), serde_json::from_value);
    let pins = pins.map_err(|error| {
        let file = format!("data/{TABLE}.yaml");
        problems.push(Problem::in_file(
            ProblemKind::Yaml,
            &file,
            error.to_string(),
        ));
    });
    match pins {
        Ok(pins) if problems.is_empty() => Ok(pins),
        _ => Err(PolicyError::in_pack(problems)),
    }
}
