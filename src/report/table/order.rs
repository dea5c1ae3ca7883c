//! The order of the images, where the profile asks for one.

use super::block::{Block, INDENT, LABEL};
use super::words::{exact, whole};
use crate::report::document::{Order, Rank};
use crate::report::text::{Page, Tone};

/// Places under the profile's weights. Images that nothing tells apart share theirs.
pub(super) fn order(page: &mut Page, order: &Order, block: &Block<'_>) {
    let standing = |at: usize| order.standings.get(at).and_then(Option::as_ref);
    let cell = |at: usize, shown: &dyn Fn(&Rank) -> String| {
        standing(at).map_or_else(|| "-".to_owned(), shown)
    };
    let mut grid = block.grid(LABEL);
    block.header(&mut grid, "Weighed by the profile");
    block.row(&mut grid, "  place", |at| cell(at, &place));
    let shown = scores(&order.standings);
    block.row(&mut grid, "  weighted score", |at| {
        shown.get(at).map_or_else(|| "-".to_owned(), String::clone)
    });
    page.grid(&grid);
    page.blank();
}

/// What the axes weigh, once for all blocks.
pub(super) fn weights(page: &mut Page, order: &Order, name: &str) {
    let weights = order.weights.iter();
    let named: Vec<String> = weights
        .map(|(axis, weight)| format!("{} {}", axis.question(), exact(*weight)))
        .collect();
    let line = format!(
        "Profile {name} weighs {}. Images whose ranges overlap share places.",
        named.join(", ")
    );
    page.paragraph(INDENT, Tone::Dim, &line);
    page.blank();
}

/// `1`, or `2-4`.
fn place(standing: &Rank) -> String {
    match standing.best == standing.worst {
        true => standing.best.to_string(),
        false => format!("{}-{}", standing.best, standing.worst),
    }
}

/// The score of each image; with its decimal where whole numbers would make two alike that are not.
fn scores(standings: &[Option<Rank>]) -> Vec<String> {
    let alike = |one: &Rank, other: &Rank| {
        let ends = |standing: &Rank| (standing.score, standing.score_max);
        ends(one) != ends(other) && score(one) == score(other)
    };
    let cell = |standing: &Rank| match standings
        .iter()
        .flatten()
        .any(|other| alike(standing, other))
    {
        true if standing.score < standing.score_max => {
            format!("{}-{}", exact(standing.score), exact(standing.score_max))
        }
        true => exact(standing.score),
        false => score(standing),
    };
    let cells = standings.iter().map(Option::as_ref);
    cells
        .map(|one| one.map_or_else(|| "-".to_owned(), cell))
        .collect()
}

/// `84`, or `48-79` where the ends are a point or more apart.
fn score(standing: &Rank) -> String {
    match standing.score_max - standing.score >= 1.0 {
        true => format!("{}-{:.0}", whole(standing.score), standing.score_max.ceil()),
        false => whole(standing.score),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_that_differ_look_different() {
        let standing = |score, score_max| {
            Some(Rank {
                score,
                score_max,
                best: 1,
                worst: 1,
            })
        };
        let all = [
            standing(94.6, 94.6),
            standing(94.1, 94.4),
            None,
            standing(48.2, 78.3),
            standing(80.5, 80.5),
            standing(80.5, 80.5),
        ];
        assert_eq!(
            scores(&all),
            ["94.6", "94.1-94.4", "-", "48-79", "80", "80"]
        );
    }
}
