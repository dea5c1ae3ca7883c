//! Grids of columns without borders.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::escape::escape;
use super::wrap::wrap;

/// Columns between two columns.
const GAP: usize = 2;

/// Rows of cells in columns of fixed width; longer cells are wrapped inside their column.
#[derive(Debug)]
pub(crate) struct Grid {
    table: Table,
    widths: Vec<usize>,
    header: bool,
}

impl Grid {
    /// A grid with columns of these widths, two spaces between columns included.
    pub(crate) fn new(widths: &[usize]) -> Self {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(
                widths
                    .iter()
                    .copied()
                    .map(narrow)
                    .fold(0, u16::saturating_add),
            );
        table.add_row(widths.iter().map(|_| ""));
        table.set_constraints(
            widths
                .iter()
                .map(|width| ColumnConstraint::Absolute(Width::Fixed(narrow(*width)))),
        );
        for column in table.column_iter_mut() {
            column.set_padding((0, narrow(GAP)));
        }
        Self {
            table,
            widths: widths.to_vec(),
            header: false,
        }
    }

    /// Adds a row that stands out.
    pub(crate) fn header<T: AsRef<str>>(&mut self, cells: &[T]) {
        self.header = true;
        self.row(cells);
    }

    /// Adds a row.
    pub(crate) fn row<T: AsRef<str>>(&mut self, cells: &[T]) {
        let cells = cells.iter().zip(&self.widths);
        let fitted = cells.map(|(cell, width)| fit(cell.as_ref(), width.saturating_sub(GAP)));
        self.table.add_row(fitted);
    }

    /// Whether the first line is a header.
    pub(crate) fn has_header(&self) -> bool {
        self.header
    }

    /// The finished lines.
    pub(crate) fn lines(&self) -> Vec<String> {
        // The first row only declares the columns.
        self.table
            .lines()
            .skip(1)
            .map(|line| line.trim_end().to_owned())
            .collect()
    }
}

/// A cell's text broken into lines of `limit` columns, all indented as it is.
fn fit(text: &str, limit: usize) -> String {
    let text = escape(text);
    let body = text.trim_start_matches(' ');
    let indent = " ".repeat(text.len().saturating_sub(body.len()));
    let lines = wrap(body, limit.saturating_sub(indent.len()));
    let lines: Vec<String> = lines.iter().map(|line| format!("{indent}{line}")).collect();
    lines.join("\n")
}

fn narrow(width: usize) -> u16 {
    u16::try_from(width).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_start_where_they_were_asked_to() {
        let mut grid = Grid::new(&[10, 8, 8]);
        grid.header(&["", "A", "B"]);
        grid.row(&["label", "one", "two"]);
        assert_eq!(
            grid.lines(),
            ["          A       B", "label     one     two"]
        );
    }

    #[test]
    fn a_long_cell_stays_in_its_column() {
        let mut grid = Grid::new(&[10, 8, 8]);
        grid.row(&["label", "one two three", "x"]);
        assert_eq!(
            grid.lines(),
            ["label     one     x", "          two", "          three"]
        );
    }

    #[test]
    fn a_cell_cannot_smuggle_in_escape_sequences() {
        let mut grid = Grid::new(&[30]);
        grid.row(&["\u{1b}[31mred"]);
        assert_eq!(grid.lines(), ["\\u{1b}[31mred"]);
    }
}
