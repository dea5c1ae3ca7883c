//! The rules themselves: a list for the terminal, and the reference page.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::words::{count, flow, severity_tone};
use crate::policy::metadata::RuleInfo;
use crate::policy::rule_tests::{TestOutcome, TestRun};
use crate::report::text::{Page, Style, Tone, shorten};
use crate::scorecard::Axis;

/// A rule with the axis its category counts in.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ListedRule<'a> {
    /// The rule.
    #[serde(flatten)]
    pub rule: &'a RuleInfo,
    /// Axis; none for what is declared and never scored.
    pub axis: Option<Axis>,
}

impl ListedRule<'_> {
    fn axis_name(&self) -> &'static str {
        self.axis.map_or("not scored", Axis::name)
    }
}

/// The rules by category: id, severity and axis on a line, the title below.
pub fn rules_table(rules: &[ListedRule<'_>], style: Style) -> String {
    let mut page = Page::new(style);
    let mut category = "";
    for listed in rules {
        let rule = listed.rule;
        if rule.category != category {
            if !category.is_empty() {
                page.blank();
            }
            category = &rule.category;
            page.heading(0, &format!("{category} ({})", listed.axis_name()));
        }
        let room = page.width().saturating_sub(12);
        page.line(&[
            (Tone::Plain, "  "),
            (
                severity_tone(rule.severity),
                &format!("{:<10}", rule.severity.name()),
            ),
            (Tone::Strong, &shorten(&rule.id, room)),
        ]);
        page.paragraph(12, Tone::Plain, &flow(&rule.title));
    }
    page.finish()
}

/// `RULES.md`: one section for each rule, made from its METADATA block.
pub fn rules_markdown(rules: &[ListedRule<'_>]) -> String {
    let mut out = String::from(
        "# Rules\n\nMade from the METADATA block of each rule by `freehold policy list -f markdown`; \
         change the rule, not this page.\n",
    );
    let mut category = "";
    for listed in rules {
        if listed.rule.category != category {
            category = &listed.rule.category;
            out.push_str(&format!(
                "\n## {category}\n\nCounts in: {}.\n",
                listed.axis_name()
            ));
        }
        section(&mut out, listed.rule);
    }
    out
}

fn section(out: &mut String, rule: &RuleInfo) {
    out.push_str(&format!("\n### {}\n\n", rule.id));
    out.push_str(&format!(
        "**{}.** {}\n\n",
        flow(&rule.title),
        flow(&rule.description)
    ));
    let needs: BTreeSet<&str> = rule.needs.iter().map(|topic| topic.name()).collect();
    let mut facts = vec![
        format!(
            "Severity {}, weight {}, {}.",
            rule.severity.name(),
            rule.weight,
            rule.stability
        ),
        format!("Reads {}.", joined(needs)),
    ];
    if !rule.applies_to.is_empty() {
        let roles = rule
            .applies_to
            .iter()
            .map(|role| super::words::role_name(*role));
        facts.push(format!("Concerns images of role {}.", joined(roles)));
    }
    if let Some(date) = &rule.effective_on {
        facts.push(format!(
            "A failure counts from {date}; before that it is a warning."
        ));
    }
    if !rule.aliases.is_empty() {
        facts.push(format!(
            "Formerly {}.",
            joined(rule.aliases.iter().map(String::as_str))
        ));
    }
    for fact in facts {
        out.push_str(&format!("- {fact}\n"));
    }
    out.push_str(&format!(
        "- To fix it (effort {}): {}\n",
        rule.effort,
        flow(&rule.remediation)
    ));
    if let Some(controls) = controls(&rule.controls) {
        out.push_str(&format!("- Controls: {controls}.\n"));
    }
    if !rule.related.is_empty() {
        let links = rule
            .related
            .iter()
            .map(|url| format!("<{url}>"))
            .collect::<Vec<_>>();
        out.push_str(&format!("- Sources: {}\n", links.join(", ")));
    }
}

fn joined<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words
        .into_iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// `cis_docker_1.6 4.8, 4.9; …` or none.
fn controls(controls: &Value) -> Option<String> {
    let standards = controls.as_object()?;
    let parts: Vec<String> = standards
        .iter()
        .map(|(standard, ids)| format!("{standard} {}", control_ids(ids)))
        .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn control_ids(ids: &Value) -> String {
    match ids {
        Value::Array(ids) => ids.iter().map(control_ids).collect::<Vec<_>>().join(", "),
        Value::String(id) => id.clone(),
        other => other.to_string(),
    }
}

/// Rule tests: the failed ones, then how many passed.
pub fn rule_tests_table(run: &TestRun, style: Style) -> String {
    let mut page = Page::new(style);
    for result in run.results.iter().filter(|result| !result.passed()) {
        page.labelled(0, (Tone::Bad, "FAIL"), 6, (Tone::Strong, &result.name));
        page.paragraph(6, Tone::Dim, &format!("{}:{}", result.file, result.line));
        let why = match &result.outcome {
            TestOutcome::Passed => String::new(),
            TestOutcome::Failed => "it is false".to_owned(),
            TestOutcome::Undefined => {
                "it is undefined: an expression in it is false or has no value".to_owned()
            }
            TestOutcome::Errored(detail) => flow(detail),
        };
        page.paragraph(6, Tone::Plain, &why);
        for print in &result.prints {
            page.labelled(6, (Tone::Dim, "print"), 7, (Tone::Plain, print));
        }
        page.blank();
    }
    let failed = run.failures();
    let passed = run.results.len().saturating_sub(failed);
    let tone = if failed == 0 { Tone::Good } else { Tone::Bad };
    let line = format!("{} passed, {failed} failed", count(passed, "test"));
    page.paragraph(0, tone, &line);
    page.finish()
}
