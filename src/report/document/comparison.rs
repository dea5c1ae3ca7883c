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
    /// Groups of images, by position from 0, whose ranges overlap.
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
    pub axis: Option<Axis>,
    /// Outcome for each image; null where the rule was not run.
    pub outcomes: Vec<Option<Outcome>>,
    /// Credit for each image, 0 to 100; null where there is none.
    pub credits: Vec<Option<f64>>,
}
