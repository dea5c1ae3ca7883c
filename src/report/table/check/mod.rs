//! May this image ship: the answer first, then the reasons with their fixes.

mod not_blocking;
mod reproduce;

use super::findings;
use super::scan::{not_judged, not_read};
use super::waived;
use super::words::{base, count, identity, platform, severity_tone, short_digest, worded};
use crate::policy::verdict::Severity;
use crate::report::document::{
    FindingReport, GateReport, ImageReport, NamedFinding, Report, RuleReport,
};
use crate::report::standing::{status_of, threshold};
use crate::report::text::{Page, Style, Tone, shorten, width};
use not_blocking::not_blocking;
use reproduce::reproduce;

/// Column where the reasons are indented to.
const REASON: usize = 5;

/// The decision on every image of a report; with `all`, also what does not block in full.
pub fn check(report: &Report, style: Style, all: bool) -> String {
    let mut page = Page::new(style);
    for image in &report.images {
        if let Some(gate) = &image.gate {
            one_image(&mut page, report, (image, gate), all);
        }
    }
    not_read(&mut page, report);
    waived::unused(&mut page, report);
    not_judged(&mut page, report);
    page.finish()
}

fn one_image(page: &mut Page, report: &Report, judged: (&ImageReport, &GateReport), all: bool) {
    let (image, gate) = judged;
    verdict(page, report, image, gate);
    page.blank();
    page.paragraph(2, Tone::Plain, &headline(report, gate));
    page.blank();
    if gate.blocked {
        reasons(page, image, gate);
    }
    not_blocking(page, image, gate, all);
    if gate.blocked {
        reproduce(page, report, image);
    }
    let line = exit_line(report, image);
    page.paragraph(2, Tone::Dim, &line);
    page.blank();
}

fn verdict(page: &mut Page, report: &Report, image: &ImageReport, gate: &GateReport) {
    let (tone, word) = match (gate.blocked, gate.advised) {
        (true, false) => (Tone::Bad, "BLOCKED"),
        (true, true) => (Tone::Caution, "WOULD BLOCK"),
        (false, _) => (Tone::Good, "PASSED"),
    };
    let digest = identity(image, 12)
        .map(|(label, digits)| format!("  {label}{digits}"))
        .unwrap_or_default();
    let line = format!("{}  {}{digest}", image.reference, platform(&image.platform));
    let room = width(word).saturating_add(2).max(9);
    page.labelled(0, (tone, word), room, (Tone::Strong, &line));
    let line = format!(
        "profile {}, fails on {}; base {}",
        report.run.profile.name,
        gate.fail_on.name(),
        base(image)
    );
    page.paragraph(room, Tone::Dim, &line);
    if gate.advised {
        page.paragraph(room, Tone::Dim, "advice only (--advise)");
    }
}

fn reasons(page: &mut Page, image: &ImageReport, gate: &GateReport) {
    for (position, (id, findings)) in by_rule(&gate.blocking).into_iter().enumerate() {
        let number = position.saturating_add(1).to_string();
        one_rule(page, &number, id, &findings, image);
    }
    for id in &gate.unknown_required {
        page.labelled(2, (Tone::Bad, "?"), 3, (Tone::Strong, id));
        page.paragraph(REASON, Tone::Plain, &unknown_reason(image, id));
        page.blank();
    }
    for missed in &gate.thresholds_missed {
        page.labelled(2, (Tone::Bad, "<"), 3, (Tone::Plain, &threshold(missed)));
        page.blank();
    }
}

/// `2 findings block. 3 older ones do not (baseline main.json). 1 is waived.`
fn headline(report: &Report, gate: &GateReport) -> String {
    let plural = |number: usize| number != 1;
    let mut parts = Vec::new();
    let blocking = gate.blocking.len();
    if blocking > 0 {
        let verb = if plural(blocking) { "block" } else { "blocks" };
        parts.push(format!("{} {verb}.", count(blocking, "finding")));
    }
    if !gate.lapsed.is_empty() {
        let verb = if plural(gate.lapsed.len()) {
            "have"
        } else {
            "has"
        };
        parts.push(format!(
            "{} {verb} lapsed.",
            count(gate.lapsed.len(), "waiver")
        ));
    }
    let unknown = gate.unknown_required.len();
    if unknown > 0 {
        let rules = count(unknown, "required rule");
        let verb = if plural(unknown) { "have" } else { "has" };
        parts.push(format!("{rules} {verb} no answer."));
    }
    let missed = gate.thresholds_missed.len();
    if missed > 0 {
        let verb = if plural(missed) { "are" } else { "is" };
        parts.push(format!("{} {verb} missed.", count(missed, "threshold")));
    }
    if parts.is_empty() {
        let new = if report.run.baseline.is_some() {
            "new "
        } else {
            ""
        };
        parts.push(format!("Nothing {new}blocks."));
    }
    let known = gate.known.len();
    if let (1.., Some(baseline)) = (known, &report.run.baseline) {
        let verb = if plural(known) { "ones do" } else { "one does" };
        parts.push(format!(
            "{known} older {verb} not (baseline {}).",
            baseline.file
        ));
    }
    let waived = gate.waived.len().saturating_add(gate.unknown_waived.len());
    if waived > 0 {
        let verb = if plural(waived) { "are" } else { "is" };
        parts.push(format!("{waived} {verb} waived."));
    }
    parts.join(" ")
}

/// Findings by rule, in the order in which the rules come up.
fn by_rule(found: &[NamedFinding]) -> Vec<(&str, Vec<&FindingReport>)> {
    let mut groups: Vec<(&str, Vec<&FindingReport>)> = Vec::new();
    for one in found {
        match groups.iter_mut().find(|(id, _)| *id == one.rule) {
            Some((_, findings)) => findings.push(&one.finding),
            None => groups.push((&one.rule, vec![&one.finding])),
        }
    }
    groups
}

/// What one rule found, with what to do about it.
fn one_rule(
    page: &mut Page,
    label: &str,
    id: &str,
    findings: &[&FindingReport],
    image: &ImageReport,
) {
    let severity = findings.iter().map(|finding| finding.severity).max();
    let severity = severity.unwrap_or(Severity::High);
    page.line(&[
        (Tone::Plain, &format!("  {label:<3}")),
        (severity_tone(severity), &format!("{:<10}", severity.name())),
        (Tone::Strong, &shorten(id, page.width().saturating_sub(15))),
    ]);
    findings::findings(page, REASON, findings, &image.layers);
    if let Some(rule) = rule(image, id) {
        findings::fix(page, REASON, &rule.remediation);
    }
    page.blank();
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

fn exit_line(report: &Report, image: &ImageReport) -> String {
    let run = &report.run;
    let day: String = run.judged_at.chars().take(10).collect();
    format!(
        "exit {}   pack sha256:{}   as of {day}",
        status_of(report, image),
        short_digest(&run.pack.digest, 12),
    )
}
