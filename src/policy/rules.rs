//! Modules in, rules out: which module is a rule, what it is called, what its METADATA says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::checks::{self, Parsed, Program};
use super::error::{Problem, ProblemKind};
use super::files::{Origin, PackFile};
use super::metadata::{self, RuleInfo};
use crate::facts::model::Topic;

/// A rule of a pack with how to evaluate it.
#[derive(Debug, Clone, PartialEq)]
pub struct PackRule {
    /// What METADATA says.
    pub info: Arc<RuleInfo>,
    /// The file it is in.
    pub file: String,
    /// Where it came from.
    pub origin: Origin,
    /// Paths whose values are denials (`data.freehold.fhs.usr_merge.deny`).
    pub(super) deny: Vec<String>,
    /// Paths whose values are warnings.
    pub(super) warn: Vec<String>,
    /// Path of `not_applicable`, where the rule defines it.
    pub(super) not_applicable: Option<String>,
    /// Path of `unknown`.
    pub(super) unknown: Option<String>,
    /// Path of `score`.
    pub(super) score: Option<String>,
}

/// Everything that is parsed: files (rules and libraries, no tests) and their modules, in step.
pub(super) struct Modules<'a> {
    pub(super) files: &'a [&'a PackFile],
    pub(super) program: &'a Program<'a>,
    pub(super) parsed: &'a [Parsed],
}

/// Finds the rules and checks every module.
pub(super) fn collect(modules: &Modules<'_>, problems: &mut Vec<Problem>) -> Vec<PackRule> {
    let mut rules: BTreeMap<String, PackRule> = BTreeMap::new();
    for (index, (file, parsed)) in modules.files.iter().zip(modules.parsed).enumerate() {
        let (reads, found) = checks::walk_module(modules.program, index);
        problems.extend(found);
        let Some(mut rule) = rule_of(file, parsed) else {
            if is_shipped_name(&parsed.package) {
                let message = "the rule defines neither `deny` nor `warn`";
                let span = parsed.module.package.span;
                let problem = Problem::in_file(ProblemKind::Metadata, &file.name, message);
                problems.push(problem.at(&parsed.text, span.start, span.end));
            }
            continue;
        };
        check_place(file, parsed, problems);
        let is_stated = describe(&mut rule, file, parsed, problems);
        let missing = complete_needs(&mut rule, modules.parsed, &reads);
        if is_stated {
            problems.extend(missing);
        }
        add(&mut rules, rule, parsed, problems);
    }
    let mut rules: Vec<PackRule> = rules.into_values().collect();
    rules.sort_by(|left, right| order(&left.info).cmp(&order(&right.info)));
    rules
}

fn order(info: &RuleInfo) -> (usize, &str, &str) {
    (info.category_order(), &info.category, &info.id)
}

/// Whether a package is `freehold.<category>.<rule>`.
fn is_shipped_name(package: &[String]) -> bool {
    let parts: Vec<&str> = package.iter().map(String::as_str).collect();
    matches!(parts.as_slice(), ["data", "freehold", category, _] if *category != "lib")
}

fn rule_of(file: &PackFile, parsed: &Parsed) -> Option<PackRule> {
    let names = parsed.rule_names();
    let is_shipped = is_shipped_name(&parsed.package);
    if !is_shipped && parsed.package.get(1).is_some_and(|part| part == "freehold") {
        return None;
    }
    let heads = |wanted: &[&str]| -> Vec<String> {
        names
            .iter()
            .filter(|name| is_head(name, wanted, is_shipped))
            .map(|name| rule_path(&parsed.package, name))
            .collect()
    };
    let deny = heads(&["deny", "violation"]);
    let warn = heads(&["warn"]);
    if deny.is_empty() && warn.is_empty() {
        return None;
    }
    let only = |name: &str| {
        names
            .contains(name)
            .then(|| rule_path(&parsed.package, name))
    };
    let skip = if is_shipped { 2 } else { 1 };
    let id: Vec<&str> = parsed
        .package
        .iter()
        .skip(skip)
        .map(String::as_str)
        .collect();
    Some(PackRule {
        info: Arc::new(RuleInfo::bare(&id.join("."))),
        file: file.name.clone(),
        origin: file.origin,
        deny,
        warn,
        not_applicable: only("not_applicable"),
        unknown: only("unknown"),
        score: only("score"),
    })
}

/// Shipped rules use the plain names; elsewhere conftest's variants count too: `violation`, and
/// `deny_…`, `violation_…`, `warn_…` (conftest documentation, "Rules").
fn is_head(name: &str, wanted: &[&str], is_shipped: bool) -> bool {
    wanted.iter().any(|head| {
        let is_own = *head != "violation";
        if is_shipped {
            return is_own && name == *head;
        }
        name.strip_prefix(head)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    })
}

