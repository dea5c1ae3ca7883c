//! Exceptions in words.

use super::words::flow;
use crate::report::document::{Report, WaiverReport, WaiverState};
use crate::report::text::{Page, Tone, shorten};

/// Waivers named of those nothing asked for.
const SHOWN_UNUSED: usize = 5;

/// Waivers named of those in use.
const SHOWN_USED: usize = 5;

/// Columns of a reason.
const REASON_WIDTH: usize = 120;

/// `until 2027-01-31, SEC-812`; of a lapsed one when that was.
pub(crate) fn until(waiver: &WaiverReport) -> String {
    let when = match waiver.state {
        WaiverState::Active => format!("until {}", waiver.expires),
        WaiverState::Lapsing => format!("until {}, which is soon", waiver.expires),
        WaiverState::Lapsed => format!("lapsed after {}", waiver.expires),
    };
    let ticket = waiver.ticket.as_deref().map(flow);
    [Some(when), ticket]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

/// The line below a finding that has a waiver.
pub(crate) fn mark(page: &mut Page, indent: usize, waiver: &WaiverReport) {
    let (tone, word) = match waiver.state {
        WaiverState::Active => (Tone::Dim, "waived"),
        WaiverState::Lapsing => (Tone::Caution, "waived"),
        WaiverState::Lapsed => (Tone::Bad, "waiver"),
    };
    let reason = shorten(&flow(&waiver.reason), REASON_WIDTH);
    let text = format!("{word} {} ({}): {reason}", until(waiver), waiver.place);
    page.paragraph(indent, tone, &text);
}

/// Names the waivers that nothing in these images asked for: they can go.
pub(crate) fn unused(page: &mut Page, report: &Report) {
    let unused = &report.run.waivers.unused;
    if unused.is_empty() {
        return;
    }
    let name = |waiver: &WaiverReport| {
        let subject = waiver
            .subject
            .as_deref()
            .map(|subject| format!(" on {subject}"));
        let lapsed = (waiver.state == WaiverState::Lapsed).then(|| ", lapsed".to_owned());
        let (subject, lapsed) = (subject.unwrap_or_default(), lapsed.unwrap_or_default());
        format!("{} ({}{subject}{lapsed})", waiver.place, waiver.rule)
    };
    let mut names: Vec<String> = unused.iter().take(SHOWN_UNUSED).map(name).collect();
    let left = unused.len().saturating_sub(SHOWN_UNUSED);
    if left > 0 {
        names.push(format!("and {left} more"));
    }
    let line = format!("Waivers that excuse nothing here: {}.", names.join(", "));
    page.paragraph(0, Tone::Caution, &line);
}

/// Names the waivers that are for something in these images, and those that are for nothing.
pub(crate) fn all(page: &mut Page, report: &Report) {
    let used = &report.run.waivers.used;
    for waiver in used.iter().take(SHOWN_USED) {
        let subject = waiver
            .subject
            .as_deref()
            .map(|subject| format!(" on {subject}"));
        let subject = subject.unwrap_or_default();
        let line = format!(
            "Waiver for check: {}{subject}, {}.",
            waiver.rule,
            until(waiver)
        );
        page.paragraph(0, Tone::Dim, &line);
    }
    let left = used.len().saturating_sub(SHOWN_USED);
    if left > 0 {
        let line = format!("And {left} more waivers, listed in -f json.");
        page.paragraph(0, Tone::Dim, &line);
    }
    unused(page, report);
}
