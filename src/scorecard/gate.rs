//! May this image ship? What `check` blocks on.

use std::sync::Arc;

use serde::Serialize;

use super::{Axis, Scorecard};
use crate::policy::metadata::RuleInfo;
use crate::policy::profile::Profile;
use crate::policy::verdict::{Finding, FindingKind, Outcome, Severity};

/// The answer with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gate {
    /// Whether anything below blocks.
    pub blocked: bool,
    /// Findings of this severity or more block.
    pub fail_on: Severity,
    /// Findings that block, most severe first.
    pub blocking: Vec<GateFinding>,
    /// Findings that do not, most severe first.
    pub not_blocking: Vec<GateFinding>,
    /// Rules the profile requires an answer from, which have none.
    pub unknown_required: Vec<UnknownRule>,
    /// Other rules without an answer.
    pub unknown_other: Vec<UnknownRule>,
    /// Axes under the threshold the profile names.
    pub thresholds_missed: Vec<MissedThreshold>,
}

/// A finding with its rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GateFinding {
    /// The rule.
    pub rule: Arc<RuleInfo>,
    /// The finding.
    pub finding: Finding,
}

/// A rule without an answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnknownRule {
    /// The rule.
    pub rule: Arc<RuleInfo>,
    /// What is missing.
    pub reason: String,
}

/// An axis under its threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MissedThreshold {
    /// The axis.
    pub axis: Axis,
    /// The least score the profile asks for.
    pub wanted: f64,
    /// The score, the lower end of its range; null where no rule applies, which is no pass.
    pub got: Option<f64>,
}

/// Decides: blocks on denials of failed rules from `fail_on` up, on required rules that are
/// unknown, and on axes whose lower end is under a threshold the profile names. A warning never
/// blocks, and an unknown blocks only where the profile requires the evidence.
pub fn decide(scorecard: &Scorecard, profile: &Profile, fail_on: Severity) -> Gate {
    let mut gate = Gate {
        blocked: false,
        fail_on,
        blocking: Vec::new(),
        not_blocking: Vec::new(),
        unknown_required: Vec::new(),
        unknown_other: Vec::new(),
        thresholds_missed: thresholds_missed(scorecard, profile),
    };
    for verdict in &scorecard.verdicts {
        for finding in &verdict.findings {
            let blocks = verdict.outcome == Outcome::Fail
                && finding.kind == FindingKind::Deny
                && finding.severity >= fail_on;
            let found = GateFinding {
                rule: Arc::clone(&verdict.rule),
                finding: finding.clone(),
            };
            match blocks {
                true => gate.blocking.push(found),
                false => gate.not_blocking.push(found),
            }
        }
        if verdict.outcome == Outcome::Unknown {
            let unknown = UnknownRule {
                rule: Arc::clone(&verdict.rule),
                reason: verdict.reason.clone().unwrap_or_default(),
            };
            match profile.required_evidence.contains(&verdict.rule.id) {
                true => gate.unknown_required.push(unknown),
                false => gate.unknown_other.push(unknown),
            }
        }
    }
    // The sort is stable: within a severity the order of the verdicts stays.
    let by_severity = |found: &GateFinding| std::cmp::Reverse(found.finding.severity);
    gate.blocking.sort_by_key(by_severity);
    gate.not_blocking.sort_by_key(by_severity);
    gate.blocked = !gate.blocking.is_empty()
        || !gate.unknown_required.is_empty()
        || !gate.thresholds_missed.is_empty();
    gate
}

fn thresholds_missed(scorecard: &Scorecard, profile: &Profile) -> Vec<MissedThreshold> {
    Axis::ALL
        .into_iter()
        .filter_map(|axis| {
            let wanted = *profile.thresholds.get(axis.name())?;
            let got = scorecard.axis(axis).map(|score| score.score);
            let is_met = got.is_some_and(|got| got >= wanted);
            (!is_met).then_some(MissedThreshold { axis, wanted, got })
        })
        .collect()
}
