//! Profiles: which rules are on, and how much each counts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::documents::{merge, yaml_problem};
use super::error::{PolicyError, Problem, ProblemKind, closest};
use super::files::{self, Origin};
use super::pack::Pack;
use super::requirements::Wanted;
use super::rules::PackRule;
use super::severity::Severity;

/// Names of the axes thresholds may be set on.
pub const AXES: [&str; 4] = ["portability", "operability", "evidence", "hardening"];

/// Longest chain of `extends`.
const MAX_EXTENDS: usize = 8;

/// Which rules are on, what each weighs, and what blocks `check`.
#[derive(Debug, Clone, PartialEq)]
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
    /// Ids of rules that block `check` when they are unknown.
    pub required_evidence: BTreeSet<String>,
    /// Least score of an axis, 0 to 100, by axis name.
    pub thresholds: BTreeMap<String, f64>,
    /// Findings of this severity or more block `check`.
    pub fail_on: Severity,
    /// What a team's services need, and how many of them.
    pub requirements: Wanted,
}

/// A profile as written. Every key is optional, so that a file that extends another states only
/// what differs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    name: Option<String>,
    description: Option<String>,
    extends: Option<String>,
    rules: Option<Vec<String>>,
    #[serde(default)]
    off: Vec<String>,
    #[serde(default)]
    weights: BTreeMap<String, f64>,
    #[serde(default)]
    severities: BTreeMap<String, String>,
    #[serde(default)]
    parameters: BTreeMap<String, Map<String, Value>>,
    #[serde(default)]
    category_weights: BTreeMap<String, f64>,
    required_evidence: Option<Vec<String>>,
    #[serde(default)]
    thresholds: BTreeMap<String, f64>,
    fail_on: Option<String>,
    #[serde(default)]
    requirements: BTreeMap<String, Value>,
}

/// One profile file: what it says, and where.
struct Source {
    file: String,
    text: String,
    /// Directory that relative `extends` start from; none for a profile of a pack.
    directory: Option<PathBuf>,
}

impl Profile {
    /// The profile called `wanted` in `pack`, or the file at that path. Rules of the user's own
    /// pack are on in every profile that does not switch them off by name.
    ///
    /// # Errors
    /// [`PolicyError`] with every problem found: unknown keys, rules, parameters and
    /// values out of range, each with its line.
    pub fn load(wanted: &str, pack: &Pack) -> Result<Self, PolicyError> {
        let mut reader = Reader {
            pack,
            problems: Vec::new(),
        };
        let profile = reader.load(wanted);
        if profile.rules.is_empty() && reader.problems.is_empty() {
            let message = format!("profile `{wanted}` switches no rule on");
            let help = "name rules under `rules`, or a profile it `extends`";
            let problem = Problem::in_file(ProblemKind::EmptyProfile, &profile.source, message);
            reader.problems.push(problem.help(help));
        }
        if reader.problems.is_empty() {
            return Ok(profile);
        }
        Err(PolicyError::in_profile(wanted, reader.problems))
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

struct Reader<'p> {
    pack: &'p Pack,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn load(&mut self, wanted: &str) -> Profile {
        let mut chain: Vec<(ProfileFile, Source)> = Vec::new();
        let mut next = Some((wanted.to_owned(), None));
        while let Some((name, directory)) = next {
            let Some(source) = self.find(&name, directory, chain.last()) else {
                break;
            };
            let is_circle = chain.iter().any(|(_, known)| known.file == source.file);
            if is_circle || chain.len() >= MAX_EXTENDS {
                let message = format!("profile `{name}` extends itself, through others");
                self.report(ProblemKind::ExtendsCycle, &source, "extends", message);
                break;
            }
            let file = match yaml_serde::from_str::<ProfileFile>(&source.text) {
                Ok(file) => file,
                Err(error) => {
                    let text = error.to_string();
                    let kind = match text.contains("unknown field") {
                        true => ProblemKind::UnknownKey,
                        false => ProblemKind::Yaml,
                    };
                    let problem = yaml_problem(kind, &source.file, &source.text, &error);
                    self.problems.push(problem);
                    break;
                }
            };
            next = file
                .extends
                .clone()
                .map(|name| (name, source.directory.clone()));
            chain.push((file, source));
        }
        let mut profile = Profile::blank();
        profile.extends = chain
            .iter()
            .filter_map(|(file, _)| file.extends.clone())
            .collect();
        for (file, source) in chain.into_iter().rev() {
            self.apply(&mut profile, file, &source);
            let idle = profile.required_evidence.difference(&profile.rules);
            for id in idle {
                let message = format!("rule `{id}` is required evidence and is not on");
                let problem = Problem::in_file(ProblemKind::InvalidValue, &source.file, message);
                self.problems.push(locate(problem, &source.text, id));
            }
        }
        profile
    }

