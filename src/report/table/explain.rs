//! The sum behind a number.

use super::compare::letters;
use super::words::{outcome_name, score_cell};
use crate::policy::verdict::Outcome;
use crate::report::document::{CategoryScore, ImageReport, Report, RuleReport};
use crate::report::text::{Grid, Page, Style, Tone};
use crate::scorecard::Axis;

/// The sum of one axis: of all images and categories, or of the category or image letter `part`.
/// None where `part` names neither.
pub fn explain(report: &Report, axis: Axis, part: Option<&str>, style: Style) -> Option<String> {
    let names = letters(report.images.len());
    let by_letter = |letter: &str| part.is_none_or(|part| part.eq_ignore_ascii_case(letter));
    let has_category = report
        .images
        .iter()
        .flat_map(|image| &image.scorecard.categories)
        .any(|category| category.axis == axis && Some(category.name.as_str()) == part);
    let category = part.filter(|_| has_category);
    let mut page = Page::new(style);
    let mut found = false;
    for (image, letter) in report.images.iter().zip(&names) {
        if category.is_some() || by_letter(letter) {
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
        sum_of_categories(page, &categories, axis);
    }
}

fn one_category(page: &mut Page, image: &ImageReport, category: &CategoryScore) {
    let room = page.width().saturating_sub(2);
    let mut grid = Grid::new(&[room.saturating_sub(39), 9, 8, 8, 14]);
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
                number(rule.weight)
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
            number(category.weight)
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
    format!("{points:.1} of {share:.1}")
}

fn credit_cell(rule: &RuleReport) -> String {
    match (rule.outcome, rule.score) {
        (Outcome::Unknown, _) => "0 to 1".to_owned(),
        (_, Some(score)) => number(score / 100.0),
        (_, None) => "-".to_owned(),
    }
}

/// The sum of an axis: each category's score by its weight.
fn sum_of_categories(page: &mut Page, categories: &[&CategoryScore], axis: Axis) {
    let terms: Vec<String> = categories
        .iter()
        .map(|category| {
            format!(
                "{} {:.1} x {}",
                category.name,
                category.score.score,
                number(category.weight)
            )
        })
        .collect();
    let weight: f64 = categories.iter().map(|category| category.weight).sum();
    let line = format!(
        "{} = ({}) / {}",
        axis.name(),
        terms.join(" + "),
        number(weight)
    );
    page.paragraph(0, Tone::Plain, &line);
    page.blank();
}

/// A number with two decimals at most.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
