//! What became of each finding, for the formats that other programs read: whether it blocks, is
//! waived, was known before, or is told and no more. Read off the report, never decided here.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde_json::Value;

use super::document::{
    FindingReport, ImageReport, MissedThreshold, NamedFinding, Report, RuleReport, WaiverReport,
    WaiverState,
};
use super::table::waived::until;
use super::table::words::{exact, flow, side_name, worded};
use crate::policy::verdict::{Outcome, Severity};
use crate::scorecard::Axis;

/// Blocked images that are named.
const NAMED: usize = 10;

/// Rules named that cost the most points.
const COSTLIEST: usize = 3;

/// What became of a finding, from worst to least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// `check` blocks on it.
    Blocks,
    /// `check` would block on it and was asked for advice only.
    Advised,
    /// It is told.
    Told,
    /// The baseline has it.
    Known,
    /// Somebody has signed for it.
    Waived,
}

/// A finding with its rule.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noted<'a> {
    /// The rule.
    pub(super) rule: &'a RuleReport,
    /// The finding.
    pub(super) finding: &'a FindingReport,
    /// What became of it.
    pub(super) standing: Standing,
}

/// Why an image is blocked, or would be, other than by a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reason {
    /// The rule's id; `threshold.<axis>` and `waiver.<rule>` for what is no rule.
    pub(super) id: String,
    /// What is so if there is nothing to say.
    pub(super) title: String,
    /// What is not so, in a sentence.
    pub(super) text: String,
    /// What became of it: it blocks, is advice only, or the baseline has it.
    pub(super) standing: Standing,
}

/// Findings of the rules that are not satisfied, worst first: by what became of them, by severity,
/// then in the order of the report. Those under `least` are left out. Notes of a rule that passes
/// are no problem, and stay in the JSON report.
pub(super) fn findings(image: &ImageReport, least: Option<Severity>) -> Vec<Noted<'_>> {
    let blocking: BTreeSet<_> = image
        .gate
        .iter()
        .flat_map(|gate| gate.blocking.iter().map(key))
        .collect();
    let advised = image.gate.as_ref().is_some_and(|gate| gate.advised);
    let least = least.unwrap_or(Severity::Info);
    let unsatisfied = image.scorecard.rules.iter().filter(|rule| {
        matches!(
            rule.outcome,
            Outcome::Fail | Outcome::Warn | Outcome::Unknown
        )
    });
    let mut noted: Vec<Noted<'_>> = unsatisfied
        .flat_map(|rule| rule.findings.iter().map(move |finding| (rule, finding)))
        .filter(|(_, finding)| finding.severity >= least)
        .map(|(rule, finding)| {
            let identity = (
                rule.id.as_str(),
                finding.subject.as_str(),
                finding.msg.as_str(),
            );
            let standing = match blocking.contains(&identity) {
                true if advised => Standing::Advised,
                true => Standing::Blocks,
                false => aside(finding),
            };
            Noted {
                rule,
                finding,
                standing,
            }
        })
        .collect();
    noted.sort_by_key(|noted| (noted.standing, Reverse(noted.finding.severity)));
    noted
}

fn key(named: &NamedFinding) -> (&str, &str, &str) {
    let finding = &named.finding;
    (&named.rule, &finding.subject, &finding.msg)
}

/// What became of a finding that does not block.
fn aside(finding: &FindingReport) -> Standing {
    let waiver = finding.waiver.as_ref();
    if waiver.is_some_and(|waiver| waiver.state != WaiverState::Lapsed) {
        Standing::Waived
    } else if finding.known == Some(true) {
        Standing::Known
    } else {
        Standing::Told
    }
}

