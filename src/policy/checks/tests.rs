//! What is checked of tests: a misspelt name is undefined, and `not rule.deny` holds of it.

use serde_json::Value;

use super::program::{Parsed, Program};
use super::references::{self, Reference};
use super::{recursion, walk_module};
use crate::policy::error::{PolicyError, Problem, ProblemKind, closest};
use crate::policy::schema::FactsSchema;

/// Adds what is wrong with the modules of `tests`, beside the `modules` of the pack; `data` is the
/// document at `data`.
///
/// # Errors
/// [`PolicyError::Engine`] when the facts schema cannot be read.
pub(in crate::policy) fn check(
    modules: Vec<Parsed>,
    tests: Vec<Parsed>,
    data: &Value,
    problems: &mut Vec<Problem>,
) -> Result<(), PolicyError> {
    let schema = FactsSchema::embedded()?;
    let first = modules.len();
    let mut all = modules;
    all.extend(tests);
    recursion::check(&all, problems);
    let program = Program::new(&all, &schema, data);
    let mut read = Vec::new();
    let mut replaced = Vec::new();
    for (index, parsed) in all.iter().enumerate() {
        let found = references::of(parsed);
        read.extend(found.of_rules.into_iter().flatten());
        if index >= first {
            replaced.extend(found.replaced.into_iter().map(|target| (parsed, target)));
        }
    }
    for (index, parsed) in all.iter().enumerate().skip(first) {
        let (_, found) = walk_module(&program, index);
        let given: Vec<String> = replaced
            .iter()
            .filter(|(test, _)| test.file == parsed.file)
            .map(|(_, target)| target.path.join("."))
            .collect();
        problems.extend(found.into_iter().filter(|problem| {
            problem.file == parsed.file
                && match problem.kind {
                    ProblemKind::UnknownDataPath => !is_given(problem, &given),
                    ProblemKind::UnknownFunction | ProblemKind::WrongArguments => true,
                    _ => false,
                }
        }));
    }
    for (parsed, target) in &replaced {
        problems.extend(unread(&program, &read, parsed, target));
    }
    Ok(())
}

/// Whether a path that does not exist is one that the test brings along (`with data.x as …`).
fn is_given(problem: &Problem, given: &[String]) -> bool {
    let path = problem.message.split('`').nth(1).unwrap_or_default();
    given.iter().any(|target| {
        let rest = path.strip_prefix(target.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })
}

/// A `with` that replaces what neither exists nor is read. What only a run has (`--data`) is read
/// by some rule.
fn unread(
    program: &Program<'_>,
    read: &[Reference],
    parsed: &Parsed,
    target: &Reference,
) -> Option<Problem> {
    let path = &target.path;
    let full = path.join(".");
    let (name, parent) = path.split_last()?;
    let is_builtin = path.strip_prefix(parsed.package.as_slice()).is_some();
    let exists = is_builtin
        || full == "data.freehold.now"
        || program.is_package_prefix(&full)
        || program.document_at(path).is_some()
        || (1..=path.len()).any(|length| {
            let above = path.get(..length).unwrap_or_default().join(".");
            !program.rules_at(&above).is_empty()
        })
        || read
            .iter()
            .any(|other| other.path.starts_with(path) || path.starts_with(&other.path));
    if exists {
        return None;
    }
    let message = format!("`with` replaces `{full}`, which does not exist and which nothing reads");
    let names = program.names_below(parent);
    let help = match closest(name, names.iter().map(String::as_str)) {
        Some(name) => format!("did you mean `{}.{name}`?", parent.join(".")),
        None => "replace what a rule reads, by its path below `data`".to_owned(),
    };
    let problem = Problem::in_file(ProblemKind::UnknownDataPath, &parsed.file, message)
        .at(&parsed.text, target.span.start, target.span.end)
        .help(help);
    Some(problem)
}