/// A path the engine accepts; parts that are not identifiers go in brackets.
pub(super) fn rule_path(package: &[String], name: &str) -> String {
    let mut path = String::new();
    for part in package.iter().map(String::as_str).chain([name]) {
        let is_plain = !part.starts_with(|first: char| first.is_ascii_digit())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_plain {
            path.push_str(&format!("[\"{part}\"]"));
        } else if path.is_empty() {
            path.push_str(part);
        } else {
            path.push('.');
            path.push_str(part);
        }
    }
    path
}

/// A rule in a directory of its own is `<category>/<rule>/<rule>.rego`.
fn check_place(file: &PackFile, parsed: &Parsed, problems: &mut Vec<Problem>) {
    let is_flat = file.origin == Origin::User && file.place.len() < 3;
    if is_flat || !is_shipped_name(&parsed.package) {
        return;
    }
    let mut expected: Vec<String> = parsed.package.iter().skip(2).cloned().collect();
    let last = expected.last().cloned().unwrap_or_default();
    expected.push(format!("{last}.rego"));
    if file.place != expected {
        let span = parsed.module.package.span;
        let message = format!(
            "package and path differ: the rule belongs in {}",
            expected.join("/")
        );
        let problem = Problem::in_file(ProblemKind::MisplacedRule, &file.name, message)
            .at(&parsed.text, span.start, span.end)
            .help("id, path and package of a rule are spelled the same");
        problems.push(problem);
    }
}

/// Fills in what METADATA says. False when there is no block.
fn describe(
    rule: &mut PackRule,
    file: &PackFile,
    parsed: &Parsed,
    problems: &mut Vec<Problem>,
) -> bool {
    if let Some((info, found)) = metadata::read(&rule.info.id, &file.name, &file.text) {
        rule.info = Arc::new(info);
        problems.extend(found);
        return true;
    }
    if is_shipped_name(&parsed.package) {
        let span = parsed.module.package.span;
        let message = "the rule has no METADATA block";
        let problem = Problem::in_file(ProblemKind::Metadata, &file.name, message)
            .at(&parsed.text, span.start, span.end)
            .help("put a `# METADATA` comment directly above `package`");
        problems.push(problem);
    }
    false
}

/// Adds the topics a rule reads and does not name, so that missing facts make it unknown, and
/// returns a problem for each.
fn complete_needs(rule: &mut PackRule, parsed: &[Parsed], reads: &checks::Reads) -> Vec<Problem> {
    let mut needs: BTreeSet<Topic> = rule.info.needs.iter().copied().collect();
    let mut problems = Vec::new();
    for (topic, read) in &reads.topics {
        let Some(module) = parsed.get(read.module) else {
            continue;
        };
        if !needs.insert(*topic) {
            continue;
        }
        let name = topic.name();
        let message = format!(
            "rule `{}` reads `{}` and its `needs` does not name `{name}`",
            rule.info.id, read.path
        );
        let problem = Problem::in_file(ProblemKind::IncompleteNeeds, &module.file, message)
            .at(&module.text, read.span.start, read.span.end)
            .help(format!("add `{name}` to `needs` in its METADATA"));
        problems.push(problem);
    }
    if !problems.is_empty() {
        let mut info = RuleInfo::clone(&rule.info);
        info.needs = needs.into_iter().collect();
        rule.info = Arc::new(info);
    }
    problems
}

/// Adds a rule; a second file of a shipped-style package is an error, a second file of any other
/// package (conftest's `main`) adds to the first.
fn add(
    rules: &mut BTreeMap<String, PackRule>,
    rule: PackRule,
    parsed: &Parsed,
    problems: &mut Vec<Problem>,
) {
    let Some(known) = rules.get_mut(&rule.info.id) else {
        rules.insert(rule.info.id.clone(), rule);
        return;
    };
    let package = format!("{}.", parsed.package_path());
    let mut paths = known.deny.iter().chain(&known.warn);
    let is_same_package = paths.any(|path| path.starts_with(&package));
    if is_shipped_name(&parsed.package) || !is_same_package {
        let span = parsed.module.package.span;
        let message = format!(
            "rule `{}` is already defined in {}",
            rule.info.id, known.file
        );
        let problem = Problem::in_file(ProblemKind::DuplicateId, &rule.file, message)
            .at(&parsed.text, span.start, span.end)
            .help("give it a package of its own, or switch the other off in a profile");
        return problems.push(problem);
    }
    extend(&mut known.deny, rule.deny);
    extend(&mut known.warn, rule.warn);
    known.not_applicable = known.not_applicable.take().or(rule.not_applicable);
    known.unknown = known.unknown.take().or(rule.unknown);
    known.score = known.score.take().or(rule.score);
    let mut info = RuleInfo::clone(&known.info);
    info.needs.extend(rule.info.needs.iter().copied());
    info.needs.sort_unstable();
    info.needs.dedup();
    known.info = Arc::new(info);
}

fn extend(paths: &mut Vec<String>, more: Vec<String>) {
    for path in more {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
}
