//! What evaluating one rule gives.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::metadata::RuleInfo;
pub use super::severity::Severity;
use crate::facts::model::Side;

/// Outcome of a rule. A gap is never a pass.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing found, or nothing but notes: warnings of a rule that gives itself full credit
    /// (`score` 1). Everything it needs was read.
    Pass,
    /// Only warnings found, and they cost credit.
    Warn,
    /// At least one denial.
    Fail,
    /// The rule does not concern this image, by a positive fact.
    NotApplicable,
    /// It cannot be said: facts are missing, or the rule could not be evaluated.
    Unknown,
}

/// Whether a finding came from `deny` or `warn`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// From `deny`.
    Deny,
    /// From `warn`.
    Warn,
}

/// One thing a rule found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// From `deny` or `warn`.
    pub kind: FindingKind,
    /// One sentence for people, without a full stop.
    pub msg: String,
    /// Canonical subject: `path:/x`, `pkg:…` without version, `repo:…`, `key:…` or `image`.
    pub subject: String,
    /// Severity: the rule's, unless the finding states its own.
    pub severity: Severity,
    /// Base, added or unknown.
    pub side: Side,
    /// Whatever the rule points at; `{}` when it points at nothing.
    pub evidence: Value,
    /// Stable identity, lower-case hex: SHA-256 of rule id, a newline and the subject. Never of
    /// message, version, layer or digest.
    pub fingerprint: String,
}

/// What evaluating one rule on one image gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The rule.
    pub rule: Arc<RuleInfo>,
    /// Severity after the profile.
    pub severity: Severity,
    /// Weight after the profile; 0 keeps a rule out of the scores.
    pub weight: f64,
    /// Outcome.
    pub outcome: Outcome,
    /// Credit from 0 to 1: pass 1, warn 0.5, fail 0, or the rule's own `score` in place of the last
    /// two. Null for not applicable and unknown.
    pub credit: Option<f64>,
    /// Why it is not applicable or unknown.
    pub reason: Option<String>,
    /// The file of a user's rule that is unknown by its own fault: it could not be evaluated, or it
    /// reads what does not exist. Null for every other rule.
    pub fault: Option<String>,
    /// Findings, sorted by kind, severity (most severe first), subject and message. A rule that is
    /// unknown keeps what it found, and a pass its notes.
    pub findings: Vec<Finding>,
}
