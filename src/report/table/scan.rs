//! The scorecard of single images: four questions, then what stands behind the answers.

use super::unknown::Unknown;
use super::waived;
use super::words::{
    base, count, flow, gap_name, grade_tone, identity, noteworthy, outcome_name, packages, percent,
    platform, role_name, score_cell, severity_tone, shell_word, short_digest, size, whole, worded,
    worst,
};
use super::{attached, findings, requirements, traced};
use crate::policy::verdict::{Outcome, Severity};
use crate::report::document::{CategoryScore, ImageReport, Report, RuleReport};
use crate::report::text::{Page, Style, Tone, shorten};
use crate::scorecard::{Axis, Grade, Score};

/// Gaps shown of one image.
const SHOWN_GAPS: usize = 10;

/// Least coverage, in percent, at which the scorecard gives a grade; under it the reason for
/// having none is the coverage.
const GRADED_FROM: f64 = 75.0;

/// Column where the text of a rule starts.
const TEXT: usize = 12;

/// The scorecards of all images of a report. Rules and findings under `least` are left out of the
/// list, never out of the scores.
pub fn scan(report: &Report, style: Style, least: Option<Severity>) -> String {
    let mut page = Page::new(style);
    for image in &report.images {
        header(&mut page, image);
        axes(&mut page, image);
        requirements::of_image(&mut page, image);
        findings(&mut page, image, least.unwrap_or(Severity::Info));
        unknowns(&mut page, image, least.unwrap_or(Severity::Info));
        gaps(&mut page, image);
        rest(&mut page, image, least.unwrap_or(Severity::Info));
        page.blank();
    }
    footer(&mut page, report);
    page.finish()
}

/// The image in a few lines.
pub(crate) fn header(page: &mut Page, image: &ImageReport) {
    page.heading(0, &image.reference);
    let summary = &image.summary;
    let digest = identity(image, 12).map(|(label, digits)| format!("{label}{digits}"));
    let facts: Vec<String> = [
        Some(platform(&image.platform)),
        digest,
        Some(
            summary
                .distro
                .clone()
                .unwrap_or_else(|| "no distribution named".to_owned()),
        ),
        Some(packages(image)),
        Some(format!(
            "{} in {}",
            size(summary),
            count(image.layers.len(), "layer")
        )),
    ]
    .into_iter()
    .flatten()
    .collect();
    page.paragraph(2, Tone::Plain, &facts.join(", "));
    let role = format!(
        "{}: {}",
        role_name(summary.role.name),
        flow(&summary.role.basis)
    );
    page.labelled(2, (Tone::Dim, "role"), 10, (Tone::Plain, &role));
    page.labelled(2, (Tone::Dim, "base"), 10, (Tone::Plain, &base(image)));
    let attached = attached::sentence(&image.attached_evidence);
    page.labelled(2, (Tone::Dim, "attached"), 10, (Tone::Plain, &attached));
    for (label, text) in [
        ("signed", attached::signed(&image.evidence)),
        ("SBOM", attached::sboms(&image.evidence)),
    ] {
        if let Some(text) = text {
            page.labelled(2, (Tone::Dim, label), 10, (Tone::Plain, &text));
        }
    }
    if let Some(traced) = traced::sentence(&image.exit) {
        page.labelled(2, (Tone::Dim, "traced"), 10, (Tone::Plain, &traced));
    }
    page.blank();
}

/// Four questions with their grades, and the categories behind each.
fn axes(page: &mut Page, image: &ImageReport) {
    for (axis, score) in &image.scorecard.axes {
        let (tone, answer) = answer(*score);
        page.labelled(2, (Tone::Strong, axis.question()), 26, (tone, &answer));
        let parts = categories(&image.scorecard.categories, *axis);
        if !parts.is_empty() {
            let line = format!("{}: {parts}", axis.name());
            page.paragraph(4, Tone::Dim, &line);
        }
    }
    page.blank();
}

/// Grade and number, then what else there is to say about them.
fn answer(score: Option<Score>) -> (Tone, String) {
    let Some(score) = score else {
        return (Tone::Dim, "-  no rule of this profile applies".to_owned());
    };
    let known = percent(score.coverage / 100.0);
    let note = match score.grade {
        Grade::Ungraded if score.coverage < GRADED_FROM => {
            format!("  no grade: {known} of the weight is known")
        }
        Grade::Ungraded => "  no grade: a critical rule is not known".to_owned(),
        _ if score.coverage < 100.0 => format!("  {known} of the weight is known"),
        _ => String::new(),
    };
    let number = score_cell(Some(score));
    (grade_tone(score.grade), format!("{number}{note}"))
}

