//! A value of a query: a list of objects as a table, anything else as it is.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::report::text::{Grid, Page, Style, Tone, width};

/// Columns of a table; more are left to JSON.
const MAX_COLUMNS: usize = 8;

/// Prints a value. A list of objects with few fields becomes a table with a column for each; other
/// lists get a line for each element.
pub fn value_table(value: &Value, style: Style) -> String {
    let mut page = Page::new(style);
    match value {
        Value::Array(items) => match columns(items) {
            Some(names) => grid(&mut page, items, &names),
            None => items.iter().for_each(|item| line(&mut page, item)),
        },
        Value::Object(fields) => {
            let longest = fields.keys().map(|name| width(name)).max().unwrap_or(0);
            let label = longest.min(40).saturating_add(2);
            for (name, value) in fields {
                page.labelled(0, (Tone::Dim, name), label, (Tone::Plain, &cell(value)));
            }
        }
        other => line(&mut page, other),
    }
    page.finish()
}

fn line(page: &mut Page, value: &Value) {
    page.paragraph(0, Tone::Plain, &cell(value));
}

/// A text as it is, anything else as JSON.
fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The fields of a list of objects, by name; none where there is another kind of element.
fn columns(items: &[Value]) -> Option<Vec<String>> {
    let objects: Option<Vec<&Map<String, Value>>> = items.iter().map(Value::as_object).collect();
    let names: BTreeSet<String> = objects?.into_iter().flat_map(Map::keys).cloned().collect();
    (1..=MAX_COLUMNS)
        .contains(&names.len())
        .then(|| names.into_iter().collect())
}

fn grid(page: &mut Page, items: &[Value], names: &[String]) {
    let cells = |item: &Value| -> Vec<String> {
        names
            .iter()
            .map(|name| item.get(name).map(cell).unwrap_or_default())
            .collect()
    };
    let rows: Vec<Vec<String>> = items.iter().map(cells).collect();
    let share = page.width().saturating_sub(2).checked_div(names.len());
    let most = share.unwrap_or(20).max(8);
    let widths: Vec<usize> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let longest = rows
                .iter()
                .filter_map(|row| row.get(at))
                .map(|text| width(text));
            let longest = longest.max().unwrap_or(0).max(width(name));
            longest.saturating_add(2).min(most)
        })
        .collect();
    let mut grid = Grid::new(&widths);
    grid.header(names);
    for row in rows {
        grid.row(&row);
    }
    page.grid(&grid);
}
