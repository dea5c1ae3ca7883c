//! The bodies of a rule or a test, expression by expression.

use std::path::Path;

use serde_json::Value;

use super::words::count;
use crate::policy::trace::{Body, Difference, Operand, State, Step};
use crate::report::text::{Page, Tone, shorten};

/// Columns of the words `held`, `false`, … and their gap.
const STATE: usize = 9;

/// Longest expression shown, in characters.
const MAX_EXPRESSION: usize = 160;

/// Longest value shown, in characters.
const MAX_VALUE: usize = 300;

/// A body with all its expressions. A body behind `else` says so.
pub(super) fn body(page: &mut Page, indent: usize, body: &Body) {
    let place = place(body);
    let room = page
        .width()
        .saturating_sub(indent)
        .saturating_sub(place.len());
    let head = shorten(&body.head, room.saturating_sub(3).max(20));
    let otherwise = if body.otherwise > 0 { "else of " } else { "" };
    page.line(&[
        (Tone::Plain, &" ".repeat(indent)),
        (Tone::Dim, otherwise),
        (Tone::Strong, &head),
        (Tone::Dim, &format!("  {place}")),
    ]);
    for step in &body.steps {
        one_step(page, indent.saturating_add(2), step);
    }
}

/// `no_setuid.rego:28`.
fn place(body: &Body) -> String {
    let name = Path::new(&body.file).file_name();
    let name = name.map(|name| name.to_string_lossy().into_owned());
    format!("{}:{}", name.unwrap_or_default(), body.line)
}

fn one_step(page: &mut Page, indent: usize, step: &Step) {
    let (tone, word) = match &step.state {
        State::Held if step.solutions > 1 => (Tone::Good, format!("held {}", step.solutions)),
        State::Held => (Tone::Good, "held".to_owned()),
        State::False => (Tone::Bad, "false".to_owned()),
        State::NotReached => (Tone::Dim, "-".to_owned()),
        State::Errored(_) => (Tone::Bad, "error".to_owned()),
    };
    let text = match step.state {
        State::NotReached => Tone::Dim,
        _ => Tone::Plain,
    };
    let width = STATE.max(word.len().saturating_add(1));
    page.labelled(indent, (tone, &word), width, (text, &flat(&step.text)));
    let indent = indent.saturating_add(STATE);
    why(page, indent, step);
    for inner in &step.within {
        body(page, indent, inner);
    }
}

/// The values in an expression that did not hold, and how its sides differ.
pub(super) fn why(page: &mut Page, indent: usize, step: &Step) {
    if let State::Errored(error) = &step.state {
        page.paragraph(indent, Tone::Bad, error);
    }
    let label = step.operands.iter().map(|operand| operand.role.len()).max();
    let label = label.unwrap_or(0).saturating_add(2);
    for operand in &step.operands {
        let text = (Tone::Plain, &*operand_text(operand));
        page.labelled(indent, (Tone::Dim, &operand.role), label, text);
    }
    if let Some(difference) = &step.difference {
        sides(page, indent, difference);
    }
}

/// `count(rule.deny) = 0`.
fn operand_text(operand: &Operand) -> String {
    let text = flat(&operand.text);
    let Some(value) = &operand.value else {
        return format!("{text} is undefined");
    };
    let shown = brief(value);
    let more = match operand.more {
        0 => String::new(),
        more => format!(" (and {} more)", count(more, "value")),
    };
    if shown == text {
        return format!("{shown}{more}");
    }
    format!("{text} = {shown}{more}")
}

fn sides(page: &mut Page, indent: usize, difference: &Difference) {
    for (name, items) in [
        ("only left", &difference.only_left),
        ("only right", &difference.only_right),
    ] {
        for item in items {
            page.labelled(
                indent,
                (Tone::Caution, name),
                12,
                (Tone::Plain, &brief(item)),
            );
        }
    }
}

/// An expression in one line, cut where it is very long.
pub(super) fn flat(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_EXPRESSION) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
        None => line,
    }
}

/// A value as JSON in one line; of a long list its length and its start.
pub(super) fn brief(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= MAX_VALUE {
        return text;
    }
    let start: String = text.chars().take(MAX_VALUE).collect();
    match value {
        Value::Array(items) => format!("{}: {start}…", count(items.len(), "element")),
        Value::Object(fields) => format!("{}: {start}…", count(fields.len(), "field")),
        _ => format!("{start}…"),
    }
}