fn categories(all: &[CategoryScore], axis: Axis) -> String {
    let parts: Vec<String> = all
        .iter()
        .filter(|category| category.axis == axis)
        .map(|category| format!("{} {}", category.name, score_cell(Some(category.score))))
        .collect();
    parts.join(", ")
}

fn findings(page: &mut Page, image: &ImageReport, least: Severity) {
    let all = noteworthy(image);
    let shown: Vec<&RuleReport> = all
        .iter()
        .copied()
        .filter(|rule| worst(rule) >= least)
        .collect();
    if shown.is_empty() {
        return;
    }
    let failed = shown
        .iter()
        .filter(|rule| rule.outcome == Outcome::Fail)
        .count();
    let warned = shown.len().saturating_sub(failed);
    page.heading(
        0,
        &format!("Found: {} failed, {warned} warned", count(failed, "rule")),
    );
    for rule in shown {
        one_rule(page, rule, image, least);
    }
}

fn one_rule(page: &mut Page, rule: &RuleReport, image: &ImageReport, least: Severity) {
    rule_head(page, rule);
    page.paragraph(TEXT, Tone::Plain, &flow(&rule.title));
    let shown: Vec<_> = rule
        .findings
        .iter()
        .filter(|finding| finding.severity >= least)
        .collect();
    findings::findings(page, TEXT, &shown, &image.layers);
    let hidden = rule.findings.len().saturating_sub(shown.len());
    if hidden > 0 {
        let text = format!("- and {hidden} less severe");
        page.paragraph(TEXT, Tone::Dim, &text);
    }
    findings::fix(page, TEXT, &rule.remediation);
    page.blank();
}

/// Severity, outcome, id, and what it counts for.
fn rule_head(page: &mut Page, rule: &RuleReport) {
    let severity = worst(rule);
    let outcome_tone = match rule.outcome {
        Outcome::Fail => Tone::Bad,
        _ => Tone::Caution,
    };
    let weight = match rule.score {
        Some(score) if rule.axis.is_some() && rule.weight > 0.0 => {
            format!("  credit {} of 100, weight {}", whole(score), rule.weight)
        }
        _ => "  not scored".to_owned(),
    };
    let outcome = outcome_name(rule.outcome).to_uppercase();
    let room = page.width().saturating_sub(18);
    let id = shorten(&rule.id, room);
    let fits = id.len().saturating_add(weight.len()) <= room;
    page.line(&[
        (Tone::Plain, "  "),
        (severity_tone(severity), &format!("{:<10}", severity.name())),
        (outcome_tone, &format!("{outcome:<6}")),
        (Tone::Strong, &id),
        (Tone::Dim, if fits { &weight } else { "" }),
    ]);
}

fn unknowns(page: &mut Page, image: &ImageReport, least: Severity) {
    let unknown: Vec<&RuleReport> = image
        .scorecard
        .rules
        .iter()
        .filter(|rule| rule.outcome == Outcome::Unknown && rule.severity >= least)
        .collect();
    if unknown.is_empty() {
        return;
    }
    page.heading(
        0,
        &format!(
            "Not known: {}, worth nothing at the low end of a score",
            count(unknown.len(), "rule")
        ),
    );
    let mut groups = Unknown::groups(unknown.into_iter(), image)
        .into_iter()
        .peekable();
    while let Some(group) = groups.next() {
        one_unknown(page, &group, image);
        // Neighbours with one way out name it once, after the last of them.
        let next = groups.peek().and_then(|next| next.hint);
        if let Some(hint) = group.hint.filter(|hint| next != Some(*hint)) {
            page.labelled(TEXT, (Tone::Good, "to settle it"), 14, (Tone::Plain, hint));
        }
    }
    page.blank();
}

fn one_unknown(page: &mut Page, group: &Unknown<'_>, image: &ImageReport) {
    for rule in &group.rules {
        page.line(&[
            (Tone::Plain, "  "),
            (
                severity_tone(rule.severity),
                &format!("{:<10}", rule.severity.name()),
            ),
            (Tone::Strong, &rule.id),
        ]);
    }
    page.paragraph(TEXT, Tone::Plain, &group.reason());
    let shown: Vec<_> = group.rules.iter().flat_map(|rule| &rule.findings).collect();
    findings::findings(page, TEXT, &shown, &image.layers);
}

