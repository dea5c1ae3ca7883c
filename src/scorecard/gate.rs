//! May this image ship? What `check` blocks on.

use std::sync::Arc;

use serde::Serialize;

use super::marks::{Mark, Marks};
use super::{Axis, Scorecard};
use crate::policy::metadata::RuleInfo;
use crate::policy::profile::Profile;
use crate::policy::verdict::{Finding, FindingKind, Outcome, Severity, Verdict};
use crate::policy::waivers::Waiver;

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
    /// Findings that would block, were they not in the baseline; most severe first.
    pub known: Vec<GateFinding>,
    /// Findings that would block, were they not waived; most severe first.
    pub waived: Vec<GateFinding>,
    /// Waivers that have lapsed while what they excused is still there; each blocks.
    pub lapsed: Vec<Arc<Waiver>>,
    /// Rules the profile requires an answer from, which have none.
    pub unknown_required: Vec<UnknownRule>,
    /// Such rules, with the waiver that excuses them.
    pub unknown_waived: Vec<(UnknownRule, Arc<Waiver>)>,
    /// Other rules without an answer.
    pub unknown_other: Vec<UnknownRule>,
    /// Axes under the threshold the profile names.
    pub thresholds_missed: Vec<MissedThreshold>,
    /// Axes under it that were as far or farther under it in the baseline.
    pub thresholds_known: Vec<MissedThreshold>,
}

/// A finding with its rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GateFinding {
    /// The rule.
    pub rule: Arc<RuleInfo>,
    /// The finding.
    pub finding: Finding,
    /// Who excused it, and whether it is new.
    #[serde(skip)]
    pub mark: Mark,
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
    /// The score in the baseline; null where there is none to compare with.
    pub earlier: Option<f64>,
}

/// What the decision rests on beside the verdicts.
#[derive(Debug, Clone)]
pub struct Terms<'a> {
    /// Required evidence and thresholds.
    pub profile: &'a Profile,
    /// Least severity that blocks.
    pub fail_on: Severity,
    /// Waivers, and what was known.
    pub marks: Marks<'a>,
    /// Whether scores of the baseline were added up with the same profile.
    pub scores_compare: bool,
}

/// Decides: blocks on denials of failed rules from `fail_on` up, on required rules that are
/// unknown, and on axes whose lower end is under a threshold the profile names. A warning never
/// blocks, and an unknown blocks only where the profile requires the evidence, or where a user's
/// rule has no answer by its own fault: nobody would notice that it no longer asks.
///
/// A waiver excuses a finding, and one without a subject a rule that has no answer; nothing excuses
/// a threshold. Once it has lapsed, what it excused blocks whatever its severity, and whether or
/// not a baseline has it. A baseline takes out findings it has, and thresholds that are missed by
/// no more than they were; required evidence that is missing blocks again.
pub fn decide(scorecard: &Scorecard, terms: &Terms<'_>) -> Gate {
    let mut gate = Gate {
        blocked: false,
        fail_on: terms.fail_on,
        blocking: Vec::new(),
        not_blocking: Vec::new(),
        known: Vec::new(),
        waived: Vec::new(),
        lapsed: Vec::new(),
        unknown_required: Vec::new(),
        unknown_waived: Vec::new(),
        unknown_other: Vec::new(),
        thresholds_missed: Vec::new(),
        thresholds_known: Vec::new(),
    };
    for verdict in &scorecard.verdicts {
        gate.findings(verdict, terms);
        if verdict.outcome == Outcome::Unknown {
            gate.unknown(verdict, terms);
        }
    }
    gate.thresholds(scorecard, terms);
    // The sort is stable: within a severity the order of the verdicts stays.
    let by_severity = |found: &GateFinding| std::cmp::Reverse(found.finding.severity);
    gate.blocking.sort_by_key(by_severity);
    gate.not_blocking.sort_by_key(by_severity);
    gate.known.sort_by_key(by_severity);
    gate.waived.sort_by_key(by_severity);
    gate.blocked = !gate.blocking.is_empty()
        || !gate.unknown_required.is_empty()
        || !gate.thresholds_missed.is_empty();
    gate
}

impl Gate {
    fn findings(&mut self, verdict: &Verdict, terms: &Terms<'_>) {
        // The notes of a pass and what another role's rule says excuse nothing and cost nothing.
        let counts = !matches!(verdict.outcome, Outcome::Pass | Outcome::NotApplicable);
        for (finding, mark) in verdict.findings.iter().zip(terms.marks.of(verdict)) {
            let would_block = verdict.outcome == Outcome::Fail
                && finding.kind == FindingKind::Deny
                && finding.severity >= terms.fail_on;
            let lapsed = mark.lapsed().filter(|_| counts).cloned();
            let list = match () {
                () if lapsed.is_some() => &mut self.blocking,
                () if !would_block => &mut self.not_blocking,
                () if mark.excuse().is_some() => &mut self.waived,
                () if mark.known == Some(true) => &mut self.known,
                () => &mut self.blocking,
            };
            list.push(GateFinding {
                rule: Arc::clone(&verdict.rule),
                finding: finding.clone(),
                mark,
            });
            self.lapse(lapsed);
        }
    }

    fn unknown(&mut self, verdict: &Verdict, terms: &Terms<'_>) {
        let unknown = UnknownRule {
            rule: Arc::clone(&verdict.rule),
            reason: verdict.reason.clone().unwrap_or_default(),
        };
        let required = &terms.profile.required_evidence;
        if verdict.fault.is_none() && !required.contains(&verdict.rule.id) {
            self.unknown_other.push(unknown);
            return;
        }
        match terms.marks.of_unknown(verdict) {
            Some(waiver) if waiver.excuses() => self.unknown_waived.push((unknown, waiver)),
            lapsed => {
                self.lapse(lapsed);
                self.unknown_required.push(unknown);
            }
        }
    }

    /// Names a lapsed waiver, once.
    fn lapse(&mut self, waiver: Option<Arc<Waiver>>) {
        if let Some(waiver) = waiver.filter(|waiver| !self.lapsed.contains(waiver)) {
            self.lapsed.push(waiver);
        }
    }

    fn thresholds(&mut self, scorecard: &Scorecard, terms: &Terms<'_>) {
        for axis in Axis::ALL {
            let Some(wanted) = terms.profile.thresholds.get(axis.name()).copied() else {
                continue;
            };
            let got = scorecard.axis(axis).map(|score| score.score);
            if got.is_some_and(|got| got >= wanted) {
                continue;
            }
            let baseline = terms.marks.baseline.filter(|_| terms.scores_compare);
            let earlier = baseline.and_then(|earlier| earlier.score(axis));
            let is_worse = match (got, earlier) {
                (Some(got), Some(earlier)) => got < earlier,
                _ => true,
            };
            let list = match is_worse {
                true => &mut self.thresholds_missed,
                false => &mut self.thresholds_known,
            };
            list.push(MissedThreshold {
                axis,
                wanted,
                got,
                earlier,
            });
        }
    }
}
