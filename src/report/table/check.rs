//! May this image ship: the answer first, then the reasons with their fixes.

use super::findings;
use super::scan::{not_judged, not_read};
use super::unknown::Unknown;
use super::words::{
    base, count, exact, identity, platform, severity_tone, shell_word, short_digest, worded, worst,
};
use crate::policy::verdict::{Outcome, Severity};
use crate::report::document::{FindingReport, GateReport, ImageReport, Report, RuleReport};
use crate::report::text::{Page, Style, Tone, shorten, width};

/// Column where the reasons are indented to.
const REASON: usize = 5;

/// Columns of a count and its word under "not blocking".
const KIND: usize = 13;

/// Places shown that could not be read.
const SHOWN_PLACES: usize = 3;

/// The decision on every image of a report.
pub fn check(report: &Report, style: Style) -> String {
    let mut page = Page::new(style);
    for image in &report.images {
        if let Some(gate) = &image.gate {
            one_image(&mut page, report, image, gate);
        }
    }
    not_read(&mut page, report);
    not_judged(&mut page, report);
    page.finish()
}

fn one_image(page: &mut Page, report: &Report, image: &ImageReport, gate: &GateReport) {
    verdict(page, report, image, gate);
    page.blank();
    if gate.blocked {
        reasons(page, image, gate);
    }
    not_blocking(page, image, gate);
    if gate.blocked {
        reproduce(page, report, image);
    }
    let line = exit_line(report, gate);
    page.paragraph(2, Tone::Dim, &line);
    page.blank();
}

fn verdict(page: &mut Page, report: &Report, image: &ImageReport, gate: &GateReport) {
    let (tone, word) = if gate.blocked {
        (Tone::Bad, "BLOCKED")
    } else {
        (Tone::Good, "PASSED")
    };
    let digest = identity(image, 12)
        .map(|(label, digits)| format!("  {label}{digits}"))
        .unwrap_or_default();
    let line = format!("{}  {}{digest}", image.reference, platform(&image.platform));
    page.labelled(0, (tone, word), 9, (Tone::Strong, &line));
    let line = format!("profile {}; base {}", report.run.profile.name, base(image));
    page.paragraph(9, Tone::Dim, &line);
}

fn reasons(page: &mut Page, image: &ImageReport, gate: &GateReport) {
    page.paragraph(2, Tone::Plain, &headline(gate));
    page.blank();
    for (position, (id, findings)) in by_rule(gate).into_iter().enumerate() {
        one_reason(page, position.saturating_add(1), id, &findings, image);
    }
    for id in &gate.unknown_required {
        page.labelled(2, (Tone::Bad, "?"), 3, (Tone::Strong, id));
        page.paragraph(REASON, Tone::Plain, &unknown_reason(image, id));
        page.blank();
    }
    for missed in &gate.thresholds_missed {
        let score = missed.score.map_or_else(|| "no score".to_owned(), exact);
        let text = format!(
            "{} is at {score}; the profile asks for {}",
            missed.axis.name(),
            exact(missed.minimum)
        );
        page.labelled(2, (Tone::Bad, "<"), 3, (Tone::Plain, &text));
        page.blank();
    }
}

/// `2 findings of high severity or more block.`
fn headline(gate: &GateReport) -> String {
    let mut parts = Vec::new();
    if !gate.blocking.is_empty() {
        parts.push(format!(
            "{} of severity {} or more",
            count(gate.blocking.len(), "finding"),
            gate.fail_on.name()
        ));
    }
    if !gate.unknown_required.is_empty() {
        parts.push(format!(
            "{} of required evidence not known",
            count(gate.unknown_required.len(), "rule")
        ));
    }
    if !gate.thresholds_missed.is_empty() {
        parts.push(format!(
            "{} missed",
            count(gate.thresholds_missed.len(), "threshold")
        ));
    }
    format!("Blocks: {}.", parts.join("; "))
}

/// Blocking findings by rule, in the order in which the rules come up.
fn by_rule(gate: &GateReport) -> Vec<(&str, Vec<&FindingReport>)> {
    let mut groups: Vec<(&str, Vec<&FindingReport>)> = Vec::new();
    for blocking in &gate.blocking {
        match groups.iter_mut().find(|(id, _)| *id == blocking.rule) {
            Some((_, findings)) => findings.push(&blocking.finding),
            None => groups.push((&blocking.rule, vec![&blocking.finding])),
        }
    }
    groups
}

fn one_reason(
    page: &mut Page,
    number: usize,
    id: &str,
    findings: &[&FindingReport],
    image: &ImageReport,
) {
    let severity = findings.iter().map(|finding| finding.severity).max();
    let severity = severity.unwrap_or(gate_least(image));
    page.line(&[
        (Tone::Plain, &format!("  {number:<3}")),
        (severity_tone(severity), &format!("{:<10}", severity.name())),
        (Tone::Strong, &shorten(id, page.width().saturating_sub(15))),
    ]);
    findings::findings(page, REASON, findings, &image.layers);
    if let Some(rule) = rule(image, id) {
        findings::fix(page, REASON, &rule.remediation);
    }
    page.blank();
}

fn gate_least(image: &ImageReport) -> Severity {
    image
        .gate
        .as_ref()
        .map_or(Severity::High, |gate| gate.fail_on)
}

fn rule<'a>(image: &'a ImageReport, id: &str) -> Option<&'a RuleReport> {
    image.scorecard.rules.iter().find(|rule| rule.id == id)
}

