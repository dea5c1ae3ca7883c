//! Requirements: what the services of a team need of an image.
//!
//! What meets one is judgement, so it is Rego: a package `freehold.requirements.<name>` that defines
//! `met`, `unmet` and `unknown`, each a reason in words. A profile says how many services need it.

mod collect;
mod evaluate;
mod metadata;
mod wanted;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(super) use collect::collect;
pub use evaluate::evaluate;
pub use wanted::Wanted;

use super::files::Origin;
use crate::facts::model::Topic;

/// Category of the packages that are requirements, and folder they are in.
pub(super) const CATEGORY: &str = "requirements";

/// A requirement as its METADATA block describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementInfo {
    /// Name, the last part of its package.
    pub name: String,
    /// What is true of an image that meets it.
    pub title: String,
    /// Who needs it and why, in a paragraph.
    pub description: String,
    /// Topics it reads.
    pub needs: Vec<Topic>,
    /// Whether a build image beside the image can provide it. What has to hold at run time, such as
    /// the C library, no build image provides.
    pub build_sibling: bool,
    /// `experimental`, `stable` or `deprecated`.
    pub stability: String,
    /// Sources, as URLs.
    pub related: Vec<String>,
}

/// A requirement of a pack, with how to evaluate it.
#[derive(Debug, Clone, PartialEq)]
pub struct PackRequirement {
    /// What METADATA says.
    pub info: Arc<RequirementInfo>,
    /// The file it is in.
    pub file: String,
    /// Where it came from.
    pub origin: Origin,
    /// Path of `met` (`data.freehold.requirements.glibc.met`), where it is defined.
    met: Option<String>,
    /// Path of `unmet`.
    unmet: Option<String>,
    /// Path of `unknown`.
    unknown: Option<String>,
    /// Why what it says cannot be relied on: it reads what does not exist.
    flaw: Option<String>,
}

/// Whether an image meets a requirement by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Meets {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It cannot be said.
    Unknown,
}

/// What one requirement says of one image by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The requirement.
    pub requirement: Arc<RequirementInfo>,
    /// Services that have it, as the profile counts them.
    pub services: u64,
    /// Whether the image meets it.
    pub meets: Meets,
    /// Why, in words without a full stop.
    pub reason: String,
}
