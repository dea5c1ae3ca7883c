//! How far the executables of an image can be traced, in a sentence.

use super::words::percent;
use crate::facts::model::{MainTree, Rung, Side};
use crate::report::document::ExitFacts;

/// `862 of 952 executables to their source, 89 to a package, 1 to nothing; 100% of what nobody owns is
/// below /opt/x`; `None` for an image without executables.
pub(super) fn sentence(exit: &ExitFacts) -> Option<String> {
    let on_rungs = exit.rungs.iter().rev().map(|at| (at.files, words(at.rung)));
    let on_none = exit.undetermined_executables;
    let mut parts = on_rungs
        .chain([(on_none, "not known")])
        .filter(|(files, _)| *files > 0);
    let total = exit
        .rungs
        .iter()
        .fold(on_none, |sum, at| sum.saturating_add(at.files));
    let (files, words) = parts.next()?;
    let mut text = match (total, files == total) {
        (1, _) => format!("1 executable {words}"),
        (_, true) => format!("all {total} executables {words}"),
        (_, false) => format!("{files} of {total} executables {words}"),
    };
    for (files, words) in parts {
        text.push_str(&format!(", {files} {words}"));
    }
    for (side, tree) in &exit.main_trees {
        text.push_str(&format!("; {}", of_tree(*side, tree)));
    }
    Some(text)
}

fn of_tree(side: Side, tree: &MainTree) -> String {
    let of = match side {
        Side::Base => "what nobody owns in the base",
        Side::Added => "what was added and nobody owns",
        Side::Unknown => "what nobody owns",
    };
    format!("{} of {of} is below {}", percent(tree.share), tree.path)
}

fn words(rung: Rung) -> &'static str {
    match rung {
        Rung::VerifiedProvenance => "to verified provenance",
        Rung::SourceCommitNamed => "to the commit of their recipe",
        Rung::SourceNamed => "to their source",
        Rung::DigestMatches => "to the bytes of a package",
        Rung::PackageOwned => "to a package",
        Rung::SbomDeclared => "to an SBOM",
        Rung::SelfDescribed => "to what they say themselves",
        Rung::Unowned => "to nothing",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::facts::model::RungTotal;

    fn exit(rungs: &[(Rung, u64)], undetermined: u64) -> ExitFacts {
        let rungs = rungs.iter().map(|&(rung, files)| RungTotal {
            rung,
            files,
            bytes: 1,
            base_files: 0,
            base_bytes: 0,
            added_files: 0,
            added_bytes: 0,
        });
        ExitFacts {
            rungs: rungs.collect(),
            undetermined_executables: undetermined,
            ..ExitFacts::default()
        }
    }

    #[test]
    fn the_highest_rung_comes_first_and_empty_ones_are_left_out() {
        let tree = MainTree {
            path: "/opt/x".to_owned(),
            executables: 1,
            bytes: 1,
            share: 1.0,
        };
        let rungs = [
            (Rung::Unowned, 1),
            (Rung::SelfDescribed, 0),
            (Rung::PackageOwned, 89),
            (Rung::SourceNamed, 862),
        ];
        let exit = ExitFacts {
            main_trees: BTreeMap::from([(Side::Unknown, tree)]),
            ..exit(&rungs, 2)
        };
        assert_eq!(
            sentence(&exit).unwrap(),
            "862 of 954 executables to their source, 89 to a package, 1 to nothing, 2 not known; \
             100% of what nobody owns is below /opt/x"
        );
    }

    #[test]
    fn one_rung_is_said_of_all_and_nothing_of_none() {
        let all = sentence(&exit(&[(Rung::SourceCommitNamed, 23)], 0));
        assert_eq!(
            all.as_deref(),
            Some("all 23 executables to the commit of their recipe")
        );
        assert_eq!(sentence(&ExitFacts::default()), None);
    }
}
