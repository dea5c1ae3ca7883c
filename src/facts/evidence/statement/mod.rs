//! in-toto statements: what they speak of, and what those of known predicates say.

mod json;
mod kinds;
mod materials;
mod slsa;
mod small;
mod subject;
mod vex;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;

pub use self::subject::{Subject, subject};
use self::subject::{Subjects, read_subjects};
use crate::facts::model::{
    Attestation, EvidenceOrigin, EvidenceSubject, PredicateKind, Provenance, SignatureFormat,
    Verification, VerificationSummary, VexSummary,
};
use crate::facts::redaction;

/// Bytes of a statement that are read: the SBOMs of full desktops take some megabytes.
pub const MAX_BYTES: usize = 16 << 20;

/// What a statement of any version's type begins with (in-toto attestation framework, "Statement").
const TYPE_PREFIX: &str = "https://in-toto.io/Statement/";

/// A statement, read. Texts are as it has them, credentials in addresses taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement<'a> {
    /// Its type, such as `https://in-toto.io/Statement/v1`.
    pub statement_type: Option<String>,
    /// Type of its predicate; empty where it states none.
    pub predicate_type: String,
    /// What that is about.
    pub kind: PredicateKind,
    /// What it speaks of, the first [`subject::MAX_SUBJECTS`].
    pub subjects: Vec<Subject>,
    /// Whether there are more.
    pub subjects_cut: bool,
    /// The time its predicate states, RFC 3339. Of an SBOM, that is for the reader of SBOMs.
    pub made_at: Option<String>,
    /// What it says, if it is provenance.
    pub provenance: Option<Provenance>,
    /// What it says, if it is VEX.
    pub vex: Option<VexSummary>,
    /// What it says, if it is a verification summary.
    pub summary: Option<VerificationSummary>,
    /// What it says, if it is a test result.
    pub test_result: Option<String>,
    /// The document, if it is an SBOM: JSON, or the text of a format that is none.
    pub sbom: Option<Cow<'a, [u8]>>,
    /// Why it was not, or not all, read.
    pub unread: Option<String>,
}

/// Why bytes are no statement.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refused {
    /// Too many bytes.
    #[error("the statement has {0} bytes, and more than {MAX_BYTES} are not read")]
    TooLarge(usize),
    /// Not JSON, or keys of a statement twice.
    #[error("the statement is not well-formed JSON: line {line}, column {column}")]
    NotJson {
        /// Line of the first fault, from 1.
        line: usize,
        /// Column of it, from 1.
        column: usize,
    },
    /// JSON of another kind.
    #[error("it is not an in-toto statement")]
    NotAStatement,
}

/// The parts of a statement (in-toto attestation framework, v0.1 and v1, "Statement").
#[derive(Deserialize)]
struct Parts<'a> {
    #[serde(rename = "_type", borrow, default)]
    statement_type: Option<&'a RawValue>,
    #[serde(rename = "predicateType", borrow, default)]
    predicate_type: Option<&'a RawValue>,
    #[serde(default)]
    subject: Subjects,
    #[serde(borrow, default)]
    predicate: Option<&'a RawValue>,
}

/// Reads a statement, whatever its predicate. A predicate that is unknown is listed, one that is not
/// of its type's shape is noted in `unread`; neither is an error.
///
/// # Errors
///
/// [`Refused`] where the bytes are no statement.
pub fn read(payload: &[u8]) -> Result<Statement<'_>, Refused> {
    if payload.len() > MAX_BYTES {
        return Err(Refused::TooLarge(payload.len()));
    }
    // A list would be taken for the parts in their order.
    if payload.trim_ascii_start().first() == Some(&b'[') {
        return Err(Refused::NotAStatement);
    }
    let parts: Parts<'_> = serde_json::from_slice(payload).map_err(|error| refusal(&error))?;
    let statement_type = parts.statement_type.and_then(json::raw_text);
    let predicate_type = parts.predicate_type.and_then(json::raw_text);
    let known = statement_type
        .as_deref()
        .map(|t| t.starts_with(TYPE_PREFIX));
    // Some old generators leave the type out; the type of a predicate makes it a statement all the
    // same.
    if !known.unwrap_or(predicate_type.is_some()) {
        return Err(Refused::NotAStatement);
    }
    let predicate_type = redaction::redact_address(&predicate_type.unwrap_or_default());
    let (subjects, subjects_cut) = read_subjects(parts.subject);
    let mut statement = Statement {
        statement_type,
        kind: kinds::kind(&predicate_type),
        predicate_type,
        subjects,
        subjects_cut,
        made_at: None,
        provenance: None,
        vex: None,
        summary: None,
        test_result: None,
        sbom: None,
        unread: subjects_cut.then(|| "it has more subjects than are read".to_owned()),
    };
    if let Err(why) = statement.read_predicate(parts.predicate) {
        statement.unread = Some(why);
    }
    Ok(statement)
}

fn refusal(error: &serde_json::Error) -> Refused {
    if error.is_data() && !error.to_string().starts_with("duplicate field") {
        return Refused::NotAStatement;
    }
    Refused::NotJson {
        line: error.line(),
        column: error.column(),
    }
}

impl<'a> Statement<'a> {
    /// Reads the predicate as its kind has it; the error says why that was not possible.
    fn read_predicate(&mut self, predicate: Option<&'a RawValue>) -> Result<(), String> {
        let missing = || "it has no predicate".to_owned();
        match self.kind {
            PredicateKind::Provenance => {
                let value = json::parse(predicate.ok_or_else(missing)?.get())?;
                let provenance = slsa::read(&value)?;
                let ended = provenance.finished_at.clone();
                self.made_at = ended.or_else(|| provenance.started_at.clone());
                self.provenance = Some(provenance);
            }
            PredicateKind::Vex => {
                let value = json::parse(predicate.ok_or_else(missing)?.get())?;
                let (vex, made_at) = vex::read(&value)?;
                self.vex = Some(vex);
                self.made_at = made_at;
            }
            PredicateKind::VerificationSummary => {
                let value = json::parse(predicate.ok_or_else(missing)?.get())?;
                self.summary = Some(small::verification_summary(&value)?);
                self.made_at = json::time(&value, "/timeVerified");
            }
            PredicateKind::TestResult => {
                let value = json::parse(predicate.ok_or_else(missing)?.get())?;
                self.test_result = Some(small::test_result(&value)?);
            }
            PredicateKind::Sbom => {
                self.sbom = Some(small::document(predicate.ok_or_else(missing)?)?);
            }
            PredicateKind::VulnerabilityScan | PredicateKind::Other | PredicateKind::Vendor => {
                self.made_at = predicate.and_then(small::stated_time);
                self.sbom = predicate.and_then(small::undeclared_document);
                if self.sbom.is_some() {
                    self.kind = PredicateKind::Sbom;
                }
            }
            PredicateKind::ImageConfiguration | PredicateKind::ImageSignature => {}
        }
        Ok(())
    }

    /// The statement as facts have it: where it was found, what it speaks of, and what came of
    /// checking its signature.
    pub fn attestation(
        self,
        origin: EvidenceOrigin,
        subject: EvidenceSubject,
        (signature, verification): (Option<SignatureFormat>, Verification),
    ) -> Attestation {
        Attestation {
            origin,
            statement_type: self.statement_type,
            predicate_type: self.predicate_type,
            kind: self.kind,
            subject,
            signature,
            verification,
            made_at: self.made_at,
            provenance: self.provenance,
            vex: self.vex,
            summary: self.summary,
            test_result: self.test_result,
            unread: self.unread,
        }
    }
}
