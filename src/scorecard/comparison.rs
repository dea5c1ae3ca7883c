//! Several images side by side: in the order given, without a winner.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::explanation::share;
use super::order::{Order, order};
use super::scoring::{axes, is_applicable, percent};
use super::{Axis, AxisScore, Score, Scorecard};
use crate::policy::profile::Profile;
use crate::policy::verdict::{Outcome, Verdict};

/// Several scorecards side by side; every list of images is in the order they were given.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The four axes, in order.
    pub axes: Vec<AxisComparison>,
    /// Ids of the rules that apply to every image.
    pub common_rules: Vec<String>,
    /// For each image, its scores over those rules only: the scores that can be compared.
    pub common: Vec<Vec<AxisScore>>,
    /// The order the profile asks for; none where it weighs no axis.
    pub order: Option<Order>,
    /// Rules the images differ on, most points apart first, then by id.
    pub differences: Vec<RuleDifference>,
}

/// One axis over all images.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AxisComparison {
    /// The axis.
    pub axis: Axis,
    /// Score of each image.
    pub scores: Vec<Option<Score>>,
    /// For each image, the positions of the others whose range overlaps its own: these tie.
    pub ties: Vec<Vec<usize>>,
}

/// A rule the images differ on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleDifference {
    /// Id of the rule.
    pub rule: String,
    /// Its title.
    pub title: String,
    /// The axis it counts in.
    pub axis: Axis,
    /// Points of the axis between the best and the worst image, over the rules that apply to two
    /// images at least.
    pub points: f64,
    /// Outcome for each image.
    pub outcomes: Vec<Outcome>,
    /// Credit for each image; null where unknown or not applicable.
    pub credits: Vec<Option<f64>>,
}

/// Compares scorecards made with the same profile.
pub fn compare(scorecards: &[Scorecard], profile: &Profile) -> Comparison {
    let common = common_rules(scorecards);
    let is_common = |verdict: &Verdict| common.contains(&verdict.rule.id);
    Comparison {
        axes: Axis::ALL
            .into_iter()
            .map(|axis| compare_axis(axis, scorecards))
            .collect(),
        common: scorecards
            .iter()
            .map(|scorecard| axes(&scorecard.verdicts, profile, is_common))
            .collect(),
        order: order(scorecards, profile),
        differences: differences(scorecards, profile),
        common_rules: common.into_iter().collect(),
    }
}

fn compare_axis(axis: Axis, scorecards: &[Scorecard]) -> AxisComparison {
    let scores: Vec<Option<Score>> = scorecards
        .iter()
        .map(|scorecard| scorecard.axis(axis).copied())
        .collect();
    let ties_of = |(position, own): (usize, &Option<Score>)| -> Vec<usize> {
        let Some(own) = own else {
            return Vec::new();
        };
        scores
            .iter()
            .enumerate()
            .filter(|(other, score)| {
                *other != position && score.is_some_and(|score| score.overlaps(own))
            })
            .map(|(other, _)| other)
            .collect()
    };
    let ties = scores.iter().enumerate().map(ties_of).collect();
    AxisComparison { axis, scores, ties }
}

fn common_rules(scorecards: &[Scorecard]) -> BTreeSet<String> {
    let mut sets = scorecards.iter().map(|scorecard| {
        let applicable = scorecard
            .verdicts
            .iter()
            .filter(|verdict| is_applicable(verdict));
        applicable
            .map(|verdict| verdict.rule.id.clone())
            .collect::<BTreeSet<String>>()
    });
    let first = sets.next().unwrap_or_default();
    sets.fold(first, |common, other| &common & &other)
}

/// The rules two images at least can be told apart by. One image to which little applies, such as
/// an empty one, does not take the rules away from the others.
fn differences(scorecards: &[Scorecard], profile: &Profile) -> Vec<RuleDifference> {
    let by_rule: Vec<BTreeMap<&str, &Verdict>> = scorecards.iter().map(by_rule).collect();
    let ids: BTreeSet<&str> = by_rule
        .iter()
        .flat_map(|card| card.keys().copied())
        .collect();
    let counted: Vec<&Verdict> = ids
        .into_iter()
        .filter_map(|id| {
            let mut applicable = by_rule
                .iter()
                .filter_map(|card| card.get(id).copied())
                .filter(|verdict| is_applicable(verdict));
            let first = applicable.next()?;
            applicable.next().map(|_| first)
        })
        .collect();
    let mut found = Vec::new();
    for verdict in &counted {
        let Some(axis) = Axis::of_category(&verdict.rule.category) else {
            continue;
        };
        let of_image = |card: &BTreeMap<&str, &Verdict>| -> (Outcome, Option<f64>) {
            let same = card.get(verdict.rule.id.as_str());
            same.map_or((Outcome::NotApplicable, None), |same| {
                (same.outcome, same.credit)
            })
        };
        let (outcomes, credits): (Vec<Outcome>, Vec<Option<f64>>) =
            by_rule.iter().map(of_image).unzip();
        let points = percent(spread(&credits) * share(verdict, &counted, profile, axis));
        if points > 0.0 {
            found.push(RuleDifference {
                rule: verdict.rule.id.clone(),
                title: verdict.rule.title.clone(),
                axis,
                points,
                outcomes,
                credits,
            });
        }
    }
    found.sort_by(|left, right| {
        let by_points = right.points.total_cmp(&left.points);
        by_points.then_with(|| left.rule.cmp(&right.rule))
    });
    found
}

fn by_rule(scorecard: &Scorecard) -> BTreeMap<&str, &Verdict> {
    let verdicts = scorecard.verdicts.iter();
    verdicts
        .map(|verdict| (verdict.rule.id.as_str(), verdict))
        .collect()
}

/// Best minus worst among the known credits.
fn spread(credits: &[Option<f64>]) -> f64 {
    let known = || credits.iter().flatten().copied();
    let best = known().fold(f64::NEG_INFINITY, f64::max);
    let worst = known().fold(f64::INFINITY, f64::min);
    if best > worst { best - worst } else { 0.0 }
}
