//! Several images side by side: the order given is kept, and no winner is named.

use std::collections::{BTreeMap, BTreeSet};

use super::leaving::leaving;
use super::scan::footer;
use super::words::{bytes, count, percent, platform, role_name, score_cell, short_digest};
use crate::policy::verdict::Outcome;
use crate::report::document::{Comparison, ImageReport, Report, RuleDifference};
use crate::report::text::{Grid, Page, Style, Tone, shorten, width};
use crate::scorecard::{Axis, Grade, Score};

/// Columns left of a grid.
const INDENT: usize = 2;

/// Columns of the row labels.
pub(super) const LABEL: usize = 28;

/// Least columns of one image.
const NARROWEST: usize = 10;

/// Most columns of one image.
const WIDEST: usize = 20;

/// Rules shown under "Where they differ most".
const SHOWN_DIFFERENCES: usize = 8;

/// The images of a report against each other.
pub fn compare(report: &Report, style: Style) -> String {
    let mut page = Page::new(style);
    let names = letters(report.images.len());
    title(&mut page, report);
    legend(&mut page, &report.images, &names);
    if let Some(comparison) = &report.comparison {
        let positions: Vec<usize> = (0..report.images.len()).collect();
        for block in positions.chunks(per_block(style.width)) {
            matrix(
                &mut page,
                report,
                comparison,
                &Block::new(block, &names, style.width),
            );
        }
        ties(&mut page, comparison, &names);
        for block in positions.chunks(per_block(style.width)) {
            leaving(
                &mut page,
                &report.images,
                &Block::new(block, &names, style.width),
            );
        }
        for block in positions.chunks(per_block(style.width)) {
            differences(
                &mut page,
                comparison,
                &Block::new(block, &names, style.width),
            );
        }
    }
    footer(&mut page, report);
    page.finish()
}

/// Images that fit side by side.
fn per_block(width: usize) -> usize {
    (width.saturating_sub(INDENT).saturating_sub(LABEL) / NARROWEST).max(1)
}

/// Some of the images, next to each other.
pub(super) struct Block<'a> {
    pub(super) positions: &'a [usize],
    letters: Vec<String>,
    page_width: usize,
}

impl<'a> Block<'a> {
    fn new(positions: &'a [usize], names: &[String], page_width: usize) -> Self {
        let letters = positions
            .iter()
            .filter_map(|at| names.get(*at).cloned())
            .collect();
        Self {
            positions,
            letters,
            page_width,
        }
    }

    /// A grid with a label column of about `label` columns and one column for each image.
    pub(super) fn grid(&self, label: usize) -> Grid {
        let room = self.page_width.saturating_sub(INDENT);
        let images = self.positions.len().max(1);
        let column = room
            .saturating_sub(label)
            .checked_div(images)
            .unwrap_or(WIDEST)
            .clamp(NARROWEST - 1, WIDEST);
        let label = label
            .min(room.saturating_sub(column.saturating_mul(images)))
            .max(12);
        let mut widths = vec![label];
        widths.extend(self.positions.iter().map(|_| column));
        Grid::new(&widths)
    }

    /// Most columns a label can have beside the narrowest columns of these images.
    fn widest_label(&self) -> usize {
        let images = self.positions.len().saturating_mul(NARROWEST - 1);
        let room = self.page_width.saturating_sub(INDENT);
        room.saturating_sub(images).min(42)
    }

    pub(super) fn header(&self, grid: &mut Grid, title: &str) {
        let mut cells = vec![title.to_owned()];
        cells.extend(self.letters.iter().cloned());
        grid.header(&cells);
    }

    pub(super) fn row(&self, grid: &mut Grid, label: &str, cell: impl Fn(usize) -> String) {
        let mut cells = vec![label.to_owned()];
        cells.extend(self.positions.iter().map(|at| cell(*at)));
        grid.row(&cells);
    }
}

