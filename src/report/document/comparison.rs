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
