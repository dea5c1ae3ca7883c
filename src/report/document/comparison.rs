//! Several images against each other. The order given is kept and no winner is named.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::policy::verdict::Outcome;
use crate::scorecard::{Axis, Score};

/// Images side by side. Lists follow the order of `images`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Comparison {
    /// By axis.
    pub axes: BTreeMap<Axis, AxisComparison>,
    /// Ids of the rules that apply to every image.
    pub shared_rules: Vec<String>,
    /// The order the profile asks for; null where it weighs no axis.
    pub order: Option<Order>,
    /// Rules the images differ on, largest difference first.
    pub differences: Vec<RuleDifference>,
}

/// One axis across the images.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AxisComparison {
    /// Score of each image over all rules that apply to it.
    pub scores: Vec<Option<Score>>,
    /// Score of each image over the rules that apply to every image.
    pub shared_rules: Vec<Option<Score>>,
    /// For each image, the positions (from 0) of the others whose range overlaps its own.
    pub ties: Vec<Vec<usize>>,
}

/// Images by the weighted mean of their axes, because the profile weighs them.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Order {
    /// Weight of each axis that counts.
    pub weights: BTreeMap<Axis, f64>,
    /// Where each image stands; null where none of these axes has a score.
    pub standings: Vec<Option<Rank>>,
}

/// Where one image stands.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Rank {
    /// Weighted mean of the axes, 0 to 100, unknown counted as 0.
    pub score: f64,
    /// The same with unknown counted in full.
    pub score_max: f64,
    /// Best place, from 1: only images that are better whatever is unknown stand before it.
    pub best: usize,
    /// Worst place.
    pub worst: usize,
}

/// A rule the images differ on.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RuleDifference {
    /// Rule id.
    pub rule: String,
    /// Its title.
    pub title: String,
    /// Axis it counts in.
    pub axis: Axis,
    /// Points of the axis between the best and the worst image.
    pub points: f64,
    /// Outcome for each image.
    pub outcomes: Vec<Outcome>,
    /// Credit for each image, 0 to 100; null where there is none.
    pub credits: Vec<Option<f64>>,
}
