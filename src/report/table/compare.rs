//! Several images side by side: the order given is kept, and no winner is named; a profile that weighs
//! the axes gets their places.

use std::collections::{BTreeMap, BTreeSet};

use super::block::{Block, Found, INDENT, LABEL, NARROWEST, Slot, per_block};
use super::leaving::leaving;
use super::order::{order, weights};
use super::requirements;
use super::scan::footer;
use super::unknown::evidence_hint;
use super::words::{
    count, identity, is_range, percent, platform, role_name, score_cell, size, whole,
};
use crate::policy::verdict::Outcome;
use crate::report::document::{AxisComparison, Comparison, ImageReport, Report, RuleDifference};
use crate::report::text::{Grid, Page, Style, Tone, shorten, width};
use crate::scorecard::{Axis, Grade, Score};

/// Rules shown under "Where they differ most".
const SHOWN_DIFFERENCES: usize = 8;

/// The images of a report against each other, each under the letter of its argument.
pub fn compare(report: &Report, style: Style) -> String {
    let mut page = Page::new(style);
    let slots = Slot::all(report);
    title(&mut page, report, slots.len());
    legend(&mut page, &slots);
    match &report.comparison {
        Some(comparison) if report.images.len() > 1 => {
            grids(&mut page, report, comparison, &slots);
        }
        _ => {
            let line = "Nothing to compare: fewer than two of these images could be read.";
            page.paragraph(0, Tone::Plain, line);
            page.blank();
        }
    }
    to_settle(&mut page, &slots);
    footer(&mut page, report);
    page.finish()
}

