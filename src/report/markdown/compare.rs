//! Images side by side, as Markdown tables: the order given, no winner.

use super::{cell, code, outcome_cell, question, requirements};
use crate::report::document::{Comparison, Report};
use crate::report::table::block::{Found, Slot};
use crate::report::table::leaving::ROWS;
use crate::report::table::words::{identity, platform, score_cell, size};
use crate::scorecard::Score;

/// Differences shown.
const SHOWN: usize = 20;

/// The images under their letters, then what tells them apart.
pub(super) fn compare(page: &mut String, report: &Report) {
    let slots = Slot::all(report);
    page.push('\n');
    for slot in &slots {
        let about = match slot.found {
            Found::Judged(_, image) => {
                let digest = identity(image, 12).map(|(label, digits)| format!("{label}{digits}"));
                let distro = image.summary.distro.as_deref();
                let parts = [
                    Some(code(&platform(&image.platform))),
                    digest.as_deref().map(code),
                    Some(distro.map_or_else(|| "no distribution named".to_owned(), code)),
                    Some(size(&image.summary)),
                ];
                parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
            }
            Found::NotRead(_) => "could not be read".to_owned(),
        };
        page.push_str(&format!(
            "- **{}** {}: {about}\n",
            slot.letter,
            code(slot.reference())
        ));
    }
    let Some(comparison) = report
        .comparison
        .as_ref()
        .filter(|_| report.images.len() > 1)
    else {
        page.push_str("\nNothing to compare: fewer than two of these images could be read.\n");
        return;
    };
    scores(page, comparison, &slots);
    requirements::side_by_side(page, report, &slots);
    leaving(page, report, &slots);
    differences(page, comparison, &slots);
}

/// The title and the letters of a table.
pub(super) fn header(page: &mut String, title: &str, slots: &[Slot<'_>]) {
    page.push_str(&format!("\n| {title} |"));
    for slot in slots {
        page.push_str(&format!(" {} |", slot.letter));
    }
    page.push_str("\n|---|");
    page.push_str(&"---|".repeat(slots.len()));
    page.push('\n');
}

/// A row with a cell for each judged image; `-` for the others.
pub(super) fn row(
    page: &mut String,
    label: &str,
    slots: &[Slot<'_>],
    show: impl Fn(usize) -> String,
) {
    page.push_str(&format!("| {label} |"));
    for slot in slots {
        let shown = slot.judged().map_or_else(|| "-".to_owned(), &show);
        page.push_str(&format!(" {shown} |"));
    }
    page.push('\n');
}

fn scores(page: &mut String, comparison: &Comparison, slots: &[Slot<'_>]) {
    header(page, "score", slots);
    for (axis, compared) in &comparison.axes {
        let cells = |scores: &[Option<Score>]| -> Vec<String> {
            scores.iter().map(|score| score_cell(*score)).collect()
        };
        let (own, shared) = (cells(&compared.scores), cells(&compared.shared_rules));
        let at = |cells: &[String], at: usize| cells.get(at).cloned().unwrap_or_default();
        row(page, &question(*axis), slots, |slot| at(&own, slot));
        if compared.shared_rules.iter().any(Option::is_some) && own != shared {
            let label = "over the rules that apply to all";
            row(page, label, slots, |slot| at(&shared, slot));
        }
    }
}

fn leaving(page: &mut String, report: &Report, slots: &[Slot<'_>]) {
    header(page, "if you leave", slots);
    for (label, show) in ROWS {
        row(page, label.trim(), slots, |at| {
            let image = report.images.get(at);
            image.map_or_else(String::new, |image| cell(&show(&image.exit)))
        });
    }
}

fn differences(page: &mut String, comparison: &Comparison, slots: &[Slot<'_>]) {
    if comparison.differences.is_empty() {
        return;
    }
    header(page, "where they differ most", slots);
    for difference in comparison.differences.iter().take(SHOWN) {
        row(page, &cell(&difference.rule), slots, |at| {
            let credit = difference.credits.get(at).copied().flatten();
            let outcome = difference.outcomes.get(at);
            outcome.map_or_else(String::new, |outcome| outcome_cell(*outcome, credit))
        });
    }
    let left = comparison.differences.len().saturating_sub(SHOWN);
    if left > 0 {
        page.push_str(&format!("\nAnd {left} more, listed in `-f json`.\n"));
    }
}