    /// A profile of the pack by name, else a file.
    fn find(
        &mut self,
        name: &str,
        directory: Option<PathBuf>,
        from: Option<&(ProfileFile, Source)>,
    ) -> Option<Source> {
        let known = self.pack.profiles.iter();
        if let Some(file) = known.rev().find(|file| file.stem() == name) {
            return Some(Source {
                file: file.name.clone(),
                text: file.text.clone(),
                directory: None,
            });
        }
        let path = directory.unwrap_or_default().join(name);
        if path.is_file() {
            match files::read_text(&path) {
                Ok(text) => {
                    return Some(Source {
                        file: path.display().to_string(),
                        text,
                        directory: path.parent().map(Path::to_path_buf),
                    });
                }
                Err(problem) => {
                    self.problems.push(problem);
                    return None;
                }
            }
        }
        let names = self.pack.profile_names();
        let help = match closest(name, names.iter().copied()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("profiles are {}; or give a file", names.join(", ")),
        };
        let message = format!("there is no profile `{name}`, and no such file");
        let problem = match from {
            Some((_, source)) => {
                let problem = Problem::in_file(ProblemKind::UnknownProfile, &source.file, message);
                locate(problem, &source.text, name)
            }
            None => Problem::in_file(ProblemKind::UnknownProfile, name, message),
        };
        self.problems.push(problem.help(help));
        None
    }

    /// Lays one file over what it extends.
    fn apply(&mut self, profile: &mut Profile, file: ProfileFile, source: &Source) {
        profile.name = file.name.unwrap_or_else(|| source.file.clone());
        profile.description = file.description.unwrap_or_default();
        profile.source.clone_from(&source.file);
        if let Some(patterns) = &file.rules {
            let mut on = ids(self
                .pack
                .rules()
                .iter()
                .filter(|rule| rule.origin == Origin::User));
            for pattern in patterns {
                on.extend(self.matching(pattern, source));
            }
            profile.rules = on;
        }
        for pattern in &file.off {
            for id in self.matching(pattern, source) {
                profile.rules.remove(&id);
            }
        }
        for (id, weight) in file.weights {
            if self.is_within(&id, weight, 0.0..=100.0, source)
                && let Some(id) = self.known(&id, source)
            {
                profile.weights.insert(id, weight);
            }
        }
        for (id, name) in file.severities {
            if let (Some(id), Some(severity)) =
                (self.known(&id, source), self.severity(&name, source))
            {
                profile.severities.insert(id, severity);
            }
        }
        for (id, parameters) in file.parameters {
            if let Some(id) = self.known(&id, source) {
                self.check_parameters(&id, &parameters, source);
                merge(profile.parameters.entry(id).or_default(), parameters, false);
            }
        }
        self.apply_scores(profile, file.category_weights, file.thresholds, source);
        if let Some(required) = file.required_evidence {
            let known = required.iter().filter_map(|id| self.known(id, source));
            profile.required_evidence = known.collect();
        }
        if let Some(severity) = file.fail_on.and_then(|name| self.severity(&name, source)) {
            profile.fail_on = severity;
        }
        for complaint in profile.requirements.lay_over(file.requirements, self.pack) {
            let problem = Problem::in_file(complaint.kind, &source.file, complaint.message);
            let problem = locate(problem, &source.text, &complaint.word);
            self.problems.push(problem.help(complaint.help));
        }
    }

    fn apply_scores(
        &mut self,
        profile: &mut Profile,
        category_weights: BTreeMap<String, f64>,
        thresholds: BTreeMap<String, f64>,
        source: &Source,
    ) {
        let categories: BTreeSet<&str> = super::metadata::CATEGORIES.into_iter().collect();
        for (name, weight) in category_weights {
            if !categories.contains(name.as_str()) {
                self.unknown_name("category", &name, &categories, source);
            } else if self.is_within(&name, weight, 0.0..=100.0, source) {
                profile.category_weights.insert(name, weight);
            }
        }
        let axes: BTreeSet<&str> = AXES.into_iter().collect();
        for (name, least) in thresholds {
            if !axes.contains(name.as_str()) {
                self.unknown_name("axis", &name, &axes, source);
            } else if self.is_within(&name, least, 0.0..=100.0, source) {
                profile.thresholds.insert(name, least);
            }
        }
    }

