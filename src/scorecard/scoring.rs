//! The sum: credits to categories, categories to axes.
//!
//! Unknown counts 0 in `score` and 1 in `score_max`, so that hiding evidence can never raise a
//! score. A grade is a claim about the whole axis: it is withheld under 75 % coverage, and also
//! while a critical rule whose failure would cap it is unknown.

use super::{Axis, AxisScore, CategoryScore, Grade, Score, Scorecard};
use crate::policy::profile::Profile;
use crate::policy::verdict::{Outcome, Severity, Verdict};

/// Least coverage, in percent, at which an axis is graded.
const GRADED_FROM: f64 = 75.0;

/// Scores the verdicts of one image.
pub fn score(verdicts: &[Verdict], profile: &Profile) -> Scorecard {
    Scorecard {
        axes: axes(verdicts, profile, |_| true),
        verdicts: verdicts.to_vec(),
    }
}

/// Scores the rules that `counts` accepts.
pub(super) fn axes(
    verdicts: &[Verdict],
    profile: &Profile,
    counts: impl Fn(&Verdict) -> bool,
) -> Vec<AxisScore> {
    let counted: Vec<&Verdict> = verdicts.iter().filter(|verdict| counts(verdict)).collect();
    Axis::ALL
        .into_iter()
        .map(|axis| axis_score(axis, &counted, profile))
        .collect()
}

/// Weight of a category within its axis: the profile's, else 1.
pub(super) fn category_weight(profile: &Profile, category: &str) -> f64 {
    let weights = &profile.category_weights;
    weights.get(category).copied().unwrap_or(1.0)
}

/// Whether a verdict counts in scores at all.
pub(super) fn is_applicable(verdict: &Verdict) -> bool {
    verdict.outcome != Outcome::NotApplicable && verdict.weight > 0.0
}

/// Shares of the whole, 0 to 1, before rounding.
#[derive(Debug, Clone, Copy, Default)]
struct Shares {
    credit: f64,
    credit_max: f64,
    known: f64,
    weight: f64,
}

impl Shares {
    fn add(&mut self, weight: f64, other: &Self) {
        if other.weight > 0.0 {
            self.credit += weight * other.credit / other.weight;
            self.credit_max += weight * other.credit_max / other.weight;
            self.known += weight * other.known / other.weight;
            self.weight += weight;
        }
    }

    fn add_verdict(&mut self, verdict: &Verdict) {
        if is_applicable(verdict) {
            let credit = verdict.credit.map(|credit| credit.clamp(0.0, 1.0));
            self.weight += verdict.weight;
            self.credit += verdict.weight * credit.unwrap_or(0.0);
            self.credit_max += verdict.weight * credit.unwrap_or(1.0);
            self.known += if credit.is_some() {
                verdict.weight
            } else {
                0.0
            };
        }
    }

    fn score(&self, criticals: Criticals) -> Option<Score> {
        if self.weight <= 0.0 {
            return None;
        }
        let score = percent(self.credit / self.weight);
        let coverage = percent(self.known / self.weight);
        Some(Score {
            score,
            score_max: percent(self.credit_max / self.weight),
            coverage,
            grade: grade(score, coverage, criticals),
        })
    }
}

/// What became of the critical rules.
#[derive(Debug, Clone, Copy, Default)]
struct Criticals {
    any_failed: bool,
    any_unknown: bool,
}

impl Criticals {
    fn of(verdicts: &[&Verdict]) -> Self {
        let critical = |outcome: Outcome| {
            verdicts.iter().any(|verdict| {
                is_applicable(verdict)
                    && verdict.severity == Severity::Critical
                    && verdict.outcome == outcome
            })
        };
        Self {
            any_failed: critical(Outcome::Fail),
            any_unknown: critical(Outcome::Unknown),
        }
    }
}

fn axis_score(axis: Axis, verdicts: &[&Verdict], profile: &Profile) -> AxisScore {
    let mut total = Shares::default();
    let mut categories = Vec::new();
    let mut all_graded = Vec::new();
    for category in axis.categories() {
        let own: Vec<&Verdict> = verdicts
            .iter()
            .copied()
            .filter(|verdict| verdict.rule.category == *category)
            .collect();
        if own.is_empty() {
            continue;
        }
        let mut shares = Shares::default();
        for verdict in &own {
            shares.add_verdict(verdict);
        }
        let weight = category_weight(profile, category);
        if weight > 0.0 {
            total.add(weight, &shares);
            all_graded.extend(own.iter().copied());
        }
        categories.push(CategoryScore {
            category: (*category).to_owned(),
            weight,
            score: shares.score(Criticals::of(&own)),
        });
    }
    AxisScore {
        axis,
        score: total.score(Criticals::of(&all_graded)),
        categories,
    }
}

/// A share as percent with one decimal: the only rounding there is.
pub(super) fn percent(share: f64) -> f64 {
    (share * 1000.0).round() / 10.0
}

fn grade(score: f64, coverage: f64, criticals: Criticals) -> Grade {
    let earned = match score {
        _ if score >= 90.0 => Grade::A,
        _ if score >= 75.0 => Grade::B,
        _ if score >= 60.0 => Grade::C,
        _ if score >= 40.0 => Grade::D,
        _ => Grade::F,
    };
    if coverage < GRADED_FROM {
        Grade::Ungraded
    } else if criticals.any_failed {
        earned.max(Grade::D)
    } else if criticals.any_unknown && earned < Grade::D {
        Grade::Ungraded
    } else {
        earned
    }
}
