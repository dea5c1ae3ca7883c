//! What a finding points at, in lines.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::waived;
use super::words::{flow, side_name};
use crate::report::document::{FindingReport, LayerReport};
use crate::report::text::{Page, Tone, shorten};

/// Findings shown of one rule.
const SHOWN_FINDINGS: usize = 5;

/// Entries of a list in the evidence that are shown.
const SHOWN_ITEMS: usize = 4;

/// Columns of an instruction.
const INSTRUCTION_WIDTH: usize = 60;

/// Columns of one value in the evidence.
const VALUE_WIDTH: usize = 120;

/// Columns of a subject.
const SUBJECT_WIDTH: usize = 160;

/// Keys the layer line or the finding's subject already says.
const SAID_ELSEWHERE: [&str; 3] = ["layer", "side", "path"];

/// Writes the first findings: the message, a line of what the evidence adds to it, and once for
/// neighbours from the same layer, that layer and the instruction that made it. Says how many are
/// left.
pub(crate) fn findings(
    page: &mut Page,
    indent: usize,
    findings: &[&FindingReport],
    layers: &[LayerReport],
) {
    list(page, indent, findings, layers, false);
}

/// The same, with the subject of each finding where its message does not say it: what a waiver is
/// written with.
pub(crate) fn with_subjects(
    page: &mut Page,
    indent: usize,
    findings: &[&FindingReport],
    layers: &[LayerReport],
) {
    list(page, indent, findings, layers, true);
}

fn list(
    page: &mut Page,
    indent: usize,
    findings: &[&FindingReport],
    layers: &[LayerReport],
    subjects: bool,
) {
    let below = indent.saturating_add(2);
    let mut rest = findings.iter().take(SHOWN_FINDINGS).peekable();
    while let Some(finding) = rest.next() {
        let text = flow(&finding.msg);
        page.labelled(indent, (Tone::Plain, "-"), 2, (Tone::Plain, &text));
        if let Some(subject) = unsaid(finding).filter(|_| subjects) {
            let subject = format!("subject {}", shorten(subject, SUBJECT_WIDTH));
            page.paragraph(below, Tone::Dim, &subject);
        }
        if let Value::Object(evidence) = &finding.evidence {
            let details = details(evidence, finding);
            if !details.is_empty() {
                page.paragraph(below, Tone::Dim, &details);
            }
        }
        if let Some(waiver) = &finding.waiver {
            waived::mark(page, below, waiver);
        }
        let layer = layer_line(finding, layers);
        let next = rest.peek().and_then(|next| layer_line(next, layers));
        if let Some((label, instruction)) = layer.filter(|layer| Some(layer) != next.as_ref()) {
            let room = label.len().saturating_add(2);
            page.labelled(below, (Tone::Dim, &label), room, (Tone::Dim, &instruction));
        }
    }
    let left = findings.len().saturating_sub(SHOWN_FINDINGS);
    if left > 0 {
        let noun = if left == 1 { "finding" } else { "findings" };
        let text = format!("- and {left} more {noun}, listed in -f json");
        page.paragraph(indent, Tone::Dim, &text);
    }
}

/// Writes what to do about it.
pub(crate) fn fix(page: &mut Page, indent: usize, remediation: &str) {
    if !remediation.trim().is_empty() {
        let text = flow(remediation);
        page.labelled(indent, (Tone::Good, "fix"), 5, (Tone::Plain, &text));
    }
}

/// The subject, where the message does not hold it. That a finding is about the whole image goes
/// without saying.
fn unsaid(finding: &FindingReport) -> Option<&str> {
    let subject = finding.subject.as_str();
    let name = subject.strip_prefix("path:").unwrap_or(subject);
    (subject != "image" && !finding.msg.contains(name)).then_some(subject)
}