    /// Ids that `pattern` means: an id, `category.*` or `*`.
    fn matching(&mut self, pattern: &str, source: &Source) -> BTreeSet<String> {
        let rules = self.pack.rules();
        if pattern == "*" {
            return ids(rules);
        }
        let Some(category) = pattern.strip_suffix(".*") else {
            return self.known(pattern, source).into_iter().collect();
        };
        let found = ids(rules.iter().filter(|rule| rule.info.category == category));
        let is_shipped = super::metadata::CATEGORIES.contains(&category);
        if found.is_empty() && !is_shipped {
            let message = format!("no rule matches `{pattern}`");
            self.report(ProblemKind::UnknownRule, source, pattern, message);
        }
        found
    }

    /// The present id of a rule given by id or former id.
    fn known(&mut self, id: &str, source: &Source) -> Option<String> {
        if let Some(rule) = self.pack.rule(id) {
            return Some(rule.info.id.clone());
        }
        let names = self.pack.rules().iter().map(|rule| rule.info.id.as_str());
        let help = closest(id, names).map(|id| format!("did you mean `{id}`?"));
        let help = help.unwrap_or_else(|| "`freehold policy list` names every rule".to_owned());
        let message = format!("there is no rule `{id}`");
        let problem = Problem::in_file(ProblemKind::UnknownRule, &source.file, message);
        self.problems
            .push(locate(problem, &source.text, id).help(help));
        None
    }

    fn check_parameters(&mut self, id: &str, given: &Map<String, Value>, source: &Source) {
        let parameters = self.pack.parameters(id);
        for (name, value) in given {
            let default = parameters.and_then(|known| known.get(name));
            // Rego orders any number below any string: a comparison of two kinds has one answer.
            if let Some(default) = default
                && std::mem::discriminant(default) != std::mem::discriminant(value)
            {
                let message = format!("`{name}` of rule `{id}` is {}", kind_of(value));
                let problem = Problem::in_file(ProblemKind::InvalidValue, &source.file, message);
                let help = format!("its default is {}: {default}", kind_of(default));
                self.problems
                    .push(locate(problem, &source.text, name).help(help));
            }
            if default.is_none() {
                let message = format!("rule `{id}` has no parameter `{name}`");
                let names = parameters.map(|known| known.keys().cloned().collect::<Vec<_>>());
                let problem =
                    Problem::in_file(ProblemKind::UnknownParameter, &source.file, message);
                let help = match names {
                    Some(names) => format!("it has {}", names.join(", ")),
                    None => "it has none".to_owned(),
                };
                self.problems
                    .push(locate(problem, &source.text, name).help(help));
            }
        }
    }

    fn severity(&mut self, name: &str, source: &Source) -> Option<Severity> {
        let severity = Severity::from_name(name);
        if severity.is_none() {
            let message = format!("`{name}` is not one of info, low, medium, high, critical");
            self.report(ProblemKind::InvalidValue, source, name, message);
        }
        severity
    }

    fn is_within(
        &mut self,
        name: &str,
        value: f64,
        range: std::ops::RangeInclusive<f64>,
        source: &Source,
    ) -> bool {
        let is_within = range.contains(&value);
        if !is_within {
            let message = format!("the number for `{name}` is not from 0 to 100");
            self.report(ProblemKind::InvalidValue, source, name, message);
        }
        is_within
    }

    fn unknown_name(&mut self, what: &str, name: &str, known: &BTreeSet<&str>, source: &Source) {
        let message = format!("`{name}` is no {what}");
        let help = match closest(name, known.iter().copied()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => known.iter().copied().collect::<Vec<_>>().join(", "),
        };
        let problem = Problem::in_file(ProblemKind::InvalidValue, &source.file, message);
        self.problems
            .push(locate(problem, &source.text, name).help(help));
    }

    fn report(&mut self, kind: ProblemKind, source: &Source, word: &str, message: String) {
        let problem = Problem::in_file(kind, &source.file, message);
        self.problems.push(locate(problem, &source.text, word));
    }
}

/// Points at the first place `word` stands in `text`. The YAML reader keeps no places of values.
fn locate(problem: Problem, text: &str, word: &str) -> Problem {
    match text.find(word) {
        Some(start) => problem.at(text, start, start.saturating_add(word.len())),
        None => problem,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
