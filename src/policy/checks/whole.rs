//! What is checked over all modules together: names that are taken twice.

use std::collections::{BTreeMap, BTreeSet};

use super::Parsed;
use crate::policy::error::{Problem, ProblemKind};
use crate::policy::files::{Origin, PackFile};
use crate::policy::rules::PackRule;

/// Former ids must not be ids, nor former ids of another rule.
pub(in crate::policy) fn check_ids(rules: &[PackRule], problems: &mut Vec<Problem>) {
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    for rule in rules {
        taken.insert(&rule.info.id, &rule.info.id);
    }
    for rule in rules {
        for alias in &rule.info.aliases {
            if let Some(owner) = taken.insert(alias, &rule.info.id) {
                let message = format!("alias `{alias}` is already taken by rule `{owner}`");
                problems.push(Problem::in_file(
                    ProblemKind::DuplicateId,
                    &rule.file,
                    message,
                ));
            }
        }
    }
}

/// A user's file must not add to a package of the embedded pack: that would change what a shipped
/// rule means without changing its name.
pub(in crate::policy) fn check_packages(
    files: &[&PackFile],
    parsed: &[Parsed],
    problems: &mut Vec<Problem>,
) {
    let shipped: BTreeSet<&[String]> = files
        .iter()
        .zip(parsed)
        .filter(|(file, _)| file.origin == Origin::Embedded)
        .map(|(_, parsed)| parsed.package.as_slice())
        .collect();
    for (file, parsed) in files.iter().zip(parsed) {
        if file.origin == Origin::User && shipped.contains(parsed.package.as_slice()) {
            let package = parsed.package.iter().skip(1).cloned().collect::<Vec<_>>();
            let message = format!(
                "package `{}` belongs to the shipped pack",
                package.join(".")
            );
            let span = parsed.module.package.span;
            let problem = Problem::in_file(ProblemKind::DuplicateId, &file.name, message)
                .at(&parsed.text, span.start, span.end)
                .help("give the package a name of its own");
            problems.push(problem);
        }
    }
}
