//! One SBOM, read: what the facts say of it, and what it lists.

use super::digest;
use super::sbom::{self, SbomDocument};
use crate::facts::model::{EvidenceOrigin, Sbom};

/// Reasons kept of what was not read.
const MAX_REASONS: usize = 8;

/// An SBOM, read.
#[derive(Debug)]
pub struct ReadSbom {
    /// What the facts say of it so far.
    pub record: Sbom,
    /// What it lists; `None` where it could not be read.
    pub document: Option<SbomDocument>,
    /// Whether a statement says what it is about.
    pub is_predicate: bool,
}

/// Reads an SBOM of any format. What cannot be read is said in the record.
pub fn read_sbom(bytes: &[u8], mut origin: EvidenceOrigin) -> ReadSbom {
    origin.digest.get_or_insert_with(|| digest(bytes));
    let mut record = Sbom::unread(origin, sbom::recognise(bytes).format, None);
    let document = match sbom::read(bytes) {
        Ok(document) => document,
        Err(refused) => {
            record.unread = Some(refused.to_string());
            record.validity = sbom::validity::check(record.format, None, bytes);
            return ReadSbom {
                record,
                document: None,
                is_predicate: false,
            };
        }
    };
    let count = |number: usize| number as u64;
    record.format = document.format;
    record.version.clone_from(&document.version);
    record.created.clone_from(&document.created);
    record.tools.clone_from(&document.tools);
    record.authors.clone_from(&document.authors);
    record.components = count(document.components.len());
    record.files = count(document.files.len());
    record.relationships = document.relationships;
    record.unread = reasons(&document.unread);
    record.validity = sbom::validity::check(document.format, document.version.as_deref(), bytes);
    record.elements = sbom::elements::shares(&document);
    ReadSbom {
        record,
        document: Some(document),
        is_predicate: false,
    }
}

fn reasons(unread: &[String]) -> Option<String> {
    let shown: Vec<&str> = unread
        .iter()
        .map(String::as_str)
        .take(MAX_REASONS)
        .collect();
    let left = unread.len().saturating_sub(shown.len());
    let more = (left > 0).then(|| format!("; and {left} more"));
    (!shown.is_empty()).then(|| format!("{}{}", shown.join("; "), more.unwrap_or_default()))
}
