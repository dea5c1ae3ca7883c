//! What a user's files may touch of what is shipped, and of each other's: names that would change
//! what a rule means without changing its text.
//!
//! The engine looks a name up inside the caller's package first, and documents and rules share one
//! tree. So a package inside or around a shipped one can stand in for a builtin or add to a rule,
//! and a document at a rule's path replaces its answer. OPA refuses these as conflicts, or resolves
//! them the other way.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Parsed;
use crate::policy::documents::{Documents, leaves};
use crate::policy::engine::is_builtin;
use crate::policy::error::{Problem, ProblemKind};
use crate::policy::files::{Origin, PackFile};
use crate::policy::syntax::{Rule, RuleHead};

/// Names below `data` that the program uses itself.
const RESERVED: &str = "freehold_";

/// Everything of a user's that reaches over a border: `files` and `parsed` are all modules in step,
/// `documents` all documents.
pub(in crate::policy) fn check(
    files: &[&PackFile],
    parsed: &[Parsed],
    documents: &[&PackFile],
    problems: &mut Vec<Problem>,
) {
    let modules = || files.iter().zip(parsed);
    let is_shipped = |(file, _): &(&&PackFile, &Parsed)| file.origin == Origin::Embedded;
    let shipped: Vec<&[String]> = modules()
        .filter(is_shipped)
        .map(|(_, parsed)| parsed.package.as_slice())
        .collect();
    for (file, parsed) in modules().filter(|(file, _)| file.origin == Origin::User) {
        for rule in &parsed.module.rules {
            check_rule(parsed, rule, &shipped, problems);
        }
        if let Some(other) = shipped
            .iter()
            .find(|package| touch(package, &parsed.package))
        {
            let span = parsed.module.package.span;
            let message = match other.len() == parsed.package.len() {
                true => format!("package `{}` belongs to the shipped pack", written(other)),
                false => format!(
                    "package `{}` lies inside or around `{}` of the shipped pack",
                    written(&parsed.package),
                    written(other)
                ),
            };
            let problem = Problem::in_file(ProblemKind::DuplicateId, &file.name, message).at(
                &parsed.text,
                span.start,
                span.end,
            );
            problems.push(problem.help("give the package a name of its own"));
        }
    }
    let rules: BTreeSet<Vec<String>> = parsed.iter().flat_map(rule_paths).collect();
    let mut known = Documents::default();
    for file in documents.iter().filter(|file| file.origin != Origin::User) {
        known.add(file, &mut Vec::new());
    }
    for file in documents.iter().filter(|file| file.origin == Origin::User) {
        check_document(file, &rules, &known, problems);
    }
}

/// Whether one path begins with the other.
pub(in crate::policy) fn touch(left: &[String], right: &[String]) -> bool {
    left.iter().zip(right).all(|(left, right)| left == right)
}

/// A path below `data` as it is written.
fn written(path: &[String]) -> String {
    path.iter().skip(1).cloned().collect::<Vec<_>>().join(".")
}

/// Paths of the rules of a module, `data` first.
fn rule_paths(parsed: &Parsed) -> impl Iterator<Item = Vec<String>> {
    let rules = parsed.module.rules.iter();
    rules.filter_map(|rule| Some(full_path(parsed, &head_path(rule)?)))
}

fn full_path(parsed: &Parsed, names: &[String]) -> Vec<String> {
    parsed.package.iter().chain(names).cloned().collect()
}

/// The names of a rule's head; the first alone where others are not fixed.
fn head_path(rule: &Rule) -> Option<Vec<String>> {
    let refr = match rule {
        Rule::Default { refr, .. } => refr,
        Rule::Spec { head, .. } => match head {
            RuleHead::Compr { refr, .. }
            | RuleHead::Set { refr, .. }
            | RuleHead::Func { refr, .. } => refr,
        },
    };
    refr.static_path()
        .or_else(|| Some(vec![refr.root_name()?.to_owned()]))
}