/// What else blocks an image, or would: required evidence that is unknown, missed thresholds, lapsed
/// waivers; thresholds the baseline misses too come last.
pub(super) fn reasons(image: &ImageReport) -> Vec<Reason> {
    let Some(gate) = &image.gate else {
        return Vec::new();
    };
    let standing = match gate.advised {
        true => Standing::Advised,
        false => Standing::Blocks,
    };
    let unknown = gate.unknown_required.iter().map(|id| {
        let rule = image.scorecard.rules.iter().find(|rule| rule.id == *id);
        let why = rule.and_then(|rule| rule.reason.as_deref()).map(worded);
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        let what = match rule.is_some_and(|rule| rule.at_fault) {
            true => "the rule has no answer, and is itself at fault",
            false => "the profile requires this evidence, and it is not known",
        };
        Reason {
            id: id.clone(),
            title: rule.map_or_else(|| id.clone(), |rule| flow(&rule.title)),
            text: format!("{what}{why}"),
            standing,
        }
    });
    let of_threshold = |missed: &MissedThreshold, standing| {
        let axis = missed.axis.name();
        Reason {
            id: format!("threshold.{axis}"),
            title: format!("The score of {axis} reaches its threshold"),
            text: threshold(missed, image),
            standing,
        }
    };
    let missed = gate.thresholds_missed.iter();
    let missed = missed.map(|missed| of_threshold(missed, standing));
    let known = gate.thresholds_known.iter();
    let known = known.map(|missed| of_threshold(missed, Standing::Known));
    let lapsed = gate.lapsed.iter().map(|waiver| Reason {
        id: format!("waiver.{}", waiver.rule),
        title: format!("No waiver of {} has lapsed", waiver.rule),
        text: format!(
            "the waiver of {} in {} lapsed after {}, and what it excused is still there",
            waiver.rule, waiver.place, waiver.expires
        ),
        standing,
    });
    unknown.chain(missed).chain(lapsed).chain(known).collect()
}

/// `evidence is at 43 to 100 (unknown counts as nothing); at least 60 is asked for, and the baseline
/// had 51. Most points are lost by provenance.sbom_present and provenance.signed`.
pub(super) fn threshold(missed: &MissedThreshold, image: &ImageReport) -> String {
    let scored = image.scorecard.axes.get(&missed.axis).copied().flatten();
    let score = missed.score.map_or_else(|| "no score".to_owned(), exact);
    let range = scored.filter(|scored| scored.score_max > scored.score);
    let range = range
        .map(|scored| {
            format!(
                " to {} (unknown counts as nothing)",
                exact(scored.score_max)
            )
        })
        .unwrap_or_default();
    let lost = costliest(missed.axis, image);
    let lost = lost
        .map(|rules| format!(". Most points are lost by {rules}"))
        .unwrap_or_default();
    let earlier = missed
        .baseline
        .map(|earlier| format!(", and the baseline had {}", exact(earlier)))
        .unwrap_or_default();
    format!(
        "{} is at {score}{range}; at least {} is asked for{earlier}{lost}",
        missed.axis.name(),
        exact(missed.minimum)
    )
}

/// The rules that cost an axis the most points, unknown ones in full; none where nothing is lost.
fn costliest(axis: Axis, image: &ImageReport) -> Option<String> {
    let lost = |rule: &RuleReport| rule.share - rule.points;
    let rules = image.scorecard.rules.iter();
    let mut rules: Vec<&RuleReport> = rules
        .filter(|rule| rule.axis == Some(axis) && lost(rule) > 0.0)
        .collect();
    rules.sort_by(|left, right| {
        let most_first = lost(right).total_cmp(&lost(left));
        most_first.then_with(|| left.id.cmp(&right.id))
    });
    let ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    match ids.get(..COSTLIEST).unwrap_or(&ids) {
        [] => None,
        [only] => Some((*only).to_owned()),
        [first @ .., last] => Some(format!("{} and {last}", first.join(", "))),
    }
}

/// Rules without an answer that do not block, with the reason, and with the waiver where one keeps
/// the rule from blocking.
pub(super) fn unknown(image: &ImageReport) -> impl Iterator<Item = (&RuleReport, String)> {
    let required = image.gate.as_ref().map(|gate| &gate.unknown_required);
    image
        .scorecard
        .rules
        .iter()
        .filter(|rule| rule.outcome == Outcome::Unknown)
        .filter(move |rule| required.is_none_or(|required| !required.contains(&rule.id)))
        .map(|rule| (rule, unknown_reason(rule, image)))
}

