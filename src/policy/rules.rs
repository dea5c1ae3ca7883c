//! Modules in, rules out: which module is a rule, what it is called, what its METADATA says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::checks::{self, Parsed, Program};
use super::error::{Problem, ProblemKind};
use super::files::{Origin, PackFile};
use super::metadata::{self, RuleInfo};
use super::requirements;
use crate::facts::model::Topic;

/// A rule of a pack with how to evaluate it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Path of conftest's `exception`, in a foreign package.
    pub(super) exception: Option<String>,
    /// Whether the package is not `freehold.<category>.<rule>`: its results are read as conftest
    /// and Conforma read them.
    pub(super) is_foreign: bool,
    /// Why its silence cannot be relied on: it reads what does not exist.
    pub(super) flaw: Option<String>,
    /// Further files whose findings are this rule's.
    pub(super) further_files: Vec<String>,
}

impl PackRule {
    /// Whether a finding of this rule can come from `file`.
    pub(super) fn is_in(&self, file: &str) -> bool {
        self.file == file || self.further_files.iter().any(|name| name == file)
    }
}

/// Everything that is parsed: files (rules and libraries, no tests) and their modules, in step.
pub(super) struct Modules<'a> {
    pub(super) files: &'a [&'a PackFile],
    /// What the modules are checked against; none for a pack that is known to be sound.
    pub(super) program: Option<&'a Program<'a>>,
    pub(super) parsed: &'a [Parsed],
}

impl Modules<'_> {
    /// The first file of a package.
    fn caller(&self, package: &[String]) -> Option<(&PackFile, &Parsed)> {
        let mut all = self.files.iter().zip(self.parsed);
        let (file, parsed) = all.find(|(_, parsed)| parsed.package == package)?;
        Some((file, parsed))
    }

    /// A user's rule can misuse a shipped library; the problem is then the rule's.
    fn at_caller(&self, problem: Problem, file: &PackFile, parsed: &Parsed) -> Problem {
        let is_shipped = |name: &str| {
            let mut files = self.files.iter();
            files.any(|file| file.name == name && file.origin == Origin::Embedded)
        };
        if file.origin == Origin::Embedded || !is_shipped(&problem.file) {
            return problem;
        }
        let line = problem.line.unwrap_or(1);
        let message = format!("{} (through {}:{line})", problem.message, problem.file);
        let span = parsed.module.package.span;
        let moved = Problem::in_file(problem.kind, &file.name, message);
        let moved = moved.at(&parsed.text, span.start, span.end);
        match problem.help {
            Some(help) => moved.help(help),
            None => moved,
        }
    }
}

/// What the modules of one package define and read, whichever file says it.
#[derive(Default)]
struct Package<'a> {
    names: BTreeSet<&'a str>,
    reads: checks::Reads,
    /// Problems that leave its rules silent.
    blinding: Vec<Problem>,
    is_stated: bool,
}

/// Finds the rules and checks every module.
pub(super) fn collect(modules: &Modules<'_>, problems: &mut Vec<Problem>) -> Vec<PackRule> {
    let mut packages: BTreeMap<&[String], Package<'_>> = BTreeMap::new();
    for parsed in modules.parsed {
        let package = packages.entry(&parsed.package).or_default();
        package.names.extend(parsed.rule_names());
    }
    let mut rules: BTreeMap<String, PackRule> = BTreeMap::new();
    for (index, (file, parsed)) in modules.files.iter().zip(modules.parsed).enumerate() {
        let Some(package) = packages.get_mut(parsed.package.as_slice()) else {
            continue;
        };
        let (reads, found) = match modules.program {
            Some(program) => checks::walk_module(program, index),
            None => Default::default(),
        };
        let found: Vec<Problem> = found
            .into_iter()
            .map(|problem| modules.at_caller(problem, file, parsed))
            .collect();
        package.reads.minded.extend(reads.minded);
        for (topic, read) in reads.topics {
            package.reads.topics.entry(topic).or_insert(read);
        }
        let blinding = found.iter().filter(|problem| problem.kind.blinds());
        package.blinding.extend(blinding.cloned());
        problems.extend(found);
        let is_shipped = is_shipped_name(&parsed.package);
        if !has_finding(&parsed.rule_names(), is_shipped) {
            if is_shipped && !has_finding(&package.names, is_shipped) {
                let message = "the rule defines neither `deny` nor `warn`";
                let span = parsed.module.package.span;
                let problem = Problem::in_file(ProblemKind::Metadata, &file.name, message);
                problems.push(problem.at(&parsed.text, span.start, span.end));
            }
            continue;
        }
        let Some(mut rule) = rule_of(file, parsed, &package.names) else {
            problems.extend(unasked(file, parsed));
            continue;
        };
        check_place(file, parsed, problems);
        package.is_stated |= describe(&mut rule, file, parsed, problems) && is_shipped;
        add(&mut rules, rule, parsed, problems);
    }
    for (path, package) in &packages {
        if let Some(rule) = rules.get_mut(&rule_id(path)) {
            let missing = complete_needs(rule, modules.parsed, &package.reads);
            if package.is_stated {
                let caller = modules.caller(path);
                problems.extend(missing.into_iter().map(|problem| match caller {
                    Some((file, parsed)) => modules.at_caller(problem, file, parsed),
                    None => problem,
                }));
            }
            rule.flaw = flaw(&package.blinding);
        }
    }
    let mut rules: Vec<PackRule> = rules.into_values().collect();
    rules.sort_by(|left, right| order(&left.info).cmp(&order(&right.info)));
    rules
}

