//! The decision of `check` and the exceptions it knows, put into the report document.

use std::collections::BTreeSet;

use super::assemble::{Judged, finding};
use super::document::{
    GateReport, MissedThreshold, NamedFinding, WaivedUnknown, WaiverReport, WaiversReport,
};
use crate::policy::verdict::{Outcome, Verdict};
use crate::policy::waivers::{Waiver, Waivers};
use crate::scorecard::gate::{self, Gate, GateFinding, UnknownRule};
use crate::scorecard::marks::Marks;

/// The waivers of a run on these images, by what became of them.
pub fn waivers(waivers: &Waivers, images: &[Judged<'_>]) -> WaiversReport {
    let used: BTreeSet<&Waiver> = images.iter().flat_map(used).collect();
    let mut report = WaiversReport {
        files: waivers.files.clone(),
        ..WaiversReport::default()
    };
    for found in waivers.all() {
        let list = if used.contains(&**found) {
            &mut report.used
        } else if images.iter().any(|judged| concerns(judged, found)) {
            &mut report.unused
        } else {
            &mut report.elsewhere
        };
        list.push(waiver(found));
    }
    report
}

/// Waivers that are for something in this image.
fn used<'a>(judged: &'a Judged<'_>) -> impl Iterator<Item = &'a Waiver> {
    let marks = judged.marks;
    let of = move |verdict: &'a Verdict| {
        let rule = &verdict.rule;
        let findings = verdict.findings.iter();
        let found = findings.flat_map(move |finding| marks.waivers.for_finding(rule, finding));
        let is_unknown = verdict.outcome == Outcome::Unknown;
        let unknown = is_unknown.then(|| marks.waivers.for_unknown(rule));
        found.chain(unknown.into_iter().flatten())
    };
    let verdicts = judged.scorecard.verdicts.iter();
    verdicts.flat_map(of).map(|waiver| &**waiver)
}

/// Whether a waiver is for this image, and a rule it names was asked.
fn concerns(judged: &Judged<'_>, waiver: &Waiver) -> bool {
    let mut mine = judged.marks.waivers.all().iter();
    let mut verdicts = judged.scorecard.verdicts.iter();
    mine.any(|found| **found == *waiver) && verdicts.any(|verdict| waiver.names(&verdict.rule))
}

/// One waiver as it is reported.
pub(super) fn waiver(waiver: &Waiver) -> WaiverReport {
    WaiverReport {
        rule: waiver.rule.clone(),
        image: waiver.image.clone(),
        subject: waiver.subject.clone(),
        reason: waiver.reason.clone(),
        ticket: waiver.ticket.clone(),
        approver: waiver.approver.clone(),
        expires: waiver.expires.clone(),
        state: waiver.state,
        place: waiver.place.clone(),
    }
}

/// The decision. `advised` says that it is advice only.
pub(super) fn gate(gate: &Gate, marks: &Marks<'_>, advised: bool) -> GateReport {
    let findings = |list: &[GateFinding]| list.iter().map(named).collect();
    let ids = |list: &[UnknownRule]| list.iter().map(|found| found.rule.id.clone()).collect();
    let excused = gate.unknown_waived.iter();
    GateReport {
        blocked: gate.blocked,
        advised,
        fail_on: gate.fail_on,
        blocking: findings(&gate.blocking),
        not_blocking: findings(&gate.not_blocking),
        known: findings(&gate.known),
        waived: findings(&gate.waived),
        lapsed: gate.lapsed.iter().map(|lapsed| waiver(lapsed)).collect(),
        unknown_required: ids(&gate.unknown_required),
        unknown_waived: excused
            .map(|(unknown, excuse)| WaivedUnknown {
                rule: unknown.rule.id.clone(),
                waiver: waiver(excuse),
            })
            .collect(),
        unknown_other: ids(&gate.unknown_other),
        thresholds_missed: gate.thresholds_missed.iter().map(missed).collect(),
        thresholds_known: gate.thresholds_known.iter().map(missed).collect(),
        compared_with: marks.baseline.map(|earlier| earlier.reference.clone()),
    }
}

fn named(found: &GateFinding) -> NamedFinding {
    NamedFinding {
        rule: found.rule.id.clone(),
        finding: finding(&found.finding, &found.mark),
    }
}

fn missed(missed: &gate::MissedThreshold) -> MissedThreshold {
    MissedThreshold {
        axis: missed.axis,
        minimum: missed.wanted,
        score: missed.got,
        baseline: missed.earlier,
    }
}
