//! Exceptions somebody has signed for.

use schemars::JsonSchema;
use serde::Serialize;

pub use crate::policy::waivers::WaiverState;

/// One waiver, as its file states it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct WaiverReport {
    /// The rule, by its present id.
    pub rule: String,
    /// Pattern or digest of the images it is for; null for every image.
    pub image: Option<String>,
    /// Subject it is for; null for every finding of the rule.
    pub subject: Option<String>,
    /// Why.
    pub reason: String,
    /// Where that is discussed.
    pub ticket: Option<String>,
    /// Who agreed, as stated in the file: nobody has checked.
    pub approver: Option<String>,
    /// Last day on which it counts, `YYYY-MM-DD`.
    pub expires: String,
    /// Where it is in its life on the day of judging.
    pub state: WaiverState,
    /// File and line.
    pub place: String,
}

/// The waivers of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WaiversReport {
    /// SHA-256 of each file that holds some, lower-case hex, by its name.
    pub files: std::collections::BTreeMap<String, String>,
    /// Waivers that are for a finding, or for a rule without an answer, of this run.
    pub used: Vec<WaiverReport>,
    /// Waivers that are for an image and a rule of this run, and for nothing that was found.
    pub unused: Vec<WaiverReport>,
    /// Waivers for other images, or for rules that were not asked.
    pub elsewhere: Vec<WaiverReport>,
}
