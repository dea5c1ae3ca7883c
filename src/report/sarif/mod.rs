//! SARIF 2.1.0 (OASIS), within the limits of GitHub code scanning.
//!
//! - One run for all images: code scanning refuses a file with several runs of one tool and category
//!   (changelog of 2024-05-06). `automationDetails` is left to the uploader's `category`, which one
//!   written here would override.
//! - A result is a problem: a finding of a rule that is not satisfied, or another reason why `check`
//!   blocks. Rules without an answer are notifications of the tool, level `warning`, with their rule:
//!   code scanning ignores `kind` (3.27.9) and would open an alert for each. Where the profile requires
//!   the answer, it is a result of level `error`. No result says that anything passed.
//! - Waived findings carry `suppressions` (3.35), and with a baseline all have a `baselineState`
//!   (3.27.24). Code scanning reads neither: `examples/ci` leaves suppressed results out of the upload.

mod location;
mod rules;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::document::{FindingReport, ImageReport, Report, WaiverState};
use super::json;
use super::standing::{self, Noted, Reason, Standing};
use super::table::words::{flow, gap_name, platform};
use super::text::{escape, shorten};
use crate::policy::verdict::{FindingKind, Severity};
use crate::source::{Digest, untagged};

/// Where the schema is.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Results of one run that code scanning accepts; it shows the 5,000 most severe.
/// (docs.github.com, "SARIF results exceed one or more limits".)
const MAX_RESULTS: usize = 25_000;

/// Notifications written of each kind.
const MAX_NOTIFICATIONS: usize = 1_000;

/// Columns of one line of a message. With `MAX_RESULTS` it keeps the file under the 10 MB, gzipped,
/// that code scanning accepts.
const LINE: usize = 1_000;

/// The report as SARIF; findings under `least` are left out.
///
/// # Errors
///
/// When the document cannot be put into JSON.
pub fn print(report: &Report, least: Option<Severity>) -> Result<String, serde_json::Error> {
    let (rules, places) = rules::of(report);
    let mut results = Results {
        places,
        seen: BTreeMap::new(),
        written: Vec::new(),
        baseline: report.run.baseline.is_some(),
    };
    for image in &report.images {
        for reason in standing::reasons(image) {
            results.reason(image, &reason);
        }
    }
    let mut noted: Vec<(&ImageReport, Noted<'_>)> = Vec::new();
    for image in &report.images {
        let findings = standing::findings(image, least).into_iter();
        noted.extend(findings.map(|noted| (image, noted)));
    }
    // The most severe first: what is over the limit is the least.
    noted.sort_by_key(|(_, noted)| (noted.standing, Reverse(noted.finding.severity)));
    let total = results.written.len().saturating_add(noted.len());
    for (image, noted) in noted.iter().take(MAX_RESULTS) {
        results.finding(image, noted);
    }
    results.written.truncate(MAX_RESULTS);
    let left_out = total.saturating_sub(results.written.len());
    let driver = json!({
        "name": report.tool.name,
        "semanticVersion": report.tool.version,
        "rules": rules,
    });
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": driver},
            "invocations": [invocation(report, left_out)],
            "results": results.written,
            "properties": properties(report),
        }],
    });
    json::print(&log)
}

/// Text of others for a SARIF string: one line, printable, neither a placeholder (3.11.5) nor an
/// embedded link (3.11.6).
fn text(text: &str) -> String {
    let shown = shorten(&escape(&flow(text)), LINE).replace("](", "] (");
    let mut out = String::with_capacity(shown.len());
    let mut rest = shown.chars().peekable();
    while let Some(character) = rest.next() {
        out.push(character);
        if character == '{' && rest.peek().is_some_and(char::is_ascii_digit) {
            out.push('{');
        }
    }
    out
}

fn message(lines: &[Option<String>]) -> Value {
    let lines: Vec<&str> = lines.iter().flatten().map(String::as_str).collect();
    json!({"text": lines.join("\n")})
}

/// Level of a severity (3.27.10).
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// The results, as they come up.
struct Results {
    /// Index of each rule in the driver's list.
    places: BTreeMap<String, usize>,
    /// How often an identity has come up.
    seen: BTreeMap<String, u64>,
    written: Vec<Value>,
    /// Whether there is a baseline.
    baseline: bool,
}

