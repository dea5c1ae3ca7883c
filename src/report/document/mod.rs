//! The report as data: what `-f json` prints, and what every other format is a view of.
//!
//! These types are the twin of `schemas/report-1.json`, which is generated from them. Every key is
//! always present. Scores run from 0 to 100; sizes are bytes; layers are numbered from 1.

mod comparison;
mod evidence;
mod exit;
mod gate;
mod image;
mod requirements;
mod rule;
mod run;
mod waiver;

pub use comparison::{AxisComparison, Comparison, Order, Rank, RuleDifference};
pub use evidence::{EvidenceReport, EvidenceSummary, SbomSummary};
pub use exit::ExitFacts;
pub use gate::{GateReport, MissedThreshold, NamedFinding, WaivedUnknown};
pub use image::{CategoryScore, ImageReport, ImageSummary, LayerReport, NotRead, Scorecard};
pub use requirements::{BuildSibling, RequirementReport, RequirementsReport};
pub use rule::{FindingReport, RuleReport};
pub use run::{
    BaselineReport, ConfigurationReport, DataTable, PackPart, PackReport, ProfileReport, Run, Tool,
};
pub use waiver::{WaiverReport, WaiverState, WaiversReport};

use schemars::JsonSchema;
use serde::Serialize;

/// The identifier in every report this version writes.
pub const SCHEMA: &str = "freehold.report/v1";

/// The result of one run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// `freehold.report/v1`.
    pub schema: String,
    /// The program that wrote it.
    pub tool: Tool,
    /// What was asked, with which rules, and what was left out.
    pub run: Run,
    /// Images in the order they were given.
    pub images: Vec<ImageReport>,
    /// The images against each other; null unless `compare` was asked.
    pub comparison: Option<Comparison>,
    /// Images that could not be judged at all, in the order they were given.
    pub not_read: Vec<NotRead>,
}
