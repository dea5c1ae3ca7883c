//! May this image ship: the answer first, then the reasons with their fixes.

use super::evidence;
use super::words::{
    axis_name, count, flow, platform, severity_name, severity_tone, shell_word, short_digest,
    side_name, worst,
};
use crate::policy::verdict::Outcome;
use crate::report::document::{GateReport, ImageReport, NamedFinding, Report, RuleReport, Run};
use crate::report::text::{Page, Style, Tone, width};

/// Blocking findings shown.
const SHOWN_BLOCKING: usize = 20;

/// Column where the reasons are indented to.
const REASON: usize = 5;

/// The decision on every image of a report.
pub fn check(report: &Report, style: Style) -> String {
    let mut page = Page::new(style);
    for image in &report.images {
        if let Some(gate) = &image.gate {
            one_image(&mut page, report, image, gate);
        }
    }
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
        page.labelled(
            2,
            (Tone::Dim, "to reproduce"),
            15,
            (Tone::Plain, &reproduce(report, image)),
        );
    }
    let line = exit_line(&report.run, gate);
    page.paragraph(2, Tone::Dim, &line);
    page.blank();
}

fn verdict(page: &mut Page, report: &Report, image: &ImageReport, gate: &GateReport) {
    let (tone, word) = if gate.blocked {
        (Tone::Bad, "BLOCKED")
    } else {
        (Tone::Good, "PASSED")
    };
    let digest = image
        .digest
        .as_deref()
        .map(|digest| format!("  sha256:{}", short_digest(digest, 12)))
        .unwrap_or_default();
    let line = format!("{}  {}{digest}", image.reference, platform(&image.platform));
    page.labelled(0, (tone, word), 9, (Tone::Strong, &line));
    let base = match image.summary.base.layers {
        Some(layers) => format!(
            "base: layers 1 to {layers}, {}",
            flow(&image.summary.base.basis)
        ),
        None => "base: not known".to_owned(),
    };
    let line = format!("{base}; profile {}", report.run.profile.name);
    page.paragraph(9, Tone::Dim, &line);
}

fn reasons(page: &mut Page, image: &ImageReport, gate: &GateReport) {
    page.paragraph(2, Tone::Plain, &headline(gate));
    page.blank();
    for (position, blocking) in gate.blocking.iter().take(SHOWN_BLOCKING).enumerate() {
        one_reason(page, position.saturating_add(1), blocking, image);
    }
    let left = gate.blocking.len().saturating_sub(SHOWN_BLOCKING);
    if left > 0 {
        page.paragraph(
            REASON,
            Tone::Dim,
            &format!("and {left} more, all of them in -f json"),
        );
        page.blank();
    }
    for id in &gate.unknown_required {
        page.labelled(2, (Tone::Bad, "?"), 3, (Tone::Strong, id));
        page.paragraph(REASON, Tone::Plain, &unknown_reason(image, id));
        page.blank();
    }
    for missed in &gate.thresholds_missed {
        let score = missed
            .score
            .map_or_else(|| "no score".to_owned(), |score| format!("{score:.1}"));
        let text = format!(
            "{} is at {score}; the profile asks for {:.0}",
            axis_name(missed.axis),
            missed.minimum
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
            severity_name(gate.fail_on)
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

fn one_reason(page: &mut Page, number: usize, blocking: &NamedFinding, image: &ImageReport) {
    let finding = &blocking.finding;
    let side = side_name(finding.side).unwrap_or_default();
    let used = 15_usize
        .saturating_add(width(&blocking.rule))
        .saturating_add(width(side));
    let gap = page.width().saturating_sub(used).max(2);
    page.line(&[
        (Tone::Plain, &format!("  {number:<3}")),
        (
            severity_tone(finding.severity),
            &format!("{:<10}", severity_name(finding.severity)),
        ),
        (Tone::Strong, &blocking.rule),
        (Tone::Plain, &" ".repeat(gap)),
        (Tone::Dim, side),
    ]);
    evidence::finding(page, REASON, finding, &image.layers);
    if let Some(rule) = rule(image, &blocking.rule) {
        page.labelled(
            REASON,
            (Tone::Good, "fix"),
            5,
            (Tone::Plain, &flow(&rule.remediation)),
        );
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
            flow,
        )
}

/// What was found and does not block, one line each kind.
fn not_blocking(page: &mut Page, image: &ImageReport, gate: &GateReport) {
    let is_blocking = |rule: &RuleReport| {
        gate.blocking
            .iter()
            .any(|blocking| blocking.rule == rule.id)
            || gate.unknown_required.contains(&rule.id)
    };
    let ids = |outcome: Outcome| -> Vec<String> {
        image
            .scorecard
            .rules
            .iter()
            .filter(|rule| rule.outcome == outcome && !is_blocking(rule))
            .map(|rule| match outcome {
                Outcome::Unknown => rule.id.clone(),
                _ => format!("{} ({})", rule.id, severity_name(worst(rule))),
            })
            .collect()
    };
    let kinds = [
        ("failed", ids(Outcome::Fail)),
        ("warned", ids(Outcome::Warn)),
        ("unknown", ids(Outcome::Unknown)),
    ];
    if kinds.iter().all(|(_, ids)| ids.is_empty()) && image.gaps.is_empty() {
        return;
    }
    page.heading(2, "not blocking");
    for (word, ids) in kinds {
        if !ids.is_empty() {
            let label = format!("{} {word}", ids.len());
            page.labelled(
                REASON,
                (Tone::Plain, &label),
                12,
                (Tone::Plain, &ids.join(", ")),
            );
        }
    }
    if !image.gaps.is_empty() {
        let label = format!("{} not read", image.gaps.len());
        let places: Vec<&str> = image
            .gaps
            .iter()
            .take(3)
            .filter_map(|gap| gap.path.as_deref())
            .collect();
        page.labelled(
            REASON,
            (Tone::Plain, &label),
            12,
            (Tone::Plain, &places.join(", ")),
        );
    }
    page.blank();
}

/// The command that gives the same answer: this image alone, at this time.
fn reproduce(report: &Report, image: &ImageReport) -> String {
    let others = |argument: &String| {
        *argument != image.reference
            && (report
                .images
                .iter()
                .any(|other| other.reference == *argument)
                || report
                    .not_read
                    .iter()
                    .any(|other| other.reference == *argument))
    };
    let mut words = vec!["freehold".to_owned()];
    words.extend(
        report
            .run
            .arguments
            .iter()
            .filter(|argument| !others(argument))
            .map(|word| shell_word(word)),
    );
    if !report
        .run
        .arguments
        .iter()
        .any(|argument| argument.starts_with("--effective-time"))
    {
        words.push(format!("--effective-time {}", report.run.judged_at));
    }
    words.join(" ")
}

fn exit_line(run: &Run, gate: &GateReport) -> String {
    let day: String = run.judged_at.chars().take(10).collect();
    format!(
        "exit {}   pack sha256:{}   as of {day}",
        u8::from(gate.blocked),
        short_digest(&run.pack.digest, 12),
    )
}
