//! Profile files laid over each other, from the one that extends none to the one asked for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::chain::Link;
use super::file::Points;
use super::{AXES, Profile, ids};
use crate::policy::documents::merge;
use crate::policy::error::{Problem, ProblemKind, closest};
use crate::policy::files::{Origin, PackFile};
use crate::policy::metadata::CATEGORIES;
use crate::policy::pack::Pack;
use crate::policy::yaml::{kind_of, step};

/// Longest name of a profile, in characters.
const MAX_NAME: usize = 100;

/// The profile a chain of files makes, nearest first.
pub(super) fn over(chain: &[Link], pack: &Pack, problems: &mut Vec<Problem>) -> Profile {
    let mut profile = Profile::blank();
    profile.extends = chain
        .iter()
        .filter_map(|link| link.file.extends.clone())
        .collect();
    for link in chain.iter().rev() {
        let mut layer = Layer {
            pack,
            link,
            problems: &mut *problems,
        };
        layer.apply(&mut profile);
    }
    for id in profile.required_evidence.difference(&profile.rules) {
        problems.push(required_but_off(id, chain, pack));
    }
    profile
}

/// Points at the nearest file that requires the rule.
fn required_but_off(id: &str, chain: &[Link], pack: &Pack) -> Problem {
    let message = format!("rule `{id}` is required evidence and is not on");
    let kind = ProblemKind::InvalidValue;
    for link in chain {
        let required = link.file.required_evidence.iter().flatten();
        let is_it = |name: &String| pack.rule(name).is_some_and(|rule| rule.info.id == id);
        if let Some(at) = required.into_iter().position(is_it) {
            let pointer = format!("/required_evidence/{at}");
            let problem = link.document.problem(kind, &pointer, message);
            return problem.help("switch it on under `on`, or do not require it");
        }
    }
    Problem::in_file(kind, id, message)
}

/// One file on its way into the profile.
struct Layer<'a> {
    pack: &'a Pack,
    link: &'a Link,
    problems: &'a mut Vec<Problem>,
}

