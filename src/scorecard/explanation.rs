//! The sum behind the score of an axis, rule by rule (`--explain`).

use std::sync::Arc;

use serde::Serialize;

use super::scoring::{category_weight, is_applicable};
use super::{Axis, Scorecard};
use crate::policy::pack::Pack;
use crate::policy::profile::Profile;
use crate::policy::verdict::{Outcome, Verdict};

/// How an axis came to its score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The axis.
    pub axis: Axis,
    /// One row per rule of the axis, in the order of the verdicts.
    pub rows: Vec<ExplainedRule>,
    /// Sum of the rows' points: the score before rounding to one decimal.
    pub points: f64,
    /// Sum of what the rows could have given, unknown counted in full.
    pub points_max: f64,
}

/// What one rule adds to the score of its axis.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedRule {
    /// Id of the rule.
    pub rule: String,
    /// Its category.
    pub category: String,
    /// Outcome.
    pub outcome: Outcome,
    /// Its weight in the category.
    pub weight: f64,
    /// Its credit, 0 to 1; null for not applicable and unknown.
    pub credit: Option<f64>,
    /// Share of the axis that rests on it, in points of 100; 0 for a rule that is not applicable.
    pub share: f64,
    /// Points it gives: share × credit.
    pub points: f64,
}

/// The sum behind the score of `axis`.
pub fn explain(scorecard: &Scorecard, profile: &Profile, axis: Axis) -> Explanation {
    let of_axis = |verdict: &&Verdict| Axis::of_category(&verdict.rule.category) == Some(axis);
    let verdicts: Vec<&Verdict> = scorecard.verdicts.iter().filter(of_axis).collect();
    let rows: Vec<ExplainedRule> = verdicts
        .iter()
        .map(|verdict| {
            let share = 100.0 * share(verdict, &verdicts, profile, axis);
            ExplainedRule {
                rule: verdict.rule.id.clone(),
                category: verdict.rule.category.clone(),
                outcome: verdict.outcome,
                weight: verdict.weight,
                credit: verdict.credit,
                share,
                points: share * verdict.credit.unwrap_or(0.0),
            }
        })
        .collect();
    let unknown: f64 = rows
        .iter()
        .filter(|row| row.credit.is_none())
        .map(|row| row.share)
        .sum();
    let points: f64 = rows.iter().map(|row| row.points).sum();
    Explanation {
        axis,
        rows,
        points,
        points_max: points + unknown,
    }
}

/// Share of its axis that rests on the rule `id` where every rule of the profile applies, in points
/// of 100; none for a rule that is off, or counts in no axis.
pub fn share_of(id: &str, pack: &Pack, profile: &Profile) -> Option<f64> {
    let rules = pack.rules().iter();
    let on = rules.filter(|rule| profile.rules.contains(&rule.info.id));
    let verdicts: Vec<Verdict> = on
        .map(|rule| Verdict {
            rule: Arc::clone(&rule.info),
            severity: rule.info.severity,
            weight: profile.weight(&rule.info.id, rule.info.weight),
            outcome: Outcome::Pass,
            credit: Some(1.0),
            reason: None,
            fault: None,
            findings: Vec::new(),
        })
        .collect();
    let verdict = verdicts.iter().find(|verdict| verdict.rule.id == id)?;
    let axis = Axis::of_category(&verdict.rule.category)?;
    let all: Vec<&Verdict> = verdicts.iter().collect();
    Some(100.0 * share(verdict, &all, profile, axis))
}

/// Share of an axis that rests on one rule, 0 to 1.
pub(super) fn share(
    verdict: &Verdict,
    verdicts: &[&Verdict],
    profile: &Profile,
    axis: Axis,
) -> f64 {
    let weight_in = |category: &str| -> f64 {
        verdicts
            .iter()
            .filter(|other| other.rule.category == category && is_applicable(other))
            .map(|other| other.weight)
            .sum()
    };
    let in_category = weight_in(&verdict.rule.category);
    let of_categories: f64 = axis
        .categories()
        .iter()
        .filter(|category| weight_in(category) > 0.0)
        .map(|category| category_weight(profile, category))
        .sum();
    if !is_applicable(verdict) || in_category <= 0.0 || of_categories <= 0.0 {
        return 0.0;
    }
    let of_category = category_weight(profile, &verdict.rule.category) / of_categories;
    of_category * verdict.weight / in_category
}
