//! What was found and does not block.

use super::why::Why;
use super::{REASON, by_rule, fix, one_rule, rule, rule_head, severity, threshold};
use crate::facts::model::Side;
use crate::policy::verdict::Outcome;
use crate::report::document::{GateReport, ImageReport, NamedFinding, RuleReport};
use crate::report::table::findings;
use crate::report::table::unknown::Unknown;
use crate::report::table::waived;
use crate::report::table::words::{shell_word, worded, worst};
use crate::report::text::{Page, Tone};

/// Columns of a count and its word.
const KIND: usize = 13;

/// Places shown that could not be read.
const SHOWN_PLACES: usize = 3;

/// Waived findings shown.
const SHOWN_WAIVED: usize = 5;

/// What was found and does not block: rules that failed or warned, unknown ones with their
/// reasons, and what could not be read.
pub(super) fn not_blocking(page: &mut Page, image: &ImageReport, gate: &GateReport, all: bool) {
    let rules: Vec<&RuleReport> = image
        .scorecard
        .rules
        .iter()
        .filter(|rule| !is_told(rule, gate))
        .collect();
    let of = |outcome: Outcome| rules.iter().filter(move |rule| rule.outcome == outcome);
    let unknown = Unknown::groups(of(Outcome::Unknown).copied(), image);
    let named = [("failed", Outcome::Fail), ("warned", Outcome::Warn)].map(|(word, outcome)| {
        let name = |rule: &&RuleReport| format!("{} ({})", rule.id, worst(rule).name());
        (word, of(outcome).map(name).collect::<Vec<_>>())
    });
    let has_named = named.iter().any(|(_, ids)| !ids.is_empty());
    let is_excused = [&gate.known, &gate.waived]
        .iter()
        .any(|list| !list.is_empty())
        || !gate.unknown_waived.is_empty()
        || !gate.thresholds_known.is_empty();
    let beside = beside(image, gate);
    if !has_named && beside.is_empty() && unknown.is_empty() && image.gaps.is_empty() && !is_excused
    {
        return;
    }
    page.heading(2, "not blocking");
    for (word, ids) in named {
        if !ids.is_empty() {
            kind(page, &format!("{} {word}", ids.len()), &ids.join(", "));
        }
    }
    let more: usize = beside.iter().map(|(_, number)| number).sum();
    for (position, (line, _)) in beside.iter().enumerate() {
        let label = match position {
            0 => format!("{more} more"),
            _ => String::new(),
        };
        kind(page, &label, line);
    }
    let number = of(Outcome::Unknown).count();
    for (position, group) in unknown.iter().enumerate() {
        let label = if position == 0 {
            format!("{number} unknown")
        } else {
            String::new()
        };
        let ids: Vec<&str> = group.rules.iter().map(|rule| rule.id.as_str()).collect();
        kind(page, &label, &ids.join(", "));
        let column = REASON.saturating_add(KIND).saturating_add(2);
        page.paragraph(column, Tone::Dim, &group.reason());
    }
    known(page, image, gate, all);
    waived_findings(page, gate);
    gaps(page, image);
    page.blank();
    if all {
        in_full(page, image, gate);
    }
}

/// What rules that block found beside that: `main: 1 from 2026-12-01, 2 warnings`, and how many.
fn beside(image: &ImageReport, gate: &GateReport) -> Vec<(String, usize)> {
    let blocks = |id: &str| gate.blocking.iter().any(|found| found.rule == id);
    let rules = by_rule(&gate.not_blocking).into_iter();
    rules
        .filter(|(id, _)| blocks(id))
        .map(|(id, findings)| {
            let groups = Why::groups(&findings, rule(image, id), gate).into_iter();
            let parts = groups.map(|(why, findings)| why.counted(findings.len()));
            let line = format!("{id}: {}", parts.collect::<Vec<_>>().join(", "));
            (line, findings.len())
        })
        .collect()
}