/// A head that reaches into a shipped package, and a function that would stand in for a builtin.
fn check_rule(parsed: &Parsed, rule: &Rule, shipped: &[&[String]], problems: &mut Vec<Problem>) {
    let Some(names) = head_path(rule) else {
        return;
    };
    let full = full_path(parsed, &names);
    let span = rule.span();
    let mut refuse = |message: String, help: &str| {
        let problem = Problem::in_file(ProblemKind::DuplicateId, &parsed.file, message).at(
            &parsed.text,
            span.start,
            span.end,
        );
        problems.push(problem.help(help));
    };
    if names.len() > 1
        && let Some(other) = shipped.iter().find(|package| touch(package, &full))
    {
        let (own, other) = (written(&full), written(other));
        let message = format!("`{own}` reaches into `{other}` of the shipped pack");
        refuse(message, "define it in a package of its own");
    }
    let is_function = matches!(
        rule,
        Rule::Spec {
            head: RuleHead::Func { .. },
            ..
        }
    );
    let builtin = (1..full.len())
        .filter_map(|start| full.get(start..))
        .map(|part| part.join("."))
        .find(|name| is_builtin(name));
    if let (true, Some(builtin)) = (is_function || names.len() > 1, builtin) {
        let message = format!(
            "function `{}` would stand in for the builtin `{builtin}`",
            written(&full)
        );
        refuse(message, "give it another name");
    }
}