impl Layer<'_> {
    fn apply(&mut self, profile: &mut Profile) {
        let file = &self.link.file;
        let source = self.link.document.file();
        self.check_name();
        profile.name = file.name.clone().unwrap_or_else(|| source.to_owned());
        profile.description = file.description.clone().unwrap_or_default();
        source.clone_into(&mut profile.source);
        self.switch(profile);
        let weights = self.by_rule("/weights", &file.weights);
        for (id, weight, pointer) in weights {
            if let Some(weight) = self.within(&pointer, weight) {
                profile.weights.insert(id, weight);
            }
        }
        for (id, severity, _) in self.by_rule("/severities", &file.severities) {
            profile.severities.insert(id, severity);
        }
        for (id, parameters, pointer) in self.by_rule("/parameters", &file.parameters) {
            self.check_parameters(&id, &parameters, &pointer);
            merge(profile.parameters.entry(id).or_default(), parameters, false);
        }
        let categories = self.by_name("category_weights", &file.category_weights, &CATEGORIES);
        profile.category_weights.extend(categories);
        let axes = self.by_name("axis_weights", &file.axis_weights, &AXES);
        profile.axis_weights.extend(axes);
        let thresholds = self.by_name("thresholds", &file.thresholds, &AXES);
        profile.thresholds.extend(thresholds);
        if let Some(required) = &file.required_evidence {
            let known = required.iter().enumerate();
            profile.required_evidence = known
                .filter_map(|(at, id)| self.known(id, &format!("/required_evidence/{at}"), false))
                .collect();
        }
        if let Some(severity) = file.fail_on {
            profile.fail_on = severity;
        }
        let given = file.requirements.iter();
        let given = given.map(|(name, count)| (name.clone(), count.0)).collect();
        for complaint in profile.requirements.lay_over(given, self.pack) {
            let pointer = step("/requirements", &complaint.word);
            let problem = self.problem(complaint.kind, &pointer, complaint.message);
            self.problems.push(problem.help(complaint.help));
        }
    }

    fn switch(&mut self, profile: &mut Profile) {
        let file = &self.link.file;
        if let Some(patterns) = &file.rules {
            let rules = self.pack.rules().iter();
            profile.rules = ids(rules.filter(|rule| rule.origin == Origin::User));
            profile.rules.extend(self.matching("rules", patterns));
        }
        profile.rules.extend(self.matching("on", &file.on));
        for id in self.matching("off", &file.off) {
            profile.rules.remove(&id);
        }
        for (at, id) in file.on.iter().enumerate() {
            if file.off.contains(id) {
                let message = format!("`{id}` is switched on and off");
                let pointer = format!("/on/{at}");
                let problem = self.problem(ProblemKind::InvalidValue, &pointer, message);
                self.problems
                    .push(problem.help("name it under one of the two"));
            }
        }
    }

    /// Ids that the patterns under `key` mean: an id, `category.*` or `*`.
    fn matching(&mut self, key: &str, patterns: &[String]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let rules = self.pack.rules();
        for (at, pattern) in patterns.iter().enumerate() {
            let pointer = format!("/{key}/{at}");
            let Some(category) = pattern.strip_suffix(".*") else {
                match pattern.as_str() {
                    "*" => found.extend(ids(rules)),
                    id => found.extend(self.known(id, &pointer, false)),
                }
                continue;
            };
            let of_category = ids(rules.iter().filter(|rule| rule.info.category == category));
            if of_category.is_empty() && !CATEGORIES.contains(&category) {
                let message = format!("no rule matches `{pattern}`");
                let known: BTreeSet<&str> = rules
                    .iter()
                    .map(|rule| rule.info.category.as_str())
                    .collect();
                let known: Vec<&str> = known.into_iter().collect();
                let problem = self.problem(ProblemKind::UnknownRule, &pointer, message);
                self.problems
                    .push(problem.help(meant(category, &known, ".*")));
            }
            found.extend(of_category);
        }
        found
    }

    /// The present id of a rule given by id or former id; a problem at the key or value there.
    fn known(&mut self, id: &str, pointer: &str, is_key: bool) -> Option<String> {
        if let Some(rule) = self.pack.rule(id) {
            return Some(rule.info.id.clone());
        }
        let names = || self.pack.rules().iter().map(|rule| rule.info.id.as_str());
        let category = format!("{}.", id.split('.').next().unwrap_or_default());
        let beside: Vec<&str> = names().filter(|id| id.starts_with(&category)).collect();
        let help = match (closest(id, names()), beside.is_empty()) {
            (Some(id), _) => format!("did you mean `{id}`?"),
            (None, true) => "`freehold policy list` names every rule".to_owned(),
            (None, false) => format!("rules there are {}", beside.join(", ")),
        };
        let message = format!("there is no rule `{id}`");
        let problem = self.problem(ProblemKind::UnknownRule, pointer, message);
        let problem = match is_key {
            true => self.link.document.at_key(problem, pointer),
            false => problem,
        };
        self.problems.push(problem.help(help));
        None
    }

    /// The entries of a map by rule, with present ids and where each stands.
    fn by_rule<T: Clone>(
        &mut self,
        key: &str,
        entries: &BTreeMap<String, T>,
    ) -> Vec<(String, T, String)> {
        let mut found = Vec::new();
        for (id, value) in entries {
            let pointer = step(key, id);
            if let Some(id) = self.known(id, &pointer, true) {
                found.push((id, value.clone(), pointer));
            }
        }
        found
    }

    /// The entries of a map of numbers by axis or category.
    fn by_name(
        &mut self,
        key: &str,
        entries: &BTreeMap<String, Points>,
        known: &[&str],
    ) -> Vec<(String, f64)> {
        let mut found = Vec::new();
        for (name, points) in entries {
            let pointer = step(&format!("/{key}"), name);
            if !known.contains(&name.as_str()) {
                let what = match known == CATEGORIES {
                    true => "category",
                    false => "axis",
                };
                let message = format!("`{name}` is no {what}");
                let problem = self.problem(ProblemKind::InvalidValue, &pointer, message);
                let problem = self.link.document.at_key(problem, &pointer);
                self.problems.push(problem.help(meant(name, known, "")));
            } else if let Some(points) = self.within(&pointer, *points) {
                found.push((name.clone(), points));
            }
        }
        found
    }

    fn within(&mut self, pointer: &str, points: Points) -> Option<f64> {
        let Points(value) = points;
        if (0.0..=100.0).contains(&value) {
            return Some(value);
        }
        let message = format!("{value} is not from 0 to 100");
        let problem = self.problem(ProblemKind::InvalidValue, pointer, message);
        self.problems
            .push(problem.help("write a number from 0 to 100"));
        None
    }

    fn check_parameters(&mut self, id: &str, given: &Map<String, Value>, pointer: &str) {
        let parameters = self.pack.parameters(id);
        for (name, value) in given {
            let pointer = step(pointer, name);
            match parameters.and_then(|known| known.get(name)) {
                // Rego orders any number below any string: comparing two kinds has one answer.
                Some(default)
                    if std::mem::discriminant(default) != std::mem::discriminant(value) =>
                {
                    let message = format!(
                        "`{name}` is {}, where rule `{id}` wants {}",
                        kind_of(value),
                        kind_of(default)
                    );
                    let problem = self.problem(ProblemKind::InvalidValue, &pointer, message);
                    self.problems
                        .push(problem.help(format!("its default is {default}")));
                }
                Some(_) => {}
                None => {
                    let message = format!("rule `{id}` has no parameter `{name}`");
                    let names = parameters.into_iter().flat_map(Map::keys);
                    let names: Vec<&str> = names.map(String::as_str).collect();
                    let help = match names.as_slice() {
                        [] => "it has none: remove it".to_owned(),
                        names => meant(name, names, ""),
                    };
                    let problem = self.problem(ProblemKind::UnknownParameter, &pointer, message);
                    let problem = self.link.document.at_key(problem, &pointer);
                    self.problems.push(problem.help(help));
                }
            }
        }
    }

    /// A name heads every report: it is short, and that of a shipped profile stands for that one alone.
    fn check_name(&mut self) {
        let Some(name) = &self.link.file.name else {
            return;
        };
        let is_same = |file: &PackFile| file.stem().eq_ignore_ascii_case(name.trim());
        let profiles = self.pack.profiles.iter();
        let mut shipped = profiles.filter(|file| file.origin == Origin::Embedded);
        let (message, help) = if name.chars().nth(MAX_NAME).is_some() {
            (
                format!("the name is longer than {MAX_NAME} characters"),
                "say the rest under `description`",
            )
        } else if !self.link.is_shipped && shipped.any(is_same) {
            (
                format!("`{name}` is the name of a shipped profile"),
                "give it a name of its own, or none: reports then call it by its file",
            )
        } else {
            return;
        };
        let problem = self.problem(ProblemKind::InvalidValue, "/name", message);
        self.problems.push(problem.help(help));
    }

    fn problem(&self, kind: ProblemKind, pointer: &str, message: String) -> Problem {
        self.link.document.problem(kind, pointer, message)
    }
}

/// What was meant by a wrong name, or what there is.
fn meant(wrong: &str, known: &[&str], ending: &str) -> String {
    match closest(wrong, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}{ending}`?"),
        None => {
            let all: Vec<String> = known.iter().map(|name| format!("{name}{ending}")).collect();
            format!("known are {}", all.join(", "))
        }
    }
}
