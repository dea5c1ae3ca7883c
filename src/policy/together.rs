//! Rules of the shipped pack, asked in groups.
//!
//! The engine forgets what it has worked out between two questions, and rules of one category rest
//! on the same libraries. So the shipped rules of a category are asked everything at once, through
//! one rule that is written here. An answer is the same either way. Where a group gives none, as
//! when one of its rules fails, each rule is asked alone, and so is every rule of a user's.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;

use super::engine::Engine;
use super::files::Origin;
use super::rules::PackRule;

/// Package of the rules that ask.
const PACKAGE: &str = "freehold_questions";

/// Rules that one thread judges one after the other.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// Their positions.
    pub(super) rules: Range<usize>,
    /// Path of the rule that asks all of them.
    question: Option<String>,
}

/// What each path of a group's rules holds; undefined where a path is missing.
pub(super) type Answers = BTreeMap<String, Value>;

/// The units of `rules`, which are in order of their categories.
pub(super) fn units(rules: &[PackRule]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut before: Option<&PackRule> = None;
    for (position, rule) in rules.iter().enumerate() {
        let end = position.saturating_add(1);
        let is_shipped = rule.origin == Origin::Embedded;
        let joins = |other: &PackRule| {
            is_shipped && other.origin == rule.origin && other.info.category == rule.info.category
        };
        match units.last_mut() {
            Some(unit) if before.is_some_and(joins) => unit.rules.end = end,
            _ => units.push(Unit {
                rules: position..end,
                question: is_shipped.then(|| format!("data.{PACKAGE}.q{position}")),
            }),
        }
        before = Some(rule);
    }
    units
}

/// The module that asks: for each unit with a question, an object from path to a list that holds
/// the value there, and nothing where it is undefined.
pub(super) fn module(rules: &[PackRule]) -> String {
    let mut text = format!("package {PACKAGE}\n");
    for unit in units(rules).iter().filter(|unit| unit.question.is_some()) {
        text.push_str(&format!("\nq{} := {{\n", unit.rules.start));
        for rule in rules.get(unit.rules.clone()).unwrap_or_default() {
            let single = [&rule.not_applicable, &rule.unknown, &rule.score];
            let lists = rule.deny.iter().chain(&rule.warn);
            for path in lists.chain(single.into_iter().flatten()) {
                text.push_str(&format!("\t\"{path}\": [value | value := {path}],\n"));
            }
        }
        text.push_str("}\n");
    }
    text
}

impl Unit {
    /// Asks all rules of the unit; nothing where they have to be asked alone.
    pub(super) fn ask(&self, engine: &Engine) -> Option<Answers> {
        let answer = engine.clone().evaluate(self.question.as_ref()?);
        let Ok(Some(Value::Object(fields))) = answer else {
            return None;
        };
        let mut answers = Answers::new();
        for (path, value) in fields {
            let Value::Array(values) = value else {
                return None;
            };
            if let Some(value) = values.into_iter().next() {
                answers.insert(path, value);
            }
        }
        Some(answers)
    }
}