/// A document on, above or below a rule; one below `freehold` that is neither a table nor
/// parameters; and one that replaces a value of the shipped pack by something of another kind.
fn check_document(
    file: &PackFile,
    rules: &BTreeSet<Vec<String>>,
    known: &Documents,
    problems: &mut Vec<Problem>,
) {
    for (path, value) in leaves(file) {
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        if let Some(rule) = changed(&known.tree, &parts) {
            let message = format!("parameters of the shipped rule `{rule}` are changed");
            let problem = Problem::in_file(ProblemKind::Override, &file.name, message)
                .help("a profile says so in every report: set them there");
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        let refused = misplaced(&parts)
            .or_else(|| unlike(&known.tree, &parts, &value))
            .or_else(|| on_a_rule(&path, rules));
        if let Some((kind, message, help)) = refused {
            let problem = Problem::in_file(kind, &file.name, message);
            return problems.push(problem.help(help));
        }
    }
}

/// Why a document may not be: what kind of mistake, in words, and what to do.
type Refused = (ProblemKind, String, &'static str);

/// A path that is no place for a document.
fn misplaced(parts: &[&str]) -> Option<Refused> {
    match parts {
        ["freehold", "data", _, ..]
        | ["freehold", _, _, "parameters", ..]
        // Those of a part of the pack that is given alone, where nothing reads them.
        | ["freehold", _, "parameters", ..] => None,
        ["freehold", ..] => Some((
            ProblemKind::Overlap,
            format!("`data.{}` is no place for a document", parts.join(".")),
            "below `freehold` there are tables, `data.<name>`, and parameters of rules, \
             `<category>.<rule>.parameters`",
        )),
        [first, ..] if first.starts_with(RESERVED) => Some((
            ProblemKind::Overlap,
            format!("`data.{first}` is a name the program uses itself"),
            "give the document another name",
        )),
        _ => None,
    }
}

/// A value that a shipped table or rule cannot use.
fn unlike(tree: &serde_json::Map<String, Value>, parts: &[&str], value: &Value) -> Option<Refused> {
    match parts {
        ["freehold", "data", _, ..] => Some((
            ProblemKind::InvalidValue,
            misfit(tree, parts, value, false)?,
            "a table is added to: a map to a map, a list to a list",
        )),
        ["freehold", _, _, "parameters", ..] => Some((
            ProblemKind::UnknownParameter,
            misfit(tree, parts, value, true)?,
            "`freehold policy explain RULE` shows the parameters of a rule",
        )),
        _ => None,
    }
}

/// A document where a rule is.
fn on_a_rule(path: &[String], rules: &BTreeSet<Vec<String>>) -> Option<Refused> {
    let full: Vec<String> = ["data".to_owned()]
        .into_iter()
        .chain(path.iter().cloned())
        .collect();
    let rule = rules.iter().find(|rule| touch(rule, &full))?;
    let message = format!(
        "a document at `{}` would replace what the rule `{}` says",
        full.join("."),
        written(rule)
    );
    let help = "documents and rules share one tree: move the document elsewhere";
    Some((ProblemKind::Overlap, message, help))
}

/// The shipped rule whose parameters a document at `parts` sets.
fn changed(tree: &serde_json::Map<String, Value>, parts: &[&str]) -> Option<String> {
    let ["freehold", category, rule, "parameters", ..] = parts else {
        return None;
    };
    let known = tree.get(*category)?.get(*rule)?.get("parameters")?;
    known.is_object().then(|| format!("{category}.{rule}"))
}

/// What is wrong with a value laid over the shipped pack at `parts`, below `freehold`.
fn misfit(
    tree: &serde_json::Map<String, Value>,
    parts: &[&str],
    value: &Value,
    is_parameter: bool,
) -> Option<String> {
    let shown = parts.join(".");
    let mut names = parts.iter().skip(1);
    let mut here = tree.get(*names.next()?)?;
    for (depth, name) in names.enumerate() {
        let Some(next) = here.get(*name) else {
            // A parameter the shipped rule does not have; below a parameter anything goes.
            let is_unknown = is_parameter && depth == 2;
            if !here.is_object() {
                return Some(format!(
                    "`{shown}` is inside what is no map in the shipped pack"
                ));
            }
            return is_unknown.then(|| format!("the shipped rule has no `{shown}`"));
        };
        here = next;
    }
    let is_same = std::mem::discriminant(here) == std::mem::discriminant(value);
    let empty = matches!(value, Value::Object(_)) && here.is_object();
    let may_replace = is_same
        || empty
        || (!is_parameter && !here.is_object() && !here.is_array() && !value.is_null());
    (!may_replace).then(|| format!("`{shown}` is of another kind than in the shipped pack"))
}

/// Packages and documents that two sources have in common, where others made one of them.
pub(in crate::policy) fn overlaps(sources: &[(bool, &str, &[PackFile])]) -> Vec<Problem> {
    let claims: Vec<Vec<(Vec<String>, &PackFile)>> =
        sources.iter().map(|(_, _, files)| claims(files)).collect();
    let mut problems = Vec::new();
    for (at, (is_foreign, name, _)) in sources.iter().enumerate() {
        if !is_foreign {
            continue;
        }
        for (other_at, (other_foreign, other, _)) in sources.iter().enumerate() {
            // Two foreign ones are compared once.
            if other_at == at || (*other_foreign && other_at < at) {
                continue;
            }
            let mine = claims.get(at).into_iter().flatten();
            for (path, file) in mine {
                let theirs = claims.get(other_at).into_iter().flatten();
                let is_shared = |(known, _): &(Vec<String>, &PackFile)| touch(known, path);
                if theirs.into_iter().any(is_shared) {
                    let message = format!(
                        "`data.{}` is in `{name}` and in `{other}`: one could change what the other says",
                        path.join(".")
                    );
                    let problem = Problem::in_file(ProblemKind::Overlap, &file.name, message);
                    problems.push(problem.help("give one of them a package of its own"));
                    break;
                }
            }
        }
    }
    problems
}

/// Where the packages and documents of some files are, below `data`; tables are everybody's.
fn claims(files: &[PackFile]) -> Vec<(Vec<String>, &PackFile)> {
    let mut found = Vec::new();
    for file in files {
        if let Some(package) = crate::policy::rule_tests::package_of(file) {
            let names = package.split('.').map(|name| name.trim().to_owned());
            found.push((names.collect(), file));
        }
        if file.is_document() {
            let is_table = |path: &[String]| {
                let mut names = path.iter().map(String::as_str);
                (names.next(), names.next()) == (Some("freehold"), Some("data"))
            };
            let own = leaves(file).map(|(path, _)| path);
            found.extend(own.filter(|path| !is_table(path)).map(|path| (path, file)));
        }
    }
    found
}
