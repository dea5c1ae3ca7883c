//! How far the executables of an image can be traced, in a sentence.

use std::collections::BTreeMap;

use super::words::{flow, percent};
use crate::facts::model::{MainTree, Rung, RungTotal, Side};
use crate::report::document::ExitFacts;

/// `862 of 952 executables to a named source, 89 to a package, 1 to nothing; …`, the highest rung
/// first, then which tree explains most of what no package owns. `None` without executables.
pub(super) fn sentence(exit: &ExitFacts) -> Option<String> {
    said(&exit.rungs, exit.undetermined_executables, &exit.main_trees)
}

fn said(
    rungs: &[RungTotal],
    undetermined: u64,
    trees: &BTreeMap<Side, MainTree>,
) -> Option<String> {
    let on_rungs = rungs.iter().rev().map(|on| (on.files, words(on)));
    let not_known = (undetermined, "not known");
    let parts: Vec<(u64, &str)> = on_rungs
        .chain([not_known])
        .filter(|(files, _)| *files > 0)
        .collect();
    let total = parts
        .iter()
        .fold(0u64, |total, (files, _)| total.saturating_add(*files));
    let ((files, words), rest) = parts.split_first()?;
    let mut text = match (total, rest) {
        (1, _) => format!("1 executable {words}"),
        (_, []) => format!("all {total} executables {words}"),
        _ => format!("{files} of {total} executables {words}"),
    };
    for (files, words) in rest {
        text.push_str(&format!(", {files} {words}"));
    }
    for (side, tree) in trees {
        let whose = match side {
            Side::Base => "the base's unowned code",
            Side::Added => "the unowned code added to it",
            Side::Unknown => "the unowned code",
        };
        let (share, path) = (percent(tree.share), flow(&tree.path));
        text.push_str(&format!("; {share} of {whose} is below {path}"));
    }
    Some(text)
}

/// What an executable on this rung can be traced to.
fn words(on: &RungTotal) -> &'static str {
    match on.rung {
        Rung::VerifiedProvenance => "to verified provenance",
        Rung::SourceCommitNamed => "to the commit of a recipe",
        Rung::SourceNamed => "to a named source",
        Rung::DigestMatches => "to the bytes of a package",
        Rung::PackageOwned => "to a package",
        Rung::SbomDeclared => "to an SBOM",
        Rung::SelfDescribed => "to a self-description",
        Rung::Unowned => "to nothing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rungs: &[(Rung, u64)], undetermined: u64, trees: &[(Side, &str)]) -> Option<String> {
        let on = |&(rung, files): &(Rung, u64)| RungTotal {
            rung,
            files,
            bytes: files,
            base_files: 0,
            base_bytes: 0,
            added_files: 0,
            added_bytes: 0,
        };
        let tree = |&(side, path): &(Side, &str)| {
            let tree = MainTree {
                path: path.to_owned(),
                executables: 1,
                bytes: 1,
                share: 0.985,
            };
            (side, tree)
        };
        let rungs: Vec<RungTotal> = rungs.iter().map(on).collect();
        let trees: BTreeMap<Side, MainTree> = trees.iter().map(tree).collect();
        said(&rungs, undetermined, &trees)
    }

    #[test]
    fn the_highest_rung_comes_first_and_empty_ones_are_left_out() {
        let rungs = [
            (Rung::Unowned, 1),
            (Rung::SelfDescribed, 0),
            (Rung::PackageOwned, 89),
            (Rung::SourceNamed, 862),
        ];
        assert_eq!(
            of(&rungs, 0, &[(Side::Unknown, "/opt/x")]).as_deref(),
            Some(
                "862 of 952 executables to a named source, 89 to a package, 1 to nothing; 98% of \
                 the unowned code is below /opt/x"
            )
        );
    }

    #[test]
    fn one_rung_is_said_of_all_and_nothing_of_none() {
        let all = of(&[(Rung::SourceCommitNamed, 23)], 0, &[]);
        let expected = "all 23 executables to the commit of a recipe";
        assert_eq!(all.as_deref(), Some(expected));
        let one = of(&[(Rung::Unowned, 1)], 0, &[]);
        assert_eq!(one.as_deref(), Some("1 executable to nothing"));
        assert_eq!(of(&[(Rung::Unowned, 0)], 0, &[]), None);
    }

    #[test]
    fn what_is_not_known_is_said_and_each_side_has_its_tree() {
        let trees = [(Side::Base, "/opt/agent"), (Side::Added, "/app")];
        let text = of(&[(Rung::SourceNamed, 5)], 3, &trees).unwrap();
        assert!(text.starts_with("5 of 8 executables to a named source, 3 not known; "));
        assert!(text.contains("of the base's unowned code is below /opt/agent"));
        assert!(text.ends_with("of the unowned code added to it is below /app"));
    }
}
