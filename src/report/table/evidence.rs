//! What a finding points at, in lines.

use serde_json::{Map, Value};

use super::words::{flow, side_name};
use crate::report::document::{FindingReport, LayerReport};
use crate::report::text::{Page, Tone, shorten};

/// Entries of a list in the evidence that are shown.
const SHOWN_ITEMS: usize = 4;

/// Columns of one value in the evidence.
const VALUE_WIDTH: usize = 60;

/// Keys the layer line or the finding's subject already says.
const SAID_ELSEWHERE: [&str; 3] = ["layer", "side", "path"];

/// Writes a finding: its message, the layer and the instruction that made it, and what else the
/// rule points at.
pub(crate) fn finding(
    page: &mut Page,
    indent: usize,
    finding: &FindingReport,
    layers: &[LayerReport],
) {
    page.labelled(
        indent,
        (Tone::Plain, "-"),
        2,
        (Tone::Plain, &flow(&finding.msg)),
    );
    let below = indent.saturating_add(2);
    if let Some((label, instruction)) = layer_line(finding, layers) {
        page.labelled(
            below,
            (Tone::Dim, &label),
            label.len().saturating_add(2),
            (Tone::Dim, &instruction),
        );
    }
    if let Value::Object(evidence) = &finding.evidence {
        let rest = details(evidence, finding);
        if !rest.is_empty() {
            page.paragraph(below, Tone::Dim, &rest);
        }
    }
}

/// `layer 7` and the instruction that made it.
fn layer_line(finding: &FindingReport, layers: &[LayerReport]) -> Option<(String, String)> {
    let number = finding.evidence.get("layer").and_then(Value::as_u64)?;
    let layer = layers
        .iter()
        .find(|layer| u64::from(layer.number) == number);
    let instruction = layer
        .and_then(|layer| layer.created_by.as_deref())
        .map(|text| shorten(&flow(text), VALUE_WIDTH));
    let side = side_name(finding.side)
        .map(|side| format!(", {side}"))
        .unwrap_or_default();
    Some((
        format!("layer {number}{side}"),
        instruction.unwrap_or_default(),
    ))
}

/// The remaining evidence as `key value` pairs, in the rule's own order.
fn details(evidence: &Map<String, Value>, finding: &FindingReport) -> String {
    let pairs: Vec<String> = evidence
        .iter()
        .filter(|(key, value)| !is_said_elsewhere(key, value, finding))
        .filter_map(|(key, value)| Some(format!("{} {}", key.replace('_', " "), shown(value)?)))
        .collect();
    pairs.join("; ")
}

fn is_said_elsewhere(key: &str, value: &Value, finding: &FindingReport) -> bool {
    if key == "path" {
        let path = value.as_str().unwrap_or_default();
        return finding.subject.strip_prefix("path:") == Some(path) || finding.msg.contains(path);
    }
    SAID_ELSEWHERE.contains(&key)
}

/// A value in a few words; null where it holds nothing.
fn shown(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) if text.is_empty() => return None,
        Value::String(text) => flow(text),
        Value::Array(items) if items.is_empty() => return None,
        Value::Array(items) => list(items),
        other => other.to_string(),
    };
    Some(shorten(&text, VALUE_WIDTH))
}

fn list(items: &[Value]) -> String {
    let mut words: Vec<String> = items.iter().take(SHOWN_ITEMS).filter_map(shown).collect();
    let left = items.len().saturating_sub(SHOWN_ITEMS);
    if left > 0 {
        words.push(format!("{left} more"));
    }
    words.join(", ")
}
