//! What is checked over all modules together: names that are taken twice.

use std::collections::BTreeMap;

use crate::policy::error::{Problem, ProblemKind};
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
