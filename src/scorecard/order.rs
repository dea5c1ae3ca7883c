//! The order of images under a profile that weighs the axes. Axes are never blended unasked: without
//! such weights there is none.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Axis, Scorecard};
use crate::policy::profile::Profile;

/// Images by the weighted mean of their axes. Lists are in the order the images were given.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Order {
    /// Weights of the axes, as the profile names them; only those above 0.
    pub weights: BTreeMap<Axis, f64>,
    /// The weighted mean of each image; null where none of these axes has a score.
    pub standings: Vec<Option<Rank>>,
}

/// Where one image stands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rank {
    /// Weighted mean of the scores, unknown counted as 0; 0 to 100, one decimal.
    pub score: f64,
    /// The same with unknown counted in full.
    pub score_max: f64,
    /// Its best place, from 1: all that are better whatever is unknown stand before it.
    pub best: usize,
    /// Its worst place.
    pub worst: usize,
}

/// The order the profile asks for, if it weighs any axis.
pub(super) fn order(scorecards: &[Scorecard], profile: &Profile) -> Option<Order> {
    let weights: BTreeMap<Axis, f64> = Axis::ALL
        .into_iter()
        .filter_map(|axis| Some((axis, *profile.axis_weights.get(axis.name())?)))
        .filter(|(_, weight)| *weight > 0.0)
        .collect();
    if weights.is_empty() {
        return None;
    }
    let ranges: Vec<Option<(f64, f64)>> = scorecards
        .iter()
        .map(|scorecard| mean(scorecard, &weights))
        .collect();
    let place = |own: &Option<(f64, f64)>| {
        let (score, score_max) = (*own)?;
        let others = || ranges.iter().flatten();
        let better = others().filter(|(least, _)| *least > score_max).count();
        let worse = others().filter(|(_, most)| *most < score).count();
        Some(Rank {
            score,
            score_max,
            best: better.saturating_add(1),
            worst: others().count().saturating_sub(worse),
        })
    };
    let standings = ranges.iter().map(place).collect();
    Some(Order { weights, standings })
}

/// Weighted mean of the axes that have a score: least and most.
fn mean(scorecard: &Scorecard, weights: &BTreeMap<Axis, f64>) -> Option<(f64, f64)> {
    let (mut least, mut most, mut total) = (0.0, 0.0, 0.0);
    for (axis, weight) in weights {
        if let Some(score) = scorecard.axis(*axis) {
            least += weight * score.score;
            most += weight * score.score_max;
            total += weight;
        }
    }
    let rounded = |sum: f64| (sum / total * 10.0).round() / 10.0;
    (total > 0.0).then(|| (rounded(least), rounded(most)))
}