impl Results {
    fn finding(&mut self, image: &ImageReport, noted: &Noted<'_>) {
        let (rule, finding) = (noted.rule, noted.finding);
        // A warning never blocks, so it is no error either.
        let level = match finding.kind {
            FindingKind::Warn if level(finding.severity) == "error" => "warning",
            _ => level(finding.severity),
        };
        let fix = text(&rule.remediation);
        let lines = [
            Some(text(&finding.msg)),
            Some(in_image(image, standing::place(finding, image))),
            (!fix.is_empty()).then(|| format!("Fix: {fix}")),
        ];
        let mut result = self.result(&rule.id, level, &message(&lines));
        result.insert(
            "locations".to_owned(),
            json!([location::of_finding(image, finding)]),
        );
        result.insert(
            "partialFingerprints".to_owned(),
            self.fingerprints(image, &finding.fingerprint),
        );
        if let Some(suppression) = suppression(finding) {
            result.insert("suppressions".to_owned(), json!([suppression]));
        }
        let known = finding.known == Some(true);
        self.baseline_state(&mut result, known);
        result.insert(
            "properties".to_owned(),
            json!({
                "image": text(&image.reference),
                "digest": image.digest.as_deref().map(text),
                "platform": text(&platform(&image.platform)),
                "subject": text(&finding.subject),
                "layer": standing::layer_number(finding),
                "side": finding.side,
                "severity": finding.severity.name(),
                "blocks": noted.standing == Standing::Blocks,
            }),
        );
        self.written.push(Value::Object(result));
    }

    fn reason(&mut self, image: &ImageReport, reason: &Reason) {
        let blocks = reason.standing == Standing::Blocks;
        let level = if blocks { "error" } else { "warning" };
        let lines = [Some(text(&reason.text)), Some(in_image(image, None))];
        let mut result = self.result(&reason.id, level, &message(&lines));
        result.insert(
            "locations".to_owned(),
            json!([location::whole_image(image)]),
        );
        let identity = format!("{}\nimage", reason.id);
        result.insert(
            "partialFingerprints".to_owned(),
            self.fingerprints(image, &identity),
        );
        self.baseline_state(&mut result, reason.standing == Standing::Known);
        result.insert(
            "properties".to_owned(),
            json!({
                "image": text(&image.reference),
                "digest": image.digest.as_deref().map(text),
                "platform": text(&platform(&image.platform)),
                "blocks": blocks,
            }),
        );
        self.written.push(Value::Object(result));
    }

    fn result(&self, id: &str, level: &str, message: &Value) -> Map<String, Value> {
        let mut result = Map::new();
        result.insert("ruleId".to_owned(), json!(text(id)));
        if let Some(index) = self.places.get(id) {
            result.insert("ruleIndex".to_owned(), json!(index));
        }
        result.insert("level".to_owned(), json!(level));
        result.insert("message".to_owned(), message.clone());
        result
    }

    fn baseline_state(&self, result: &mut Map<String, Value>, known: bool) {
        if self.baseline {
            let state = if known { "unchanged" } else { "new" };
            result.insert("baselineState".to_owned(), json!(state));
        }
    }

    /// What a result is known by: the image's name, its platform, the rule and the subject; never the
    /// tag, digest, layer or message. Code scanning reads `primaryLocationLineHash` alone; the number
    /// behind it tells findings of one identity apart, as CodeQL's does.
    fn fingerprints(&mut self, image: &ImageReport, identity: &str) -> Value {
        let name = untagged(&image.reference);
        let whole = format!("{name}\n{}\n{identity}", platform(&image.platform));
        let hash = Digest::sha256(whole.as_bytes()).hex().to_owned();
        let number = self.seen.entry(hash.clone()).or_default();
        *number = number.saturating_add(1);
        let short: String = hash.chars().take(16).collect();
        json!({
            "primaryLocationLineHash": format!("{short}:{number}"),
            "freeholdFinding/v1": hash,
        })
    }
}

