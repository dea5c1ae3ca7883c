//! Which lines of the rules the tests reached.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::policy::engine::LineCoverage;
use crate::policy::files::{Origin, PackFile};
use crate::policy::trace::Tree;

/// Lines reached in all files under test. A line counts when an expression stands on it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Coverage {
    /// Share of the lines that were reached, 0 to 100, rounded down to a tenth; 100 when there is
    /// none to reach.
    pub percent: f64,
    /// By file.
    pub files: Vec<FileCoverage>,
}

/// Lines reached in one file.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FileCoverage {
    /// The file.
    pub file: String,
    /// Share of its lines that were reached, as above.
    pub percent: f64,
    /// Number of lines reached.
    pub covered: usize,
    /// Number of lines not reached.
    pub not_covered: usize,
    /// Lines not reached, as first and last line of each run.
    pub missing: Vec<(u32, u32)>,
}

/// Puts together what was reached in the rules and libraries of one origin. The engine says nothing
/// of a module no expression of which was evaluated; all its lines count as not reached.
pub(super) fn measure(reached: &[LineCoverage], all: &[PackFile], tested: Origin) -> Coverage {
    let is_measured = |file: &&PackFile| file.origin == tested && file.is_rego() && !file.is_test();
    let files: Vec<FileCoverage> = all
        .iter()
        .filter(is_measured)
        .map(|file| {
            let known = reached.iter().find(|lines| lines.file == file.name);
            match known {
                Some(lines) => of_file(&file.name, lines.covered.len(), &lines.not_covered),
                None => of_file(&file.name, 0, &expression_lines(file)),
            }
        })
        .filter(|file| file.covered > 0 || file.not_covered > 0)
        .collect();
    let covered = files.iter().map(|file| file.covered).sum();
    let not_covered: usize = files.iter().map(|file| file.not_covered).sum();
    Coverage {
        percent: percent(covered, not_covered),
        files,
    }
}

fn expression_lines(file: &PackFile) -> Vec<u32> {
    let Ok(tree) = Tree::parse(file) else {
        return Vec::new();
    };
    let lines = tree
        .definitions
        .iter()
        .flat_map(|one| &one.expression_lines);
    let lines: BTreeSet<u32> = lines.filter_map(|line| u32::try_from(*line).ok()).collect();
    lines.into_iter().collect()
}

fn of_file(file: &str, covered: usize, not_covered: &[u32]) -> FileCoverage {
    let mut missing: Vec<(u32, u32)> = Vec::new();
    for line in not_covered {
        match missing.last_mut() {
            Some((_, last)) if last.saturating_add(1) == *line => *last = *line,
            _ => missing.push((*line, *line)),
        }
    }
    FileCoverage {
        file: file.to_owned(),
        percent: percent(covered, not_covered.len()),
        covered,
        not_covered: not_covered.len(),
        missing,
    }
}

/// Rounded down, so that 100 means all of them.
fn percent(covered: usize, not_covered: usize) -> f64 {
    let all = covered.saturating_add(not_covered);
    let tenths = covered.saturating_mul(1_000).checked_div(all);
    let tenths = u16::try_from(tenths.unwrap_or(1_000)).unwrap_or(1_000);
    f64::from(tenths) / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_not_reached_are_given_as_runs() {
        let file = of_file("x", 7, &[3, 4, 5, 9]);
        assert_eq!(file.missing, [(3, 5), (9, 9)]);
        assert_eq!(file.percent, 63.6);
    }

    #[test]
    fn only_all_lines_are_a_hundred_percent() {
        assert_eq!(percent(9_999, 1), 99.9);
        assert_eq!(percent(0, 0), 100.0);
    }
}
