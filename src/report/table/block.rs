//! Columns of a comparison: the images asked for under their letters, some of them side by side.

use crate::report::document::{ImageReport, NotRead, Report};
use crate::report::text::Grid;

/// Columns left of a grid.
pub(super) const INDENT: usize = 2;

/// Columns of the row labels.
pub(super) const LABEL: usize = 25;

/// Least columns of one image.
pub(super) const NARROWEST: usize = 12;

/// Most columns of one image.
const WIDEST: usize = 20;

/// One of the images asked for.
#[derive(Debug, Clone)]
pub(crate) struct Slot<'a> {
    /// `A`, `B`, …, in the order of the arguments.
    pub(crate) letter: String,
    /// What became of it.
    pub(crate) found: Found<'a>,
}

/// What became of an image.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Found<'a> {
    /// It was judged; its position in the report's lists.
    Judged(usize, &'a ImageReport),
    /// It could not be read.
    NotRead(&'a NotRead),
}

impl<'a> Slot<'a> {
    /// Every image asked for, in that order. One that could not be read keeps its letter.
    pub(crate) fn all(report: &'a Report) -> Vec<Self> {
        let total = report.images.len().saturating_add(report.not_read.len());
        let mut judged = report.images.iter().enumerate();
        let mut found = Vec::with_capacity(total);
        for position in 0..total {
            let failed = report
                .not_read
                .iter()
                .find(|image| image.position == position);
            match failed {
                Some(image) => found.push(Found::NotRead(image)),
                None => found.extend(judged.next().map(|(at, image)| Found::Judged(at, image))),
            }
        }
        letters(found.len())
            .into_iter()
            .zip(found)
            .map(|(letter, found)| Self { letter, found })
            .collect()
    }

    /// Position among the judged images.
    pub(crate) fn judged(&self) -> Option<usize> {
        match self.found {
            Found::Judged(at, _) => Some(at),
            Found::NotRead(_) => None,
        }
    }

    /// The reference asked for.
    pub(crate) fn reference(&self) -> &'a str {
        match self.found {
            Found::Judged(_, image) => &image.reference,
            Found::NotRead(image) => &image.reference,
        }
    }
}

/// Images to put side by side, so that blocks are of about the same size.
pub(super) fn per_block(images: usize, width: usize) -> usize {
    let most = (width.saturating_sub(INDENT).saturating_sub(LABEL) / NARROWEST).max(1);
    images.div_ceil(images.div_ceil(most).max(1)).max(1)
}

/// Some of the images, next to each other.
pub(super) struct Block<'a> {
    pub(super) slots: &'a [Slot<'a>],
    page_width: usize,
}

impl<'a> Block<'a> {
    pub(super) fn new(slots: &'a [Slot<'a>], page_width: usize) -> Self {
        Self { slots, page_width }
    }

    /// Positions of its judged images.
    pub(super) fn judged(&self) -> impl Iterator<Item = usize> {
        self.slots.iter().filter_map(Slot::judged)
    }

    /// A grid with a label column of about `label` columns and one column for each image.
    pub(super) fn grid(&self, label: usize) -> Grid {
        let room = self.page_width.saturating_sub(INDENT);
        let images = self.slots.len().max(1);
        let column = room
            .saturating_sub(label)
            .checked_div(images)
            .unwrap_or(WIDEST)
            .clamp(NARROWEST, WIDEST);
        let label = label
            .min(room.saturating_sub(column.saturating_mul(images)))
            .max(12);
        let mut widths = vec![label];
        widths.extend(self.slots.iter().map(|_| column));
        Grid::new(&widths)
    }

    /// Most columns a label can have beside the narrowest columns of these images.
    pub(super) fn widest_label(&self) -> usize {
        let images = self.slots.len().saturating_mul(NARROWEST);
        let room = self.page_width.saturating_sub(INDENT);
        room.saturating_sub(images).min(45)
    }

    pub(super) fn header(&self, grid: &mut Grid, title: &str) {
        let mut cells = vec![title];
        cells.extend(self.slots.iter().map(|slot| slot.letter.as_str()));
        grid.header(&cells);
    }

    /// A row with a cell for each judged image, by its position; `-` for the others.
    pub(super) fn row(&self, grid: &mut Grid, label: &str, cell: impl Fn(usize) -> String) {
        let mut cells = vec![label.to_owned()];
        let shown = |slot: &Slot<'_>| slot.judged().map_or_else(|| "-".to_owned(), &cell);
        cells.extend(self.slots.iter().map(shown));
        grid.row(&cells);
    }
}

/// `A`, `B`, … `Z`, `AA`, …
fn letters(number: usize) -> Vec<String> {
    let alphabet: Vec<char> = ('A'..='Z').collect();
    let mut names: Vec<String> = alphabet.iter().map(char::to_string).collect();
    for first in &alphabet {
        if names.len() >= number {
            break;
        }
        names.extend(alphabet.iter().map(|second| format!("{first}{second}")));
    }
    names.truncate(number);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on_after_z() {
        let names = letters(28);
        assert_eq!(names.len(), 28);
        assert_eq!(names[25..], ["Z", "AA", "AB"]);
    }

    #[test]
    fn four_images_fit_beside_each_other_at_80_columns() {
        assert_eq!(per_block(4, 80), 4);
        assert_eq!(per_block(5, 80), 3);
        assert_eq!(per_block(3, 40), 1);
        assert_eq!(per_block(0, 80), 1);
    }
}