/// What would settle unknown evidence, once for the images it would help.
fn to_settle(page: &mut Page, slots: &[Slot<'_>]) {
    let mut hints: Vec<(&str, Vec<&str>)> = Vec::new();
    for slot in slots {
        let Found::Judged(_, image) = slot.found else {
            continue;
        };
        let Some(hint) = evidence_hint(image) else {
            continue;
        };
        match hints.iter_mut().find(|(other, _)| *other == hint) {
            Some((_, letters)) => letters.push(&slot.letter),
            None => hints.push((hint, vec![&slot.letter])),
        }
    }
    for (hint, letters) in &hints {
        let text = format!("{}: {hint}", letters.join(", "));
        page.labelled(0, (Tone::Good, "to settle ?"), 13, (Tone::Plain, &text));
    }
    if !hints.is_empty() {
        page.blank();
    }
}

fn grids(page: &mut Page, report: &Report, comparison: &Comparison, slots: &[Slot<'_>]) {
    let width = page.width();
    let blocks: Vec<Block<'_>> = slots
        .chunks(per_block(slots.len(), width))
        .map(|slots| Block::new(slots, width))
        .collect();
    for block in &blocks {
        matrix(page, report, comparison, block);
    }
    let names: Vec<String> = slots
        .iter()
        .filter(|slot| slot.judged().is_some())
        .map(|slot| slot.letter.clone())
        .collect();
    ties(page, comparison, &names);
    if let Some(asked) = &comparison.order {
        for block in &blocks {
            order(page, asked, block);
        }
        weights(page, asked, &report.run.profile.name);
    }
    for block in &blocks {
        requirements::grid(page, &report.images, block);
    }
    requirements::notes(page, slots, &report.images);
    for block in &blocks {
        leaving(page, &report.images, block);
    }
    for block in &blocks {
        differences(page, comparison, block);
    }
}

fn title(page: &mut Page, report: &Report, asked: usize) {
    let mut platforms: Vec<String> = report
        .images
        .iter()
        .map(|image| platform(&image.platform))
        .collect();
    platforms.sort();
    platforms.dedup();
    let day: String = report.run.judged_at.chars().take(10).collect();
    let not_read = match report.not_read.len() {
        0 => String::new(),
        number => format!(", {number} not read"),
    };
    let line = format!(
        "{}{not_read}, {}, profile {}, as of {day}",
        count(asked, "image"),
        platforms.join(" and "),
        report.run.profile.name,
    );
    page.heading(0, &line);
    page.blank();
}

/// Columns of the legend; the name, the distribution and the size share the rest.
const LETTER: usize = 3;
const ROLE: usize = 10;
const DIGEST: usize = 8;

fn legend(page: &mut Page, slots: &[Slot<'_>]) {
    let shown = display_names(slots);
    let rows: Vec<[String; 4]> = slots.iter().map(legend_cells).collect();
    let longest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0);
    let sizes = longest(&mut rows.iter().map(|[.., size]| width(size))).saturating_add(2);
    let fixed = (LETTER + ROLE + DIGEST).saturating_add(sizes);
    let most = page.width().saturating_sub(INDENT + NARROWEST);
    let most = most.saturating_sub(fixed);
    let names = longest(&mut shown.iter().map(|name| width(name)));
    let name_width = names.saturating_add(2).min(24).min(most).max(6);
    let room = page
        .width()
        .saturating_sub(INDENT.saturating_add(fixed))
        .saturating_sub(name_width)
        .max(6);
    let mut grid = Grid::new(&[LETTER, name_width, ROLE, room, DIGEST, sizes]);
    for ((slot, name), [role, distro, digest, size]) in slots.iter().zip(&shown).zip(rows) {
        let name = shorten(name, name_width.saturating_sub(2));
        grid.row(&[slot.letter.clone(), name, role, distro, digest, size]);
    }
    page.grid(&grid);
    page.blank();
}

/// Role, distribution, digest, size.
fn legend_cells(slot: &Slot<'_>) -> [String; 4] {
    let Found::Judged(_, image) = slot.found else {
        return ["not read", "-", "-", "-"].map(str::to_owned);
    };
    let summary = &image.summary;
    let distro = summary.distro.as_deref();
    [
        role_name(summary.role.name).to_owned(),
        distro.unwrap_or("no distribution named").to_owned(),
        identity(image, 6).map_or_else(String::new, |(_, digits)| digits),
        size(summary),
    ]
}

/// Names short enough for a column: the last part of a path where that tells the images apart.
fn display_names(slots: &[Slot<'_>]) -> Vec<String> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for slot in slots {
        let uses = seen.entry(last_part(slot.reference())).or_default();
        *uses = uses.saturating_add(1);
    }
    let name = |slot: &Slot<'_>| {
        let name = last_part(slot.reference());
        let unique = seen.get(name) == Some(&1) && !name.is_empty();
        if unique { name } else { slot.reference() }.to_owned()
    };
    slots.iter().map(name).collect()
}

/// The last part of the path in a reference.
fn last_part(reference: &str) -> &str {
    let path = match reference.split_once(':') {
        Some((scheme, rest)) if !scheme.contains(['/', '.']) => rest,
        _ => reference,
    };
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
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
    if let Some(note) = note(comparison, block) {
        page.paragraph(INDENT, Tone::Dim, note);
    }
    page.blank();
    shared(page, comparison, block);
}

fn score_at(scores: &[Option<Score>], at: usize) -> Option<Score> {
    scores.get(at).copied().flatten()
}

/// What `?` and a range mean, where one is shown.
fn note(comparison: &Comparison, block: &Block<'_>) -> Option<&'static str> {
    let shown = || {
        comparison.axes.values().flat_map(|row| {
            block
                .judged()
                .filter_map(|at| score_at(&row.scores, at))
                .collect::<Vec<_>>()
        })
    };
    if shown().any(|score| score.grade == Grade::Ungraded) {
        Some("?  not graded: too little of that axis is known; a range shows both ends.")
    } else if shown().any(is_range) {
        Some("A range shows both ends: what is not known counted as nothing, and in full.")
    } else {
        None
    }
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
    let is_changed = |row: &AxisComparison| {
        block.judged().any(|at| {
            score_cell(score_at(&row.scores, at)) != score_cell(score_at(&row.shared_rules, at))
        })
    };
    let is_scored = |row: &AxisComparison| row.shared_rules.iter().any(Option::is_some);
    let mut changed: Vec<(&Axis, &AxisComparison)> = comparison.axes.iter().collect();
    changed.retain(|(_, row)| is_changed(row) && is_scored(row));
    if changed.is_empty() {
        return;
    }
    let mut grid = block.grid(LABEL);
    block.header(&mut grid, "Rules that apply to all");
    for (axis, row) in changed {
        block.row(&mut grid, axis.question(), |at| {
            score_cell(score_at(&row.shared_rules, at))
        });
    }
    page.grid(&grid);
    page.blank();
}

/// Images whose ranges overlap are not told apart. Where none is graded there is nothing to tell.
fn ties(page: &mut Page, comparison: &Comparison, names: &[String]) {
    let mut any = false;
    for (axis, row) in &comparison.axes {
        let mut scores = row.scores.iter().flatten();
        let groups = tied_groups(&row.ties, names);
        if groups.is_empty() || scores.all(|score| score.grade == Grade::Ungraded) {
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
        Some(credit) if credit > 0.0 => format!("{word} {}", whole(credit)),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_do_not_carry_over_from_pair_to_pair() {
        let names = ["A", "B", "C"].map(str::to_owned);
        let chain = [vec![1], vec![0, 2], vec![1]];
        assert_eq!(tied_groups(&chain, &names), ["A = B", "B = C"]);
        let all = [vec![1, 2], vec![0, 2], vec![0, 1]];
        assert_eq!(tied_groups(&all, &names), ["A = B = C"]);
    }
}