/// Why a rule has no answer, and who excused that.
pub(super) fn unknown_reason(rule: &RuleReport, image: &ImageReport) -> String {
    let reason = worded(rule.reason.as_deref().unwrap_or("no reason is given"));
    let mut excused = image.gate.iter().flat_map(|gate| &gate.unknown_waived);
    match excused.find(|excused| excused.rule == rule.id) {
        Some(excused) => format!("{reason}; {}", excuse(&excused.waiver)),
        None => reason,
    }
}

/// `layer 7, yours: COPY tools/ /usr/local/bin`; none where the finding names no layer.
pub(super) fn place(finding: &FindingReport, image: &ImageReport) -> Option<String> {
    let number = layer_number(finding)?;
    let layer = image
        .layers
        .iter()
        .find(|layer| u64::from(layer.number) == number);
    let side = side_name(finding.side).map(|side| format!(", {side}"));
    let instruction = layer
        .and_then(|layer| layer.created_by.as_deref())
        .map(|text| format!(": {}", flow(text)));
    Some(format!(
        "layer {number}{}{}",
        side.unwrap_or_default(),
        instruction.unwrap_or_default()
    ))
}

/// The layer a finding is in, from 1.
pub(super) fn layer_number(finding: &FindingReport) -> Option<u64> {
    finding.evidence.get("layer").and_then(Value::as_u64)
}

/// `waived until 2027-01-31, SEC-812: goes with the next release`.
pub(super) fn waived(finding: &FindingReport) -> Option<String> {
    finding.waiver.as_ref().map(excuse)
}

fn excuse(waiver: &WaiverReport) -> String {
    let word = match waiver.state {
        WaiverState::Active | WaiverState::Lapsing => "waived",
        WaiverState::Lapsed => "waiver",
    };
    format!("{word} {}: {}", until(waiver), flow(&waiver.reason))
}

/// The baseline's file and the image of it this one was compared with, where that has another
/// reference.
pub(super) fn other_baseline<'a>(
    report: &'a Report,
    image: &'a ImageReport,
) -> Option<(&'a str, &'a str)> {
    let earlier = image.gate.as_ref()?.compared_with.as_deref()?;
    let file = report.run.baseline.as_ref()?.file.as_str();
    (earlier != image.reference).then_some((file, earlier))
}

/// What became of the images of `check` where there are several: `1 of 5 images blocked: NAME; 1
/// could not be read`. None for a single one, which speaks for itself.
pub(super) fn sentence(report: &Report, name: impl Fn(&str) -> String) -> Option<String> {
    let total = report.images.len().saturating_add(report.not_read.len());
    if total < 2 || report.run.command != "check" {
        return None;
    }
    let gate = |image: &&ImageReport| image.gate.as_ref().is_some_and(|gate| gate.blocked);
    let blocked: Vec<&ImageReport> = report.images.iter().filter(gate).collect();
    let mut gates = report.images.iter().filter_map(|image| image.gate.as_ref());
    let verb = match gates.any(|gate| gate.advised) {
        true => "would be blocked",
        false => "blocked",
    };
    let mut names: Vec<String> = blocked.iter().map(|image| name(&image.reference)).collect();
    let left = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    if left > 0 {
        names.push(format!("{left} more"));
    }
    let mut text = match blocked.len() {
        0 => format!("None of {total} images {verb}"),
        number => format!("{number} of {total} images {verb}: {}", names.join(", ")),
    };
    if !report.not_read.is_empty() {
        text.push_str(&format!("; {} could not be read", report.not_read.len()));
    }
    Some(text)
}

/// The status `check` ends with for this report; 0 where nothing was to be decided.
pub(super) fn exit_status(report: &Report) -> u8 {
    let statuses = report.images.iter().map(|image| status_of(report, image));
    let unread = if report.not_read.is_empty() { 0 } else { 2 };
    statuses.fold(unread, u8::max)
}

/// What one image alone would end the run with. An image that could not be read ends it with 2, as a
/// user's rule does that could not be asked.
pub(super) fn status_of(report: &Report, image: &ImageReport) -> u8 {
    let Some(gate) = &image.gate else {
        return 0;
    };
    let mut rules = image.scorecard.rules.iter();
    let is_broken = rules.any(|rule| rule.at_fault && gate.unknown_required.contains(&rule.id));
    match is_broken || !report.not_read.is_empty() {
        true => 2,
        false => u8::from(gate.blocked && !gate.advised),
    }
}
