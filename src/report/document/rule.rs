//! One rule's verdict on one image.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::waiver::WaiverReport;
use crate::facts::model::{Side, Topic};
use crate::policy::verdict::{FindingKind, Outcome, Severity};
use crate::scorecard::Axis;

/// What one rule says about one image.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RuleReport {
    /// `<category>.<rule>`.
    pub id: String,
    /// What is true when the rule passes.
    pub title: String,
    /// Why it matters, in a paragraph.
    pub description: String,
    /// Category.
    pub category: String,
    /// Axis the category counts in; null for what is declared and never scored.
    pub axis: Option<Axis>,
    /// Severity after the profile.
    pub severity: Severity,
    /// Weight after the profile.
    pub weight: f64,
    /// Outcome.
    pub outcome: Outcome,
    /// Credit, 0 to 100; null for not applicable and unknown.
    pub score: Option<f64>,
    /// Points of its axis, 0 to 100, that rest on it.
    pub share: f64,
    /// Points it gives of these.
    pub points: f64,
    /// Why it is not applicable or unknown.
    pub reason: Option<String>,
    /// Whether it is a user's rule that has no answer by its own fault.
    pub at_fault: bool,
    /// Findings, most severe first.
    pub findings: Vec<FindingReport>,
    /// Topics the rule reads.
    pub needs: Vec<Topic>,
    /// Controls of standards it speaks to, by standard.
    pub controls: Value,
    /// What to do about it.
    pub remediation: String,
    /// How much work that is: `low`, `medium`, `high`.
    pub effort: String,
    /// `experimental`, `stable` or `deprecated`.
    pub stability: String,
    /// Sources, as URLs.
    pub related: Vec<String>,
}

/// One thing a rule found.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FindingReport {
    /// From `deny` or `warn`.
    pub kind: FindingKind,
    /// One sentence.
    pub msg: String,
    /// What it is about: `path:/x`, `pkg:…`, `repo:…`, `key:…` or `image`; of a result with
    /// Conforma's `code`, `code:CODE` or `code:CODE:TERM`.
    pub subject: String,
    /// Severity of this finding.
    pub severity: Severity,
    /// Base, added or unknown.
    pub side: Side,
    /// What the rule points at.
    pub evidence: Value,
    /// Stable identity: SHA-256 of rule id and subject, lower-case hex.
    pub fingerprint: String,
    /// The waiver that is for it, also a lapsed one; null without one.
    pub waiver: Option<WaiverReport>,
    /// Whether the baseline has it; null without a baseline.
    pub known: Option<bool>,
}