/// `layer 7` and the instruction that made it.
fn layer_line(finding: &FindingReport, layers: &[LayerReport]) -> Option<(String, String)> {
    let number = finding.evidence.get("layer").and_then(Value::as_u64)?;
    let layer = layers
        .iter()
        .find(|layer| u64::from(layer.number) == number);
    let instruction = layer
        .and_then(|layer| layer.created_by.as_deref())
        .map(|text| shorten(&flow(text), INSTRUCTION_WIDTH));
    let side = side_name(finding.side)
        .map(|side| format!(", {side}"))
        .unwrap_or_default();
    Some((
        format!("layer {number}{side}"),
        instruction.unwrap_or_default(),
    ))
}

/// What the evidence adds to the message, as `key: value` pairs in the rule's own order. Numbers
/// and whole objects are left to `-f json`.
fn details(evidence: &Map<String, Value>, finding: &FindingReport) -> String {
    let said = Said::of(finding);
    let pairs: Vec<String> = evidence
        .iter()
        .filter(|(key, _)| !SAID_ELSEWHERE.contains(&key.as_str()))
        .filter_map(|(key, value)| Some((key, words(value, &said)?)))
        .map(|(key, text)| format!("{}: {}", key.replace('_', " "), shorten(&text, VALUE_WIDTH)))
        .collect();
    pairs.join("; ")
}

/// The words of a finding's message and subject.
struct Said(BTreeSet<String>);

impl Said {
    fn of(finding: &FindingReport) -> Self {
        let text = format!("{} {}", finding.msg, finding.subject);
        Self(split_words(&text).collect())
    }

    /// Whether every word of `text` was said.
    fn repeats(&self, text: &str) -> bool {
        split_words(text).all(|word| self.0.contains(&word))
    }
}

fn split_words(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// A text, or a list of texts, as far as it was not said before; none for anything else.
fn words(value: &Value, said: &Said) -> Option<String> {
    match value {
        Value::String(text) if !said.repeats(text) => Some(flow(text)),
        Value::Array(items) => {
            let texts: Vec<&str> = items
                .iter()
                .filter_map(Value::as_str)
                .filter(|text| !said.repeats(text))
                .collect();
            let mut shown: Vec<String> = texts
                .iter()
                .take(SHOWN_ITEMS)
                .map(|text| flow(text))
                .collect();
            let left = texts.len().saturating_sub(SHOWN_ITEMS);
            if left > 0 {
                shown.push(format!("{left} more"));
            }
            (!shown.is_empty()).then(|| shown.join(", "))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::facts::model::Side;
    use crate::policy::verdict::{FindingKind, Severity};

    fn sample(evidence: Value) -> FindingReport {
        FindingReport {
            kind: FindingKind::Deny,
            msg: String::new(),
            subject: "path:/usr/bin/su".to_owned(),
            severity: Severity::Low,
            side: Side::Unknown,
            evidence,
            fingerprint: String::new(),
            waiver: None,
            known: None,
        }
    }

    fn shown(msg: &str, evidence: Value) -> String {
        let finding = FindingReport {
            msg: msg.to_owned(),
            ..sample(evidence)
        };
        details(finding.evidence.as_object().unwrap(), &finding)
    }

    #[test]
    fn evidence_that_the_message_holds_is_not_repeated() {
        let evidence = json!({"id": "wolfi", "owner": "util-linux", "layer": 1});
        assert_eq!(shown("Wolfi: su is of util-linux", evidence), "");
    }

    #[test]
    fn a_subject_is_shown_where_the_message_lacks_it() {
        let with = |msg: &str, subject: &str| FindingReport {
            msg: msg.to_owned(),
            subject: subject.to_owned(),
            ..sample(json!({}))
        };
        let shown = |msg: &str, subject: &str| unsaid(&with(msg, subject)).map(str::to_owned);
        let code = Some("code:team.no_root".to_owned());
        assert_eq!(shown("it runs as root", "code:team.no_root"), code);
        assert_eq!(shown("/bin/su is setuid", "path:/bin/su"), None);
        assert_eq!(shown("the label is missing", "image"), None);
    }

    #[test]
    fn evidence_that_adds_something_is_shown() {
        let evidence = json!({"mode": "4755", "set_by": ["su", "chmod"], "size": 7});
        assert_eq!(
            shown("/usr/bin/su is setuid", evidence),
            "mode: 4755; set by: chmod"
        );
    }
}
