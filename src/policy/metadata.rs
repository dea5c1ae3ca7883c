//! The METADATA block of a rule.

use serde::Serialize;
use serde_json::Value;

use super::verdict::Severity;
use crate::facts::model::{RoleName, Topic};

/// A rule as its METADATA block describes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleInfo {
    /// `<category>.<rule>`.
    pub id: String,
    /// First part of the id.
    pub category: String,
    /// Title: what is true when the rule passes.
    pub title: String,
    /// Why it matters, in a paragraph.
    pub description: String,
    /// Default severity.
    pub severity: Severity,
    /// Default weight in its category.
    pub weight: f64,
    /// Topics it reads.
    pub needs: Vec<Topic>,
    /// Roles it concerns; empty means all.
    pub applies_to: Vec<RoleName>,
    /// What to do about it.
    pub remediation: String,
    /// How much work that is: `low`, `medium`, `high`.
    pub effort: String,
    /// `experimental`, `stable` or `deprecated`.
    pub stability: String,
    /// ISO date from which a failure counts; before it, a failure is a warning.
    pub effective_on: Option<String>,
    /// Former ids.
    pub aliases: Vec<String>,
    /// Controls of standards it speaks to, by standard: `{"cis_docker_1.6": ["4.8"]}`.
    pub controls: Value,
    /// Sources, as URLs.
    pub related: Vec<String>,
}
