//! Why a finding does not block.

use serde_json::Value;

use crate::policy::verdict::{FindingKind, Outcome, Severity};
use crate::report::document::{FindingReport, GateReport, RuleReport};
use crate::report::table::words::{count, worded};

/// Why a finding that is neither waived nor known does not block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Why {
    /// It denies from a later day on.
    Early(String),
    /// The policy takes it back.
    Exempt,
    /// It is a warning.
    Warning,
    /// It is less severe than what blocks.
    Below(Severity),
    /// The rule did not fail, for the reason in words.
    Rule(String),
}

impl Why {
    /// Of a finding of `rule`.
    pub(super) fn of(
        finding: &FindingReport,
        rule: Option<&RuleReport>,
        gate: &GateReport,
    ) -> Self {
        let evidence = |key: &str| finding.evidence.get(key);
        let is_marked = |key: &str| evidence(key).and_then(Value::as_bool) == Some(true);
        let date = evidence("effective_on").and_then(Value::as_str);
        if let Some(date) = date.filter(|_| is_marked("early")) {
            return Self::Early(date.chars().take(10).collect());
        }
        if is_marked("exempt") {
            return Self::Exempt;
        }
        if finding.kind == FindingKind::Warn {
            return Self::Warning;
        }
        match rule.map(|rule| (rule.outcome, rule.reason.as_deref())) {
            Some((Outcome::Warn, reason)) => {
                Self::Rule(reason.map_or_else(|| "the rule only warns".to_owned(), worded))
            }
            Some((Outcome::Pass, _)) => Self::Rule("the rule passes".to_owned()),
            Some((Outcome::NotApplicable, _)) => Self::Rule("the rule does not apply".to_owned()),
            Some((Outcome::Unknown, _)) => Self::Rule("the rule has no answer".to_owned()),
            Some((Outcome::Fail, _)) | None => Self::Below(gate.fail_on),
        }
    }

    /// So many of them: `2 warnings`, `1 from 2026-12-01`.
    pub(super) fn counted(&self, number: usize) -> String {
        match self {
            Self::Early(date) => format!("{number} from {date}"),
            Self::Exempt => format!("{number} exempt"),
            Self::Warning => count(number, "warning"),
            Self::Below(least) => format!("{number} below {}", least.name()),
            Self::Rule(_) => format!("{number} told"),
        }
    }

    /// The reason in words.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Early(date) => format!("it denies from {date}"),
            Self::Exempt => "an `exception` of the policy covers it".to_owned(),
            Self::Warning => "a warning".to_owned(),
            Self::Below(least) => format!(
                "less severe than {}, from which findings block",
                least.name()
            ),
            Self::Rule(reason) => reason.clone(),
        }
    }

    /// Findings of one rule by the reason, in the order in which the reasons come up.
    pub(super) fn groups<'a>(
        findings: &[&'a FindingReport],
        rule: Option<&RuleReport>,
        gate: &GateReport,
    ) -> Vec<(Self, Vec<&'a FindingReport>)> {
        let mut groups: Vec<(Self, Vec<&'a FindingReport>)> = Vec::new();
        for finding in findings {
            let why = Self::of(finding, rule, gate);
            match groups.iter_mut().find(|(other, _)| *other == why) {
                Some((_, findings)) => findings.push(finding),
                None => groups.push((why, vec![finding])),
            }
        }
        groups
    }
}