/// `A`, `B`, … `Z`, `AA`, …
pub(crate) fn letters(number: usize) -> Vec<String> {
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

fn title(page: &mut Page, report: &Report) {
    let mut platforms: Vec<String> = report
        .images
        .iter()
        .map(|image| platform(&image.platform))
        .collect();
    platforms.sort();
    platforms.dedup();
    let day: String = report.run.judged_at.chars().take(10).collect();
    let line = format!(
        "{}, {}, profile {}, as of {day}",
        count(report.images.len(), "image"),
        platforms.join(" and "),
        report.run.profile.name,
    );
    page.heading(0, &line);
    page.blank();
}

/// Columns of the legend.
const LETTER: usize = 3;
const ROLE: usize = 9;
const DIGEST: usize = 8;
const SIZE: usize = 8;
const FIXED: usize = LETTER + ROLE + DIGEST + SIZE;

fn legend(page: &mut Page, images: &[ImageReport], names: &[String]) {
    let shown = display_names(images);
    let longest = shown.iter().map(|name| width(name)).max().unwrap_or(0);
    let most = page.width().saturating_sub(INDENT + FIXED + NARROWEST);
    let name_width = longest.saturating_add(2).min(24).min(most).max(6);
    let room = page
        .width()
        .saturating_sub(INDENT + FIXED)
        .saturating_sub(name_width)
        .max(6);
    let mut grid = Grid::new(&[LETTER, name_width, ROLE, room, DIGEST, SIZE]);
    for ((image, letter), name) in images.iter().zip(names).zip(&shown) {
        let summary = &image.summary;
        let distro = summary
            .distro
            .clone()
            .unwrap_or_else(|| "no distribution named".to_owned());
        let digest = image
            .digest
            .as_deref()
            .map_or_else(String::new, |digest| short_digest(digest, 6));
        grid.row(&[
            letter.clone(),
            shorten(name, name_width.saturating_sub(2)),
            role_name(summary.role.name).to_owned(),
            distro,
            digest,
            bytes(summary.stored_bytes),
        ]);
    }
    page.grid(&grid);
    page.blank();
}

/// Names short enough for a column: the last part of a path where that tells the images apart.
fn display_names(images: &[ImageReport]) -> Vec<String> {
    let short = |image: &ImageReport| {
        let path =
            image
                .reference
                .split_once(':')
                .map_or(image.reference.as_str(), |(scheme, rest)| {
                    if scheme.contains('/') || scheme.contains('.') {
                        image.reference.as_str()
                    } else {
                        rest
                    }
                });
        path.trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or(path)
            .to_owned()
    };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for image in images {
        let uses = seen.entry(short(image)).or_default();
        *uses = uses.saturating_add(1);
    }
    images
        .iter()
        .map(|image| {
            let name = short(image);
            let unique = seen.get(&name) == Some(&1) && !name.is_empty();
            if unique {
                name
            } else {
                image.reference.clone()
            }
        })
        .collect()
}

fn matrix(page: &mut Page, report: &Report, comparison: &Comparison, block: &Block<'_>) {
    let mut grid = block.grid(LABEL);
    block.header(&mut grid, "");
    for (axis, row) in &comparison.axes {
        block.row(&mut grid, axis.question(), |at| {
            score_cell(score_at(&row.scores, at))
        });
    }
    block.row(&mut grid, "  weight known", |at| {
        report
            .images
            .get(at)
            .and_then(known_share)
            .map_or_else(|| "-".to_owned(), percent)
    });
    page.grid(&grid);
    if any_ungraded(comparison, block) {
        let note = "?  not graded: too little of that axis is known; the range shows both ends.";
        page.paragraph(INDENT, Tone::Dim, note);
    }
    page.blank();
    shared(page, comparison, block);
}

fn score_at(scores: &[Option<Score>], at: usize) -> Option<Score> {
    scores.get(at).copied().flatten()
}

fn any_ungraded(comparison: &Comparison, block: &Block<'_>) -> bool {
    comparison.axes.values().any(|row| {
        block.positions.iter().any(|at| {
            score_at(&row.scores, *at).is_some_and(|score| score.grade == Grade::Ungraded)
        })
    })
}

/// Share of the weight of the applicable rules that is known.
fn known_share(image: &ImageReport) -> Option<f64> {
    let applicable = image
        .scorecard
        .rules
        .iter()
        .filter(|rule| rule.axis.is_some() && rule.outcome != Outcome::NotApplicable);
    let (mut total, mut known) = (0.0, 0.0);
    for rule in applicable {
        total += rule.weight;
        if rule.outcome != Outcome::Unknown {
            known += rule.weight;
        }
    }
    (total > 0.0).then(|| known / total)
}

/// The same axes over the rules that apply to every image, where that changes a number.
fn shared(page: &mut Page, comparison: &Comparison, block: &Block<'_>) {
    let changed: Vec<Axis> = comparison
        .axes
        .iter()
        .filter(|(_, row)| {
            block.positions.iter().any(|at| {
                score_cell(score_at(&row.scores, *at))
                    != score_cell(score_at(&row.shared_rules, *at))
            })
        })
        .map(|(axis, _)| *axis)
        .collect();
    if changed.is_empty() {
        return;
    }
    let mut grid = block.grid(LABEL);
    block.header(&mut grid, "Rules that apply to all");
    for axis in changed {
        if let Some(row) = comparison.axes.get(&axis) {
            let label = format!("  {}", axis.question());
            block.row(&mut grid, &label, |at| {
                score_cell(score_at(&row.shared_rules, at))
            });
        }
    }
    page.grid(&grid);
    page.blank();
}

/// Images whose ranges overlap are not told apart.
fn ties(page: &mut Page, comparison: &Comparison, names: &[String]) {
    let mut any = false;
    for (axis, row) in &comparison.axes {
        let groups = tied_groups(&row.ties, names);
        if groups.is_empty() {
            continue;
        }
        let line = format!("{} {}", axis.question(), groups.join(", "));
        let label = if any { "" } else { "Tied, ranges overlap" };
        page.labelled(INDENT, (Tone::Strong, label), LABEL, (Tone::Plain, &line));
        any = true;
    }
    if any {
        page.blank();
    }
}

/// `A = B = C` where each ties with each. Ties do not carry over: an image may stand in two groups.
fn tied_groups(ties: &[Vec<usize>], names: &[String]) -> Vec<String> {
    let tied = |one: usize, other: usize| ties.get(one).is_some_and(|row| row.contains(&other));
    let group_around = |at: usize| -> BTreeSet<usize> {
        let mut group = BTreeSet::from([at]);
        for other in 0..ties.len() {
            if group.iter().all(|member| tied(*member, other)) {
                group.insert(other);
            }
        }
        group
    };
    let groups: BTreeSet<BTreeSet<usize>> = (0..ties.len())
        .map(group_around)
        .filter(|group| group.len() > 1)
        .collect();
    let joined = |group: &BTreeSet<usize>| {
        let letters = group.iter().filter_map(|at| names.get(*at));
        letters.map(String::as_str).collect::<Vec<_>>().join(" = ")
    };
    groups.iter().map(joined).collect()
}

fn without_category(rule: &str) -> &str {
    rule.split_once('.').map_or(rule, |(_, name)| name)
}

fn differences(page: &mut Page, comparison: &Comparison, block: &Block<'_>) {
    let shown: Vec<&RuleDifference> = comparison
        .differences
        .iter()
        .take(SHOWN_DIFFERENCES)
        .collect();
    if shown.is_empty() {
        return;
    }
    // With many images there is no room for the category; the rule's own name is unique enough.
    let longest = |named: &dyn Fn(&RuleDifference) -> String| {
        let widths = shown.iter().map(|difference| width(&named(difference)));
        widths.max().unwrap_or(0).saturating_add(4)
    };
    let whole = |difference: &RuleDifference| difference.rule.clone();
    let short = |difference: &RuleDifference| without_category(&difference.rule).to_owned();
    let named: &dyn Fn(&RuleDifference) -> String = if longest(&whole) <= block.widest_label() {
        &whole
    } else {
        &short
    };
    let mut grid = block.grid(longest(named));
    block.header(&mut grid, "Where they differ most");
    for difference in shown {
        let label = format!("  {}", named(difference));
        block.row(&mut grid, &label, |at| verdict_cell(difference, at));
    }
    page.grid(&grid);
    page.blank();
}

/// `pass`, `fail`, `warn 70` with partial credit, `?`, `n/a`.
fn verdict_cell(difference: &RuleDifference, at: usize) -> String {
    let outcome = difference.outcomes.get(at).copied();
    let credit = difference.credits.get(at).copied().flatten();
    let word = match outcome {
        Some(Outcome::Pass) => return "pass".to_owned(),
        Some(Outcome::Warn) => "warn",
        Some(Outcome::Fail) => "fail",
        Some(Outcome::Unknown) => return "?".to_owned(),
        Some(Outcome::NotApplicable) | None => return "n/a".to_owned(),
    };
    match credit {
        Some(credit) if credit > 0.0 => format!("{word} {:.0}", credit.floor()),
        _ => word.to_owned(),
    }
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
    fn ties_do_not_carry_over_from_pair_to_pair() {
        let names = letters(3);
        let chain = [vec![1], vec![0, 2], vec![1]];
        assert_eq!(tied_groups(&chain, &names), ["A = B", "B = C"]);
        let all = [vec![1, 2], vec![0, 2], vec![0, 1]];
        assert_eq!(tied_groups(&all, &names), ["A = B = C"]);
    }
}