/// What the baseline has: how many of which rules, and whose.
fn known(page: &mut Page, image: &ImageReport, gate: &GateReport, all: bool) {
    let of = |side: Side| {
        let findings = gate.known.iter();
        findings.filter(|known| known.finding.side == side).count()
    };
    let sides: Vec<String> = [
        (of(Side::Base), "from the base"),
        (of(Side::Added), "yours"),
    ]
    .iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, whose)| format!("{number} {whose}"))
    .collect();
    let rules = by_rule(&gate.known).into_iter();
    let rules: Vec<String> = rules
        .map(|(id, findings)| match findings.len() {
            1 => id.to_owned(),
            number => format!("{id} {number} times"),
        })
        .collect();
    let mut parts = vec![rules.join(", ")];
    if !sides.is_empty() {
        parts.push(sides.join(", "));
    }
    if !all {
        parts.push("--all shows them".to_owned());
    }
    if !gate.known.is_empty() {
        kind(
            page,
            &format!("{} known", gate.known.len()),
            &parts.join("; "),
        );
    }
    for missed in &gate.thresholds_known {
        kind(page, "known", &threshold(missed, image));
    }
}

/// What is waived: the rule, what it is about, and until when.
fn waived_findings(page: &mut Page, gate: &GateReport) {
    let findings = gate.waived.iter().filter_map(|found| {
        let waiver = found.finding.waiver.as_ref()?;
        let subject = found.finding.subject.as_str();
        let subject = subject.strip_prefix("path:").unwrap_or(subject);
        Some(format!(
            "{} {subject}, {}",
            found.rule,
            waived::until(waiver)
        ))
    });
    let unknown = gate.unknown_waived.iter();
    let unknown =
        unknown.map(|one| format!("{} is not known, {}", one.rule, waived::until(&one.waiver)));
    let mut lines: Vec<String> = findings.chain(unknown).collect();
    let label = format!("{} waived", lines.len());
    let left = lines.len().saturating_sub(SHOWN_WAIVED);
    if left > 0 {
        lines.truncate(SHOWN_WAIVED);
        lines.push(format!("and {left} more, listed in -f json"));
    }
    for (position, line) in lines.iter().enumerate() {
        let label = if position == 0 { label.as_str() } else { "" };
        kind(page, label, line);
    }
}

/// Each finding that does not block, with what to do about it.
fn in_full(page: &mut Page, image: &ImageReport, gate: &GateReport) {
    for (title, list) in [("known", &gate.known), ("waived", &gate.waived)] {
        if !list.is_empty() {
            page.heading(2, title);
        }
        for (id, findings) in by_rule(list) {
            one_rule(page, "", id, &findings, image);
        }
    }
    if !gate.not_blocking.is_empty() {
        page.heading(2, "why the rest does not block");
    }
    for (id, found) in by_rule(&gate.not_blocking) {
        rule_head(page, "", id, severity(&found));
        for (why, found) in Why::groups(&found, rule(image, id), gate) {
            page.paragraph(REASON, Tone::Dim, &format!("{}:", why.reason()));
            findings::with_subjects(page, REASON, &found, &image.layers);
        }
        fix(page, id, image);
    }
}

/// Whether the rule is told elsewhere: it blocks, or all that would is known or waived.
fn is_told(rule: &RuleReport, gate: &GateReport) -> bool {
    let names = |list: &[NamedFinding]| list.iter().any(|found| found.rule == rule.id);
    let mut waived = gate.unknown_waived.iter();
    names(&gate.blocking)
        || ((names(&gate.known) || names(&gate.waived)) && !names(&gate.not_blocking))
        || gate.unknown_required.contains(&rule.id)
        || waived.any(|one| one.rule == rule.id)
}

/// A line of what does not block.
fn kind(page: &mut Page, label: &str, text: &str) {
    page.labelled(REASON, (Tone::Plain, label), KIND, (Tone::Plain, text));
}

/// Places that could not be read, each once.
fn gaps(page: &mut Page, image: &ImageReport) {
    let mut places: Vec<String> = Vec::new();
    for gap in &image.gaps {
        let place = match (&gap.path, gap.layer) {
            (Some(path), _) => shell_word(path),
            (None, Some(layer)) => format!("layer {layer}"),
            (None, None) => worded(gap.topic.name()),
        };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let label = format!("{} not read", places.len());
    let left = places.len().saturating_sub(SHOWN_PLACES);
    places.truncate(SHOWN_PLACES);
    let mut text = places.join(", ");
    if left > 0 {
        text = format!("{text} and {left} more");
    }
    if !text.is_empty() {
        kind(page, &label, &text);
    }
}