fn gaps(page: &mut Page, image: &ImageReport) {
    if image.gaps.is_empty() {
        return;
    }
    page.heading(0, &format!("Not read: {}", count(image.gaps.len(), "gap")));
    for gap in image.gaps.iter().take(SHOWN_GAPS) {
        let place = match (&gap.path, gap.layer) {
            (Some(path), Some(layer)) => format!("{} (layer {layer}): ", shell_word(path)),
            (Some(path), None) => format!("{}: ", shell_word(path)),
            (None, Some(layer)) => format!("layer {layer}: "),
            (None, None) => String::new(),
        };
        let text = format!(
            "{place}{} [{}]",
            flow(&gap.detail),
            worded(gap.topic.name())
        );
        page.labelled(
            2,
            (Tone::Caution, gap_name(gap.kind)),
            16,
            (Tone::Plain, &text),
        );
    }
    let left = image.gaps.len().saturating_sub(SHOWN_GAPS);
    if left > 0 {
        page.paragraph(2, Tone::Dim, &format!("and {left} more in -f json"));
    }
    page.blank();
}

/// How many rules had nothing to say, and how many were not listed.
fn rest(page: &mut Page, image: &ImageReport, least: Severity) {
    let rules = &image.scorecard.rules;
    let number = |outcome| rules.iter().filter(|rule| rule.outcome == outcome).count();
    let line = format!(
        "{} passed, {} not applicable, {} in all",
        number(Outcome::Pass),
        number(Outcome::NotApplicable),
        count(rules.len(), "rule"),
    );
    page.paragraph(0, Tone::Dim, &line);
    let hidden = rules.iter().filter(|rule| is_hidden(rule, least)).count();
    if hidden > 0 {
        let verb = if hidden == 1 { "is" } else { "are" };
        let line = format!(
            "{} below {} {verb} not listed",
            count(hidden, "rule"),
            least.name()
        );
        page.paragraph(0, Tone::Dim, &line);
    }
}

/// Whether a rule has something to say and is below what was asked for.
fn is_hidden(rule: &RuleReport, least: Severity) -> bool {
    match rule.outcome {
        Outcome::Fail | Outcome::Warn => worst(rule) < least,
        Outcome::Unknown => rule.severity < least,
        Outcome::Pass | Outcome::NotApplicable => false,
    }
}

/// What was asked, and what no rule looked at.
pub(crate) fn footer(page: &mut Page, report: &Report) {
    not_read(page, report);
    let run = &report.run;
    let day: String = run.judged_at.chars().take(10).collect();
    let all = usize::try_from(run.pack.rules).unwrap_or(usize::MAX);
    let judged = report.images.first();
    let of = judged
        .map(|image| image.scorecard.rules.len())
        .filter(|judged| *judged < all)
        .map(|judged| format!("{judged} of "))
        .unwrap_or_default();
    let asked = format!(
        "Profile {}, {of}{} (pack {}), as of {day}.",
        run.profile.name,
        count(all, "rule"),
        short_digest(&run.pack.digest, 12),
    );
    page.paragraph(0, Tone::Dim, &asked);
    waived::all(page, report);
    not_judged(page, report);
    page.paragraph(
        0,
        Tone::Dim,
        "Why a number: --explain portability. Everything: -f json.",
    );
}

/// What no rule looked at.
pub(crate) fn not_judged(page: &mut Page, report: &Report) {
    let names = &report.run.not_judged;
    if !names.is_empty() {
        let line = format!("Not judged: {}.", names.join(", "));
        page.paragraph(0, Tone::Dim, &line);
    }
}

/// Images that could not be judged at all; standard error has said why at length.
pub(crate) fn not_read(page: &mut Page, report: &Report) {
    for image in &report.not_read {
        let text = named_once(&image.reference, &flow(&image.message));
        page.labelled(0, (Tone::Bad, "NOT READ"), 10, (Tone::Plain, &text));
    }
    if !report.not_read.is_empty() {
        page.blank();
    }
}

/// The message with the image named first, and only there.
fn named_once(reference: &str, message: &str) -> String {
    match message.strip_prefix(&format!("`{reference}`")) {
        Some(rest) => format!("{reference}{rest}"),
        None => format!("{reference}: {message}"),
    }
}
