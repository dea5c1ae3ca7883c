//! A profile as it is written, and the JSON Schema editors check it with.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::AXES;
use crate::policy::metadata::CATEGORIES;
use crate::policy::severity::Severity;

/// Which rules count, and how much. Every key is optional: a file that extends another states only
/// what differs.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "Freehold profile")]
pub(super) struct ProfileFile {
    /// Name that reports call it by; the file's, if it has none.
    pub(super) name: Option<String>,
    /// Whom it is for, and why it counts as it does.
    pub(super) description: Option<String>,
    /// The profile it starts from: a shipped one's name, or a file beside this one.
    pub(super) extends: Option<String>,
    /// The rules that are on, in place of those of `extends`: ids, `category.*` or `*`.
    pub(super) rules: Option<Vec<String>>,
    /// Rules to switch on besides: ids, `category.*` or `*`.
    pub(super) on: Vec<String>,
    /// Rules to switch off after all: ids, `category.*` or `*`.
    pub(super) off: Vec<String>,
    /// Weight of a rule inside its category, by id.
    pub(super) weights: BTreeMap<String, Points>,
    /// Severity of a rule, by id.
    pub(super) severities: BTreeMap<String, Severity>,
    /// Parameters of a rule, by id and name: each replaces that of the rule's `parameters.yaml`.
    pub(super) parameters: BTreeMap<String, Map<String, Value>>,
    /// Weight of a category inside its axis; 1 where none is given.
    #[schemars(extend("propertyNames" = {"enum": CATEGORIES}))]
    pub(super) category_weights: BTreeMap<String, Points>,
    /// Weight of an axis in the order `compare` gives. Without it there is no order.
    #[schemars(extend("propertyNames" = {"enum": AXES}))]
    pub(super) axis_weights: BTreeMap<String, Points>,
    /// Rules that block `check` while they are unknown, in place of those of `extends`: ids.
    pub(super) required_evidence: Option<Vec<String>>,
    /// Least score of an axis, 0 to 100, under which `check` blocks.
    #[schemars(extend("propertyNames" = {"enum": AXES}))]
    pub(super) thresholds: BTreeMap<String, Points>,
    /// Findings of this severity or more block `check`.
    pub(super) fail_on: Option<Severity>,
    /// How many services need what: a number for each requirement, and `services`, the number of
    /// all of them.
    pub(super) requirements: BTreeMap<String, Count>,
}

/// A number of services.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub(super) struct Count(pub(super) u64);

/// A number from 0 to 100.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("minimum" = 0, "maximum" = 100))]
pub(super) struct Points(pub(super) f64);

/// The JSON Schema (2020-12) of profiles, made from their type: `schemas/profile-1.json`.
///
/// # Errors
/// When the schema cannot be put into JSON.
pub fn schema() -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&schemars::schema_for!(ProfileFile))?;
    text.push('\n');
    Ok(text)
}
