//! The decision of `check`.

use schemars::JsonSchema;
use serde::Serialize;

use super::rule::FindingReport;
use super::waiver::WaiverReport;
use crate::policy::verdict::Severity;
use crate::scorecard::Axis;

/// Whether an image may ship, and why not.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct GateReport {
    /// Whether the image is blocked.
    pub blocked: bool,
    /// Whether that is advice only (`--advise`): the run ends as if it had passed.
    pub advised: bool,
    /// Least severity that blocks.
    pub fail_on: Severity,
    /// Findings that block, most severe first.
    pub blocking: Vec<NamedFinding>,
    /// Findings that do not, most severe first; those in the next two lists are not among them.
    pub not_blocking: Vec<NamedFinding>,
    /// Findings that would block, were they not in the baseline; most severe first.
    pub known: Vec<NamedFinding>,
    /// Findings that would block, were they not waived; most severe first.
    pub waived: Vec<NamedFinding>,
    /// Waivers that have lapsed while what they excuse is still there: each blocks.
    pub lapsed: Vec<WaiverReport>,
    /// Rules the profile requires evidence for, and which are unknown.
    pub unknown_required: Vec<String>,
    /// Such rules that would block, were they not waived.
    pub unknown_waived: Vec<WaivedUnknown>,
    /// Other rules that are unknown.
    pub unknown_other: Vec<String>,
    /// Axes under the minimum the profile names.
    pub thresholds_missed: Vec<MissedThreshold>,
    /// Axes under it that would block, were they not as far under it in the baseline.
    pub thresholds_known: Vec<MissedThreshold>,
    /// The image of the baseline this one was compared with; null without a baseline.
    pub compared_with: Option<String>,
}

/// A rule without an answer, and who excused it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct WaivedUnknown {
    /// Rule id.
    pub rule: String,
    /// The waiver.
    pub waiver: WaiverReport,
}

/// A finding with the rule it belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NamedFinding {
    /// Rule id.
    pub rule: String,
    /// The finding.
    pub finding: FindingReport,
}

/// An axis under its minimum.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MissedThreshold {
    /// Axis.
    pub axis: Axis,
    /// The minimum, 0 to 100.
    pub minimum: f64,
    /// The lower end of its score; null where no rule of it applies.
    pub score: Option<f64>,
    /// The same in the baseline; null without one, or where it was judged with another profile.
    pub baseline: Option<f64>,
}
