//! One judged image.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::evidence::EvidenceSummary;
use super::exit::ExitFacts;
use super::gate::GateReport;
use super::requirements::RequirementsReport;
use super::rule::RuleReport;
use crate::facts::model::{
    AttachedEvidence, Base, Gap, PlatformFacts, Role, Side, Topic, TopicCoverage,
};
use crate::scorecard::{Axis, Score};

/// What was found out about one image.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ImageReport {
    /// The reference as given.
    pub reference: String,
    /// Kind of source, such as `oci-dir`.
    pub source: String,
    /// Digest of the manifest; null where the source has none.
    pub digest: Option<String>,
    /// Digest of the configuration, which `docker images` shows as the image ID; null where the
    /// source has none.
    pub config_digest: Option<String>,
    /// Platform.
    pub platform: PlatformFacts,
    /// The image in a few words.
    pub summary: ImageSummary,
    /// What leaving it would involve, as far as its files say.
    pub exit: ExitFacts,
    /// Layers, lowest first.
    pub layers: Vec<LayerReport>,
    /// Scores and verdicts.
    pub scorecard: Scorecard,
    /// What the services of the profile need of it; null where the profile counts none.
    pub requirements: Option<RequirementsReport>,
    /// The decision of `check`; null for other commands.
    pub gate: Option<GateReport>,
    /// How completely each topic was read.
    pub topics: BTreeMap<Topic, TopicCoverage>,
    /// What is attached to the image, and where it was looked for.
    pub attached_evidence: AttachedEvidence,
    /// What that evidence, and what was found inside the image or given, came to.
    pub evidence: EvidenceSummary,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

/// The image in a few words.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ImageSummary {
    /// The distribution as it names itself, or null.
    pub distro: Option<String>,
    /// Packages by type (as in purl); what a system package owns is counted as that package.
    pub packages: BTreeMap<String, u64>,
    /// Size as stored, in bytes.
    pub stored_bytes: u64,
    /// Size of the layers' tar streams, in bytes.
    pub tar_bytes: u64,
    /// What kind of image it is, and how that is known.
    pub role: Role,
    /// Where its base ends, and how that is known.
    pub base: Base,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LayerReport {
    /// Number, from 1.
    pub number: u32,
    /// Digest of the stored blob.
    pub digest: Option<String>,
    /// Base or added.
    pub side: Side,
    /// The instruction that made it.
    pub created_by: Option<String>,
}

/// Scores and verdicts of one image.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Scorecard {
    /// `passed` or `blocked` from `check`; null otherwise.
    pub verdict: Option<String>,
    /// Score of each axis; null where no rule of it applies.
    pub axes: BTreeMap<Axis, Option<Score>>,
    /// Score of each category that has applicable rules, in the order of their axes.
    pub categories: Vec<CategoryScore>,
    /// Verdict of every rule of the profile.
    pub rules: Vec<RuleReport>,
}

/// Score of one category.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CategoryScore {
    /// Name.
    pub name: String,
    /// The axis it counts in.
    pub axis: Axis,
    /// Its weight in that axis.
    pub weight: f64,
    /// Score.
    pub score: Score,
}

/// An image that could not be judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NotRead {
    /// Position among the images asked for, from 0.
    pub position: usize,
    /// The reference as given.
    pub reference: String,
    /// Code of the error.
    pub code: Option<String>,
    /// What went wrong.
    pub message: String,
}