/// Why a rule with these problems is not to be believed when it finds nothing.
fn flaw(blinding: &[Problem]) -> Option<String> {
    let first = blinding.first()?.sentence();
    Some(match blinding.len().saturating_sub(1) {
        0 => format!("the rule reads what does not exist: {first}"),
        more => format!("the rule reads what does not exist: {first} (and {more} more)"),
    })
}

fn order(info: &RuleInfo) -> (usize, &str, &str) {
    (info.category_order(), &info.category, &info.id)
}

/// Whether a package is `freehold.<category>.<rule>`.
fn is_shipped_name(package: &[String]) -> bool {
    let parts: Vec<&str> = package.iter().map(String::as_str).collect();
    matches!(parts.as_slice(), ["data", "freehold", category, _]
        if !["lib", requirements::CATEGORY].contains(category))
}

/// Names whose values are denials, and those whose values are warnings.
const HEADS: [&[&str]; 2] = [&["deny", "violation"], &["warn"]];

/// Whether any of these names holds findings.
fn has_finding(names: &BTreeSet<&str>, is_shipped: bool) -> bool {
    names
        .iter()
        .any(|name| HEADS.iter().any(|heads| is_head(name, heads, is_shipped)))
}

/// The rule of a package, which defines `names`; none in the packages of the pack's own libraries.
fn rule_of(file: &PackFile, parsed: &Parsed, names: &BTreeSet<&str>) -> Option<PackRule> {
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
    let only = |name: &str| {
        names
            .contains(name)
            .then(|| rule_path(&parsed.package, name))
    };
    let [denials, warnings] = HEADS;
    Some(PackRule {
        info: Arc::new(RuleInfo::bare(&rule_id(&parsed.package))),
        file: file.name.clone(),
        origin: file.origin,
        deny: heads(denials),
        warn: heads(warnings),
        not_applicable: only("not_applicable"),
        unknown: only("unknown"),
        score: only("score"),
        exception: only("exception").filter(|_| !is_shipped),
        is_foreign: !is_shipped,
        flaw: None,
        further_files: Vec::new(),
    })
}

/// The id of the rule in a package: the path without `data`, and without `freehold` where the
/// package is named like a shipped rule's.
fn rule_id(package: &[String]) -> String {
    let skip = if is_shipped_name(package) { 2 } else { 1 };
    let parts: Vec<&str> = package.iter().skip(skip).map(String::as_str).collect();
    parts.join(".")
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

/// A package below `freehold` that is no rule by its name, and defines what only rules do: nobody
/// would ever ask it.
fn unasked(file: &PackFile, parsed: &Parsed) -> Option<Problem> {
    if file.origin != Origin::User {
        return None;
    }
    let names: Vec<&str> = parsed.package.iter().skip(1).map(String::as_str).collect();
    let span = parsed.module.package.span;
    let message = format!(
        "nothing asks package `{}`: it is no `freehold.<category>.<rule>`",
        names.join(".")
    );
    let problem = Problem::in_file(ProblemKind::DuplicateId, &file.name, message).at(
        &parsed.text,
        span.start,
        span.end,
    );
    Some(
        problem.help("a rule's package is `freehold.<category>.<rule>`, or any outside `freehold`"),
    )
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
    if !file.place.ends_with(&expected) {
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
    if let Some((info, found)) = metadata::read(&rule.info.id, file) {
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
/// returns a problem for each. A topic whose coverage the rule reads is left to the rule.
fn complete_needs(rule: &mut PackRule, parsed: &[Parsed], reads: &checks::Reads) -> Vec<Problem> {
    let mut needs: BTreeSet<Topic> = rule.info.needs.iter().copied().collect();
    let mut problems = Vec::new();
    for (topic, read) in &reads.topics {
        let Some(module) = parsed.get(read.module) else {
            continue;
        };
        let name = topic.name();
        if reads.minded.contains(name) || !needs.insert(*topic) {
            continue;
        }
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
    known.further_files.push(rule.file);
    let mut info = RuleInfo::clone(&known.info);
    info.needs.extend(rule.info.needs.iter().copied());
    info.needs.sort_unstable();
    info.needs.dedup();
    known.info = Arc::new(info);
}
