//! The rules a SARIF log speaks of, with their help.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{level, text};
use crate::policy::verdict::Severity;
use crate::report::document::{Report, RuleReport};
use crate::report::markdown::prose;
use crate::report::standing;

/// Rules of one run that code scanning accepts.
const MAX_RULES: usize = 25_000;

/// Every rule of the profile and every other reason to block, by id, and where each is in the list.
pub(super) fn of(report: &Report) -> (Vec<Value>, BTreeMap<String, usize>) {
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    for image in &report.images {
        for reason in standing::reasons(image) {
            let about = json!({
                "id": text(&reason.id),
                "shortDescription": {"text": text(&reason.title)},
                "defaultConfiguration": {"level": "error"},
                "properties": {"tags": ["gate"]},
            });
            all.entry(reason.id).or_insert(about);
        }
    }
    // After the reasons: a rule that is one of them has more to say of itself.
    for rule in report
        .images
        .iter()
        .flat_map(|image| &image.scorecard.rules)
    {
        all.insert(rule.id.clone(), described(rule));
    }
    let places = all.keys().cloned().zip(0..MAX_RULES).collect();
    (all.into_values().take(MAX_RULES).collect(), places)
}

/// A rule's METADATA as a `reportingDescriptor` (SARIF 2.1.0, 3.49) with the properties that code
/// scanning reads.
fn described(rule: &RuleReport) -> Value {
    let mut about = Map::new();
    about.insert("id".to_owned(), json!(text(&rule.id)));
    let title = text(&rule.title);
    about.insert("shortDescription".to_owned(), json!({"text": title}));
    let description = text(&rule.description);
    let full = if description.is_empty() {
        &title
    } else {
        &description
    };
    about.insert("fullDescription".to_owned(), json!({"text": full}));
    about.insert("help".to_owned(), help(rule));
    if let Some(address) = rule
        .related
        .iter()
        .find(|address| is_plain_address(address))
    {
        about.insert("helpUri".to_owned(), json!(address));
    }
    about.insert(
        "defaultConfiguration".to_owned(),
        json!({"level": level(rule.severity)}),
    );
    about.insert("properties".to_owned(), properties(rule));
    Value::Object(about)
}

/// What the rule asks, why, and what to do, as text and as Markdown. No HTML (3.11.4.2).
fn help(rule: &RuleReport) -> Value {
    let parts = [
        ("", &rule.title),
        ("", &rule.description),
        ("Fix: ", &rule.remediation),
    ];
    let said = |show: fn(&str) -> String, parts: &[(&str, &String)]| {
        let parts: Vec<String> = parts
            .iter()
            .filter(|(_, part)| !part.trim().is_empty())
            .map(|(label, part)| format!("{label}{}", show(part)))
            .collect();
        parts.join("\n\n")
    };
    let mut markdown = said(prose, &parts);
    let mut plain = said(text, &parts);
    let addresses: Vec<&String> = rule
        .related
        .iter()
        .filter(|address| is_plain_address(address))
        .collect();
    for address in addresses {
        markdown.push_str(&format!("\n\n<{address}>"));
        plain.push_str(&format!("\n\n{address}"));
    }
    json!({"text": plain, "markdown": markdown})
}

/// An address that can stand as it is in JSON, in Markdown's `<…>` and for a strict reader of URIs:
/// https, and no character outside RFC 3986's unreserved ones and the plainest of the reserved.
fn is_plain_address(address: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/#?=&+,:;%".contains(&byte);
    let is_encoded = |rest: &str| {
        let mut digits = rest.bytes().take(2);
        digits.len() == 2 && digits.all(|digit| digit.is_ascii_hexdigit())
    };
    address.strip_prefix("https://").is_some_and(|rest| {
        rest.bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphanumeric())
            && rest.bytes().all(plain)
            && rest.matches('#').count() <= 1
            && !rest.contains("//")
            && rest.split('%').skip(1).all(is_encoded)
    })
}

/// Tags (at most 20, of which 10 are shown), precision, and the severities by which code scanning
/// sorts and filters.
fn properties(rule: &RuleReport) -> Value {
    let mut tags = vec!["security".to_owned()];
    tags.extend(rule.axis.map(|axis| axis.name().to_owned()));
    let category = text(&rule.category);
    // Tags are distinct (3.8.2), and one axis is named as its category is.
    if !tags.contains(&category) {
        tags.push(category);
    }
    let stable = rule.stability == "stable";
    let mut properties = Map::new();
    properties.insert("tags".to_owned(), json!(tags));
    let precision = if stable { "high" } else { "medium" };
    properties.insert("precision".to_owned(), json!(precision));
    properties.insert(
        "problem.severity".to_owned(),
        json!(match level(rule.severity) {
            "note" => "recommendation",
            other => other,
        }),
    );
    if let Some(number) = security_severity(rule.severity) {
        properties.insert("security-severity".to_owned(), json!(number));
    }
    properties.insert("effort".to_owned(), json!(text(&rule.effort)));
    properties.insert("stability".to_owned(), json!(text(&rule.stability)));
    Value::Object(properties)
}

/// A number in the middle of the range that code scanning shows under the same word: over 9.0
/// critical, 7.0 to 8.9 high, 4.0 to 6.9 medium, 0.1 to 3.9 low ("SARIF support", `security-severity`).
fn security_severity(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.0"),
        Severity::Info => None,
    }
}