/// `Image oci-dir:x (linux/amd64), layer 7, yours: COPY …`
fn in_image(image: &ImageReport, place: Option<String>) -> String {
    let name = text(&image.reference);
    let platform = text(&platform(&image.platform));
    let place = place.map(|place| format!(", {}", text(&place)));
    format!("Image {name} ({platform}){}", place.unwrap_or_default())
}

/// The waiver of a finding (3.35); a lapsed one excuses nothing.
fn suppression(finding: &FindingReport) -> Option<Value> {
    let waiver = finding.waiver.as_ref()?;
    let status = match waiver.state {
        WaiverState::Active | WaiverState::Lapsing => "accepted",
        WaiverState::Lapsed => "rejected",
    };
    Some(json!({
        "kind": "external",
        "status": status,
        "justification": text(&waiver.reason),
        "properties": {
            "ticket": waiver.ticket.as_deref().map(text),
            "approver, as stated": waiver.approver.as_deref().map(text),
            "expires": waiver.expires,
            "file": text(&waiver.place),
        },
    }))
}

/// How the program was called, and what it could not do (3.20).
fn invocation(report: &Report, left_out: usize) -> Value {
    let mut execution = Vec::new();
    for image in &report.not_read {
        let said = format!("{} could not be read: {}", image.reference, image.message);
        execution.push(notification("error", &said));
    }
    if left_out > 0 {
        let said = format!(
            "{left_out} results over {MAX_RESULTS}, the least severe, are left out here and listed in -f json"
        );
        execution.push(notification("warning", &said));
    }
    let mut unread = Vec::new();
    for image in &report.images {
        let reference = &image.reference;
        for (rule, reason) in standing::unknown(image) {
            let said = format!("{} is unknown for {reference}: {reason}", rule.id);
            let mut unknown = notification("warning", &said);
            if let Value::Object(fields) = &mut unknown {
                fields.insert("associatedRule".to_owned(), json!({"id": text(&rule.id)}));
            }
            unread.push(unknown);
        }
        for gap in &image.gaps {
            let path = gap.path.as_deref().unwrap_or_else(|| gap.topic.name());
            let (kind, detail) = (gap_name(gap.kind), &gap.detail);
            let said = format!("{path} of {reference} was not read, {kind}: {detail}");
            unread.push(notification("warning", &said));
        }
    }
    let left = unread.len().saturating_sub(MAX_NOTIFICATIONS);
    unread.truncate(MAX_NOTIFICATIONS);
    execution.append(&mut unread);
    if left > 0 {
        let said = format!("{left} more were not read or are unknown, listed in -f json");
        execution.push(notification("warning", &said));
    }
    let unused = report.run.waivers.unused.iter().take(MAX_NOTIFICATIONS);
    let configuration: Vec<Value> = unused
        .map(|waiver| {
            let said = format!(
                "the waiver of {} in {} excuses nothing",
                waiver.rule, waiver.place
            );
            notification("note", &said)
        })
        .collect();
    let status = standing::exit_status(report);
    let arguments: Vec<String> = report
        .run
        .arguments
        .iter()
        .map(|word| escape(word))
        .collect();
    json!({
        "executionSuccessful": status < 2,
        "exitCode": status,
        "arguments": arguments,
        "toolExecutionNotifications": execution,
        "toolConfigurationNotifications": configuration,
    })
}

fn notification(level: &str, said: &str) -> Value {
    json!({"level": level, "message": {"text": text(said)}})
}

/// What was judged, with what, and what it came to.
fn properties(report: &Report) -> Value {
    let run = &report.run;
    let images: Vec<Value> = report
        .images
        .iter()
        .map(|image| {
            json!({
                "reference": text(&image.reference),
                "digest": image.digest.as_deref().map(text),
                "platform": text(&platform(&image.platform)),
                "verdict": image.scorecard.verdict,
                "axes": image.scorecard.axes,
            })
        })
        .collect();
    json!({
        "command": run.command,
        "profile": text(&run.profile.name),
        "pack": format!("sha256:{}", run.pack.digest),
        "judgedAt": run.judged_at,
        "images": images,
        "notJudged": run.not_judged,
    })
}
