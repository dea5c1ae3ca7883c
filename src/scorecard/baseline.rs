//! An earlier report as what findings are compared with: what it has is known, what it lacks is new.
//!
//! The report is input like any other: only what is needed of it is read, and whatever it does not
//! say counts as new.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Axis;
use crate::policy::verdict::{Finding, FindingKind, Severity, Verdict};

/// Findings taken of one rule: as many as are kept of one.
const MAX_FINDINGS: usize = 10_000;

/// An earlier report.
#[derive(Debug, Clone, Deserialize)]
pub struct Baseline {
    /// Which version of the report document it is.
    pub schema: String,
    run: EarlierRun,
    /// Its images.
    pub images: Vec<EarlierImage>,
}

#[derive(Debug, Clone, Deserialize)]
struct EarlierRun {
    judged_at: String,
    profile: EarlierProfile,
}

#[derive(Debug, Clone, Deserialize)]
struct EarlierProfile {
    name: String,
}

/// One image of an earlier report.
#[derive(Debug, Clone, Deserialize)]
pub struct EarlierImage {
    /// The reference as it was given.
    pub reference: String,
    scorecard: EarlierScorecard,
}

#[derive(Debug, Clone, Deserialize)]
struct EarlierScorecard {
    axes: BTreeMap<String, Option<EarlierScore>>,
    rules: Vec<EarlierRule>,
}

#[derive(Debug, Clone, Deserialize)]
struct EarlierScore {
    score: f64,
}

#[derive(Debug, Clone, Deserialize)]
struct EarlierRule {
    id: String,
    outcome: String,
    findings: Vec<EarlierFinding>,
}

#[derive(Debug, Clone, Deserialize)]
struct EarlierFinding {
    kind: String,
    msg: String,
    subject: String,
    /// Of foreign results it is made of the message too.
    fingerprint: String,
    severity: String,
    /// Absent in reports of versions that had no waivers.
    #[serde(default)]
    waiver: Option<IgnoredAny>,
}

impl Baseline {
    /// When the report was judged, RFC 3339 as it states it.
    pub fn judged_at(&self) -> &str {
        &self.run.judged_at
    }

    /// Name of the profile it was judged with. Scores of another profile are other scores.
    pub fn profile(&self) -> &str {
        &self.run.profile.name
    }
}

impl EarlierImage {
    /// Which findings of `verdict` are known, in their order. A finding is its rule, by present or
    /// former id, and its subject: what its fingerprint is made of.
    ///
    /// New is also what is worse than it was (a denial that was a warning, or a higher severity),
    /// what was excused by a waiver, which a baseline does not outlive, and all of a rule that had
    /// no answer. Where a subject has more findings than it had, those are known whose message is.
    pub fn knows(&self, verdict: &Verdict) -> Vec<bool> {
        let mut now: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in &verdict.findings {
            let number = now.entry(&finding.subject).or_default();
            *number = number.saturating_add(1);
        }
        let mut then: BTreeMap<&str, Vec<&EarlierFinding>> = BTreeMap::new();
        for finding in self.findings(verdict) {
            then.entry(&finding.subject).or_default().push(finding);
        }
        let known = |finding: &Finding| {
            let subject = finding.subject.as_str();
            let same = then.get(subject).map_or(&[][..], Vec::as_slice);
            let is_more = now.get(subject).is_some_and(|number| *number > same.len());
            same.iter().any(|earlier| {
                // A result of another engine without a subject has its words in its fingerprint; the
                // rule's id may have changed since, and is in it too.
                let is_same = subject != "image"
                    || earlier.fingerprint == finding.fingerprint
                    || earlier.msg == finding.msg;
                is_same && earlier.is_as_bad_as(finding) && (!is_more || earlier.msg == finding.msg)
            })
        };
        verdict.findings.iter().map(known).collect()
    }

    /// What the rule of a verdict found then; nothing where it had no answer.
    fn findings(&self, verdict: &Verdict) -> impl Iterator<Item = &EarlierFinding> {
        let rule = &verdict.rule;
        let rules = self.scorecard.rules.iter();
        rules
            .filter(move |earlier| earlier.id == rule.id || rule.aliases.contains(&earlier.id))
            .filter(|earlier| earlier.outcome != "unknown")
            .flat_map(|earlier| &earlier.findings)
            .take(MAX_FINDINGS)
    }

    /// The lower end of an axis; none where no rule of it applied.
    pub fn score(&self, axis: Axis) -> Option<f64> {
        let scored = self.scorecard.axes.get(axis.name())?.as_ref();
        scored.map(|scored| scored.score)
    }
}

impl EarlierFinding {
    fn is_as_bad_as(&self, finding: &Finding) -> bool {
        let severity = Severity::from_name(&self.severity);
        self.waiver.is_none()
            && severity.is_some_and(|severity| severity >= finding.severity)
            && (self.kind == "deny" || finding.kind == FindingKind::Warn)
    }
}
