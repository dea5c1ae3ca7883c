//! What a team's services need, and what an image offers of it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::scorecard::serving::{Share, Standing};

/// An image against the requirements of the profile.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RequirementsReport {
    /// Number of all services; null where the profile does not give it.
    pub services: Option<u64>,
    /// Share of services the image can serve; null where no service is counted.
    pub share: Option<Share>,
    /// The build image beside it.
    pub build_sibling: BuildSibling,
    /// Each requirement, those of most services first.
    pub needs: Vec<RequirementReport>,
}

/// The build image beside an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BuildSibling {
    /// Its reference; null where none was named or found.
    pub reference: Option<String>,
    /// Digest of its manifest; null where there is none.
    pub digest: Option<String>,
    /// How it was found, or why there is none.
    pub basis: String,
}

/// One requirement of one image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RequirementReport {
    /// Name of the requirement.
    pub name: String,
    /// What is true of an image that meets it.
    pub title: String,
    /// Services that have it.
    pub services: u64,
    /// How the image stands to it.
    pub standing: Standing,
    /// How it stands to it by itself.
    pub alone: Standing,
    /// Why it stands so by itself, in words.
    pub reason: String,
    /// What its build sibling says; null where it has none, or none is needed or of use.
    pub sibling_reason: Option<String>,
}
