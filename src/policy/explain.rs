//! Why a rule says what it says of an image: what it read there, and which expressions held.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::engine::on_deep_stack;
use super::error::PolicyError;
use super::pack::{Pack, changes, document_with};
use super::profile::Profile;
use super::rules::PackRule;
use super::trace::{Body, Lab, Tree};
use crate::facts::model::{Coverage, Facts};

/// Rules and helpers followed for the facts that are read.
const MAX_FOLLOWED: usize = 200;

/// Facts that are listed.
const MAX_READS: usize = 60;

/// What a rule saw in an image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The topics it needs, with how completely they were read, and why not.
    pub topics: Vec<SeenTopic>,
    /// The facts it, or a helper of its, reads, with their values.
    pub facts: Vec<SeenFact>,
    /// Its bodies, expression by expression: when it does not apply, what is unknown, what it
    /// denies, what it warns of, its credit, then its helpers.
    pub bodies: Vec<Body>,
}

/// A topic a rule needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeenTopic {
    /// Its name.
    pub name: String,
    /// How completely it was read.
    pub coverage: Coverage,
    /// Why not completely.
    pub reason: Option<String>,
}

/// A fact a rule reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeenFact {
    /// Its path, `input` first, up to where the rule goes into a list.
    pub path: String,
    /// Its value in the image; none where the facts do not have it.
    pub value: Option<Value>,
    /// The file that reads it.
    pub file: String,
}

/// What `rule` saw in `facts`, judged with `profile` at `now`.
///
/// # Errors
/// [`PolicyError`] when the facts cannot be handed to the engine.
pub fn explain(
    pack: &Pack,
    rule: &PackRule,
    profile: &Profile,
    facts: &Facts,
    now: &str,
) -> Result<Seen, PolicyError> {
    if let Some(sandbox) = &pack.sandbox {
        return sandbox.explain(rule, profile, facts, now);
    }
    let input = serde_json::to_value(facts).map_err(|error| PolicyError::Engine {
        detail: format!("the facts cannot be handed over: {error}"),
    })?;
    let topics = rule.info.needs.iter().map(|topic| {
        let known = facts.topics.get(topic);
        SeenTopic {
            name: topic.name().to_owned(),
            coverage: known.map_or(Coverage::NotSearched, |known| known.coverage),
            reason: known.and_then(|known| known.reason.clone()),
        }
    });
    let topics = topics.collect();
    on_deep_stack(|| {
        let mut engine = pack.engine()?.clone();
        engine.add_data(document_with(&pack.documents, changes(profile, now)))?;
        engine.set_input(&input)?;
        let modules: Vec<_> = pack
            .sources
            .iter()
            .filter(|file| file.is_rego() && !file.is_test())
            .cloned()
            .collect();
        let lab = Lab::new(engine, &modules);
        Ok(Seen {
            topics,
            facts: reads(&lab, rule, &input),
            bodies: bodies(&lab, rule),
        })
    })?
}

/// The package of a rule and its parts, in the order in which they decide.
fn parts(rule: &PackRule) -> Vec<&str> {
    let single = [&rule.not_applicable, &rule.unknown];
    let mut parts: Vec<&String> = single.into_iter().flatten().collect();
    parts.extend(rule.deny.iter().chain(&rule.warn));
    parts.extend(&rule.score);
    parts.into_iter().map(String::as_str).collect()
}

fn package(rule: &PackRule) -> Vec<String> {
    let path = parts(rule).first().copied().unwrap_or_default();
    let mut names: Vec<String> = path.split('.').map(str::to_owned).collect();
    names.pop();
    names
}

fn bodies(lab: &Lab, rule: &PackRule) -> Vec<Body> {
    let package = package(rule);
    let mut names: Vec<&str> = parts(rule)
        .into_iter()
        .filter_map(|path| path.rsplit('.').next())
        .collect();
    for tree in lab.package(&package) {
        for definition in &tree.definitions {
            if !names.contains(&definition.name.as_str()) {
                names.push(&definition.name);
            }
        }
    }
    names
        .into_iter()
        .flat_map(|name| lab.trace(&package, name))
        .filter(|body| !body.steps.is_empty())
        .collect()
}

/// The facts that the definitions of a rule read, its helpers included.
fn reads(lab: &Lab, rule: &PackRule, input: &Value) -> Vec<SeenFact> {
    let package = package(rule);
    let mut pending: Vec<(Vec<String>, String)> = lab
        .package(&package)
        .iter()
        .flat_map(|tree| &tree.definitions)
        .map(|definition| (package.clone(), definition.name.clone()))
        .collect();
    let mut done: BTreeSet<(Vec<String>, String)> = BTreeSet::new();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    while let Some(next) = pending.pop() {
        if done.len() >= MAX_FOLLOWED || !done.insert(next.clone()) {
            continue;
        }
        let (package, name) = next;
        for tree in lab.package(&package) {
            for definition in tree.named(&name) {
                mentioned(tree, &definition.text, &mut pending, &mut found);
            }
        }
    }
    let paths = found.into_iter().take(MAX_READS);
    paths
        .map(|(path, file)| SeenFact {
            value: value_at(input, &path).cloned(),
            path,
            file,
        })
        .collect()
}

/// Finds the facts a definition names, and the rules it refers to.
fn mentioned(
    tree: &Tree,
    text: &str,
    pending: &mut Vec<(Vec<String>, String)>,
    found: &mut BTreeMap<String, String>,
) {
    for line in text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
    {
        for code in line.split('"').step_by(2) {
            let is_path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
            for word in code.split(|c: char| !is_path(c)) {
                let word = word.trim_matches('.');
                let names: Vec<&str> = word.split('.').collect();
                if word.is_empty() || word == "input" {
                    continue;
                }
                if names.first() == Some(&"input") {
                    found.entry(word.to_owned()).or_insert(tree.file.clone());
                } else if let Some(target) = tree.resolve(&names) {
                    pending.push(target);
                }
            }
        }
    }
}

/// The value at `input.a.b`.
fn value_at<'a>(input: &'a Value, path: &str) -> Option<&'a Value> {
    let mut names = path.split('.').skip(1);
    names.try_fold(input, |value, name| value.get(name))
}