fn unknown_reason(image: &ImageReport, id: &str) -> String {
    rule(image, id)
        .and_then(|rule| rule.reason.as_deref())
        .map_or_else(
            || "the profile requires this evidence, and it is not known".to_owned(),
            worded,
        )
}

/// What was found and does not block: rules that failed or warned, unknown ones with their
/// reasons, and what could not be read.
fn not_blocking(page: &mut Page, image: &ImageReport, gate: &GateReport) {
    let rules: Vec<&RuleReport> = image
        .scorecard
        .rules
        .iter()
        .filter(|rule| !is_blocking(rule, gate))
        .collect();
    let of = |outcome: Outcome| rules.iter().filter(move |rule| rule.outcome == outcome);
    let unknown = Unknown::groups(of(Outcome::Unknown).copied(), image);
    let named = [("failed", Outcome::Fail), ("warned", Outcome::Warn)].map(|(word, outcome)| {
        let name = |rule: &&RuleReport| format!("{} ({})", rule.id, worst(rule).name());
        (word, of(outcome).map(name).collect::<Vec<_>>())
    });
    let has_named = named.iter().any(|(_, ids)| !ids.is_empty());
    if !has_named && unknown.is_empty() && image.gaps.is_empty() {
        return;
    }
    page.heading(2, "not blocking");
    for (word, ids) in named {
        if !ids.is_empty() {
            kind(page, &format!("{} {word}", ids.len()), &ids.join(", "));
        }
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
    gaps(page, image);
    page.blank();
}

fn is_blocking(rule: &RuleReport, gate: &GateReport) -> bool {
    let mut blocking = gate.blocking.iter();
    blocking.any(|found| found.rule == rule.id) || gate.unknown_required.contains(&rule.id)
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

/// The command that gives the same answer: this image alone, at this time. Broken as a shell
/// allows it, so that it can be copied.
fn reproduce(page: &mut Page, report: &Report, image: &ImageReport) {
    const LABEL: &str = "  to reproduce   ";
    let room = page.width().saturating_sub(LABEL.len()).saturating_sub(2);
    let mut line = String::from("freehold");
    let mut head = LABEL.to_owned();
    for word in command(report, image) {
        let joined = width(&line).saturating_add(1).saturating_add(width(&word));
        if joined > room {
            page.line(&[
                (Tone::Dim, &head),
                (Tone::Plain, &line),
                (Tone::Plain, " \\"),
            ]);
            head = " ".repeat(LABEL.len().saturating_add(2));
            line = word;
        } else {
            line = format!("{line} {word}");
        }
    }
    page.line(&[(Tone::Dim, &head), (Tone::Plain, &line)]);
}

/// The words of that command after the program's name.
fn command(report: &Report, image: &ImageReport) -> Vec<String> {
    let run = &report.run;
    let read = report.images.iter().map(|other| &other.reference);
    let mut others: Vec<&String> = read
        .chain(report.not_read.iter().map(|other| &other.reference))
        .collect();
    others.retain(|other| **other != image.reference);
    let kept = run
        .arguments
        .iter()
        .filter(|argument| !others.contains(argument));
    let word = |argument: &String| match *argument == image.reference {
        true => shell_word(&pinned(image)),
        false => shell_word(&pinned_pack(argument, report)),
    };
    let mut words: Vec<String> = kept.map(word).collect();
    if !run
        .arguments
        .iter()
        .any(|argument| argument.starts_with("--effective-time"))
    {
        words.push(format!("--effective-time={}", run.judged_at));
    }
    words
}

/// The reference of an image in a registry with its digest instead of its tag, which may move; any
/// other as given.
fn pinned(image: &ImageReport) -> String {
    let reference = &image.reference;
    match &image.digest {
        Some(digest) if image.source == "registry" => with_digest(reference, digest),
        _ => reference.clone(),
    }
}

/// An argument that names rules in a registry with their digest instead of their tag; any other as
/// given.
fn pinned_pack(argument: &str, report: &Report) -> String {
    let fetched = report.run.pack.sources.iter().find_map(|source| {
        let flag = argument.strip_suffix(source.name.as_str())?;
        let is_flag = ["", "-p", "--policy="].contains(&flag);
        (source.kind == "oci" && is_flag).then_some((flag, source))
    });
    match fetched {
        Some((flag, source)) => flag.to_owned() + &with_digest(&source.name, &source.digest),
        None => argument.to_owned(),
    }
}

/// A name in a registry with a digest instead of its tag; one that has a digest as it is.
fn with_digest(name: &str, digest: &str) -> String {
    if name.contains('@') {
        return name.to_owned();
    }
    let start = name.rfind('/').map_or(0, |slash| slash.saturating_add(1));
    let tag = name.get(start..).and_then(|last| last.rfind(':'));
    let end = tag.map_or(name.len(), |colon| start.saturating_add(colon));
    format!("{}@{digest}", name.get(..end).unwrap_or(name))
}

/// What this image alone would end the run with; an image that could not be read ends it with 2.
fn exit_line(report: &Report, gate: &GateReport) -> String {
    let run = &report.run;
    let status = if report.not_read.is_empty() {
        u8::from(gate.blocked)
    } else {
        2
    };
    let day: String = run.judged_at.chars().take(10).collect();
    format!(
        "exit {status}   pack sha256:{}   as of {day}",
        short_digest(&run.pack.digest, 12),
    )
}
