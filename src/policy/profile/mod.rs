//! Profiles: which rules are on, and how much each counts.

mod chain;
mod file;
mod lay;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::{PolicyError, Problem, ProblemKind};
use super::pack::Pack;
use super::requirements::Wanted;
use super::rules::PackRule;
use super::severity::Severity;

pub use file::schema;

/// Names of the axes that weights and thresholds may be set on.
pub const AXES: [&str; 4] = ["portability", "operability", "evidence", "hardening"];

/// Which rules are on, what each weighs, and what blocks `check`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Where it was read from.
    pub source: String,
    /// The profiles it extends, nearest first.
    pub extends: Vec<String>,
    /// Ids of the rules that are on.
    pub rules: BTreeSet<String>,
    /// Weights that replace METADATA's, by id.
    pub weights: BTreeMap<String, f64>,
    /// Severities that replace METADATA's, by id.
    pub severities: BTreeMap<String, Severity>,
    /// Parameters that replace those of the pack, by id.
    pub parameters: BTreeMap<String, Map<String, Value>>,
    /// Weights of categories within their axis; 1 where none is given.
    pub category_weights: BTreeMap<String, f64>,
    /// Weights of the axes in the order `compare` gives. Empty in a profile that does not ask for
    /// one: axes are never blended unasked.
    pub axis_weights: BTreeMap<String, f64>,
    /// Ids of rules that block `check` when they are unknown.
    pub required_evidence: BTreeSet<String>,
    /// Least score of an axis, 0 to 100, by axis name.
    pub thresholds: BTreeMap<String, f64>,
    /// Findings of this severity or more block `check`.
    pub fail_on: Severity,
    /// What a team's services need, and how many of them.
    pub requirements: Wanted,
}

impl Profile {
    /// The profile called `wanted` in `pack`, or the file at that path. Rules of the user's own
    /// pack are on in every profile that does not switch them off by name.
    ///
    /// # Errors
    /// [`PolicyError`] with every problem found: unknown keys, rules, parameters and
    /// values out of range, each with its place.
    pub fn load(wanted: &str, pack: &Pack) -> Result<Self, PolicyError> {
        let mut problems = Vec::new();
        let chain = chain::read(wanted, pack, &mut problems);
        let profile = lay::over(&chain, pack, &mut problems);
        if profile.rules.is_empty() && problems.is_empty() {
            let message = format!("profile `{wanted}` switches no rule on");
            let help = "name rules under `rules`, or a profile it `extends`";
            let problem = Problem::in_file(ProblemKind::EmptyProfile, &profile.source, message);
            let problem = match chain.first() {
                Some(link) => link.document.at(problem, "/rules"),
                None => problem,
            };
            problems.push(problem.help(help));
        }
        if problems.is_empty() {
            return Ok(profile);
        }
        // As one reads: the file asked for first, each from its head.
        let position = |problem: &Problem| {
            let mut files = chain.iter();
            files.position(|link| link.document.file() == problem.file)
        };
        problems.sort_by_key(|problem| (position(problem), problem.line));
        Err(PolicyError::in_profile(wanted, problems))
    }

    /// Everything on, nothing changed: every rule at its own weight and severity.
    pub fn everything(pack: &Pack) -> Self {
        let mut profile = Self::blank();
        profile.name = "everything".to_owned();
        profile.rules = ids(pack.rules());
        profile
    }

    /// Makes a rule part of the profile, and its answer a condition: unknown blocks.
    pub fn require(&mut self, id: &str) {
        self.rules.insert(id.to_owned());
        self.required_evidence.insert(id.to_owned());
    }

    /// Weight of `rule` in this profile.
    pub fn weight(&self, id: &str, default: f64) -> f64 {
        self.weights.get(id).copied().unwrap_or(default)
    }

    /// Severity of `rule` in this profile.
    pub fn severity(&self, id: &str, default: Severity) -> Severity {
        self.severities.get(id).copied().unwrap_or(default)
    }

    /// How this profile differs from `other`, one sentence each, in a fixed order.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for id in self.rules.difference(&other.rules) {
            found.push(format!("rule {id} is on"));
        }
        for id in other.rules.difference(&self.rules) {
            found.push(format!("rule {id} is off"));
        }
        changed("weight of", &self.weights, &other.weights, &mut found);
        changed(
            "severity of",
            &self.severities,
            &other.severities,
            &mut found,
        );
        changed(
            "parameters of",
            &self.parameters,
            &other.parameters,
            &mut found,
        );
        let (mine, theirs) = (&self.category_weights, &other.category_weights);
        changed("weight of category", mine, theirs, &mut found);
        let (mine, theirs) = (&self.axis_weights, &other.axis_weights);
        changed("weight of axis", mine, theirs, &mut found);
        changed(
            "threshold of",
            &self.thresholds,
            &other.thresholds,
            &mut found,
        );
        for id in self
            .required_evidence
            .symmetric_difference(&other.required_evidence)
        {
            let is = if self.required_evidence.contains(id) {
                "is"
            } else {
                "is not"
            };
            found.push(format!("evidence for {id} {is} required"));
        }
        if self.fail_on != other.fail_on {
            found.push(format!("fails on {}", self.fail_on.name()));
        }
        found.extend(self.requirements.differences(&other.requirements));
        found
    }

    fn blank() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            source: String::new(),
            extends: Vec::new(),
            rules: BTreeSet::new(),
            weights: BTreeMap::new(),
            severities: BTreeMap::new(),
            parameters: BTreeMap::new(),
            category_weights: BTreeMap::new(),
            axis_weights: BTreeMap::new(),
            required_evidence: BTreeSet::new(),
            thresholds: BTreeMap::new(),
            fail_on: Severity::High,
            requirements: Wanted::default(),
        }
    }
}

fn ids<'a>(rules: impl IntoIterator<Item = &'a PackRule>) -> BTreeSet<String> {
    rules.into_iter().map(|rule| rule.info.id.clone()).collect()
}

fn changed<T: PartialEq>(
    what: &str,
    mine: &BTreeMap<String, T>,
    theirs: &BTreeMap<String, T>,
    found: &mut Vec<String>,
) {
    let keys: BTreeSet<&String> = mine.keys().chain(theirs.keys()).collect();
    for key in keys {
        if mine.get(key) != theirs.get(key) {
            found.push(format!("{what} {key} differs"));
        }
    }
}
