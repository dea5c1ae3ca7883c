//! May this image ship: the answer first, then the reasons with their fixes.

mod not_blocking;
mod reproduce;
mod why;

use super::findings;
use super::scan::{not_judged, not_read};
use super::waived;
use super::words::{base, count, identity, platform, severity_tone, short_digest, worded};
use crate::policy::verdict::Severity;
use crate::report::document::{
    FindingReport, GateReport, ImageReport, NamedFinding, Report, RuleReport,
};
use crate::report::standing::{self, threshold};
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
    closing(&mut page, report);
    page.finish()
}

/// What became of several images, last: a log is read from its end.
fn closing(page: &mut Page, report: &Report) {
    let Some(sentence) = standing::sentence(report, str::to_owned) else {
        return;
    };
    let status = standing::exit_status(report);
    let tone = if status == 0 { Tone::Good } else { Tone::Bad };
    page.blank();
    page.paragraph(0, tone, &format!("{sentence}."));
    page.paragraph(0, Tone::Dim, &exit_line(report));
}

fn one_image(page: &mut Page, report: &Report, judged: (&ImageReport, &GateReport), all: bool) {
    let (image, gate) = judged;
    verdict(page, report, image, gate);
    page.blank();
    page.paragraph(2, Tone::Plain, &headline(report, gate));
    page.blank();
    if gate.blocked {
        reasons(page, report, image, gate);
    }
    not_blocking(page, image, gate, all);
    if gate.blocked {
        reproduce(page, report, image);
    }
    let is_alone = standing::sentence(report, str::to_owned).is_none();
    if is_alone {
        page.paragraph(2, Tone::Dim, &exit_line(report));
    }
    if is_alone || gate.blocked {
        page.blank();
    }
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
    if let Some((file, earlier)) = standing::other_baseline(report, image) {
        let line = format!("baseline {file}, of {earlier}");
        page.paragraph(room, Tone::Dim, &line);
    }
    if gate.advised {
        page.paragraph(room, Tone::Dim, "advice only (--advise)");
    }
}

fn reasons(page: &mut Page, report: &Report, image: &ImageReport, gate: &GateReport) {
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
        let text = threshold(missed, image);
        page.labelled(2, (Tone::Bad, "<"), 3, (Tone::Plain, &text));
        reproduce::explain(page, report, image, missed.axis);
        page.blank();
    }
}

/// `4 findings of 2 rules block. 3 older ones do not (baseline main.json). 1 is waived.`
fn headline(report: &Report, gate: &GateReport) -> String {
    let plural = |number: usize| number != 1;
    let mut parts = Vec::new();
    let blocking = gate.blocking.len();
    if blocking > 0 {
        let verb = if plural(blocking) { "block" } else { "blocks" };
        let rules = by_rule(&gate.blocking).len();
        let of = match rules == blocking {
            true => String::new(),
            false => format!(" of {}", count(rules, "rule")),
        };
        parts.push(format!("{}{of} {verb}.", count(blocking, "finding")));
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
    parts.extend(waived_parts(gate));
    parts.join(" ")
}

/// `2 findings are waived.`, `1 rule without an answer is waived.`
fn waived_parts(gate: &GateReport) -> Vec<String> {
    let part = |number: usize, one: &str, many: &str| match number {
        0 => None,
        1 => Some(format!("1 {one} is waived.")),
        number => Some(format!("{number} {many} are waived.")),
    };
    let unanswered = gate.unknown_waived.len();
    [
        part(gate.waived.len(), "finding", "findings"),
        part(
            unanswered,
            "rule without an answer",
            "rules without an answer",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
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
    rule_head(page, label, id, severity(findings));
    findings::with_subjects(page, REASON, findings, &image.layers);
    fix(page, id, image);
}

fn severity(findings: &[&FindingReport]) -> Severity {
    let severities = findings.iter().map(|finding| finding.severity);
    severities.max().unwrap_or(Severity::High)
}

fn rule_head(page: &mut Page, label: &str, id: &str, severity: Severity) {
    page.line(&[
        (Tone::Plain, &format!("  {label:<3}")),
        (severity_tone(severity), &format!("{:<10}", severity.name())),
        (Tone::Strong, &shorten(id, page.width().saturating_sub(15))),
    ]);
}

fn fix(page: &mut Page, id: &str, image: &ImageReport) {
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

/// What the run ends with, and what it rests on.
fn exit_line(report: &Report) -> String {
    let run = &report.run;
    let status = standing::exit_status(report);
    let day: String = run.judged_at.chars().take(10).collect();
    format!(
        "exit {status}   pack sha256:{}   as of {day}",
        short_digest(&run.pack.digest, 12),
    )
}
