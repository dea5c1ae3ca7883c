//! The sum behind a number.

use super::block::{Found, Slot};
use super::words::{exact, outcome_name, score_cell};
use crate::policy::verdict::Outcome;
use crate::report::document::{CategoryScore, ImageReport, Report, RuleReport};
use crate::report::text::{Grid, Page, Style, Tone};
use crate::scorecard::{Axis, Score};

/// The sum of one axis: of all images and categories, or of the category or image letter `part`.
/// None where `part` names neither.
pub fn explain(report: &Report, axis: Axis, part: Option<&str>, style: Style) -> Option<String> {
    let by_letter = |letter: &str| part.is_none_or(|part| part.eq_ignore_ascii_case(letter));
    let has_category = report
        .images
        .iter()
        .flat_map(|image| &image.scorecard.categories)
        .any(|category| category.axis == axis && Some(category.name.as_str()) == part);
    let category = part.filter(|_| has_category);
    let mut page = Page::new(style);
    let mut found = false;
    for slot in Slot::all(report) {
        let Found::Judged(_, image) = slot.found else {
            continue;
        };
        if category.is_some() || by_letter(&slot.letter) {
            found = true;
            one_image(&mut page, image, axis, category);
        }
    }
    found.then(|| page.finish())
}

fn one_image(page: &mut Page, image: &ImageReport, axis: Axis, only: Option<&str>) {
    page.heading(0, &image.reference);
    let score = image.scorecard.axes.get(&axis).copied().flatten();
    let line = format!("{} {}: {}", axis.question(), axis.name(), score_cell(score));
    page.paragraph(0, Tone::Plain, &line);
    page.blank();
    let categories: Vec<&CategoryScore> = image
        .scorecard
        .categories
        .iter()
        .filter(|category| category.axis == axis && only.is_none_or(|only| only == category.name))
        .collect();
    for category in &categories {
        one_category(page, image, category);
    }
    if only.is_none() && !categories.is_empty() {
        sum_of_categories(page, &categories, axis, score);
    }
}

fn one_category(page: &mut Page, image: &ImageReport, category: &CategoryScore) {
    let room = page.width().saturating_sub(2);
    let mut grid = Grid::new(&[room.saturating_sub(44), 9, 8, 10, 17]);
    grid.header(&[
        category.name.as_str(),
        "outcome",
        "weight",
        "credit",
        "points",
    ]);
    let rules = image
        .scorecard
        .rules
        .iter()
        .filter(|rule| rule.category == category.name);
    let (mut points, mut share) = (0.0, 0.0);
    for rule in rules {
        points += rule.points;
        share += rule.share;
        let applies = rule.outcome != Outcome::NotApplicable;
        grid.row(&[
            format!("  {}", short_id(rule)),
            outcome_name(rule.outcome).to_owned(),
            if applies {
                exact(rule.weight)
            } else {
                "-".to_owned()
            },
            credit_cell(rule),
            if applies {
                points_cell(rule.points, rule.share)
            } else {
                "-".to_owned()
            },
        ]);
    }
    grid.row(&[
        format!(
            "  {}, weight {}",
            score_cell(Some(category.score)),
            exact(category.weight)
        ),
        String::new(),
        String::new(),
        String::new(),
        points_cell(points, share),
    ]);
    page.grid(&grid);
    page.blank();
}

/// The id without its category, which the heading names.
fn short_id(rule: &RuleReport) -> &str {
    let prefix = rule.id.strip_prefix(&rule.category);
    prefix
        .and_then(|rest| rest.strip_prefix('.'))
        .unwrap_or(&rule.id)
}

/// `8.2 of 10.3`: what a rule gives of the points of its axis that rest on it.
fn points_cell(points: f64, share: f64) -> String {
    format!("{} of {}", exact(points), exact(share))
}

fn credit_cell(rule: &RuleReport) -> String {
    match (rule.outcome, rule.score) {
        (Outcome::Unknown, _) => "0 to 100".to_owned(),
        (_, Some(score)) => exact(score),
        (_, None) => "-".to_owned(),
    }
}

/// The sum of an axis: each category's score by its weight.
fn sum_of_categories(
    page: &mut Page,
    categories: &[&CategoryScore],
    axis: Axis,
    score: Option<Score>,
) {
    let terms: Vec<String> = categories
        .iter()
        .map(|category| {
            format!(
                "{} {} x {}",
                category.name,
                exact(category.score.score),
                exact(category.weight)
            )
        })
        .collect();
    let weight: f64 = categories.iter().map(|category| category.weight).sum();
    let line = format!(
        "{} {}= ({}) / {}",
        axis.name(),
        score.map_or_else(String::new, |score| format!("{} ", exact(score.score))),
        terms.join(" + "),
        exact(weight)
    );
    page.paragraph(0, Tone::Plain, &line);
    page.blank();
}
