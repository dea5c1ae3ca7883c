//! The rules themselves: a list for the terminal, and the reference page.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::bodies::brief;
use super::words::{flow, severity_tone};
use crate::policy::metadata::RuleInfo;
use crate::policy::pack::Pack;
use crate::policy::profile::Profile;
use crate::policy::reference::Parameter;
use crate::policy::requirements::RequirementInfo;
use crate::policy::rules::PackRule;
use crate::report::text::{Page, Style, Tone, shorten};
use crate::scorecard::Axis;

/// What a pack holds, or what a profile takes of it.
#[derive(Debug, Serialize)]
pub struct Listed<'a> {
    /// The rules, by category and id.
    pub rules: Vec<ListedRule<'a>>,
    /// The requirements, by name.
    pub requirements: Vec<&'a RequirementInfo>,
}

/// A rule with what the pack and a profile say about it.
#[derive(Debug, Clone, Serialize)]
pub struct ListedRule<'a> {
    /// The rule, with severity and weight as the profile sets them where one is named.
    #[serde(flatten)]
    pub rule: RuleInfo,
    /// Axis; none for what is declared and never scored.
    pub axis: Option<Axis>,
    /// The file it is in.
    pub file: &'a str,
    /// Its parameters, by name.
    pub parameters: Vec<Parameter>,
    /// The messages of its findings as written, `%s` and all.
    pub messages: Vec<String>,
}

impl<'a> ListedRule<'a> {
    /// A rule as `profile` has it, or as the pack has it.
    pub fn new(pack: &Pack, rule: &'a PackRule, profile: Option<&Profile>) -> Self {
        let mut info = RuleInfo::clone(&rule.info);
        let mut changed = None;
        if let Some(profile) = profile {
            info.severity = profile.severity(&info.id, info.severity);
            info.weight = profile.weight(&info.id, info.weight);
            changed = profile.parameters.get(&info.id);
        }
        Self {
            axis: Axis::of_category(&info.category),
            file: &rule.file,
            parameters: pack.parameters_of(&info.id, changed),
            messages: pack.messages_of(rule),
            rule: info,
        }
    }

    pub(super) fn axis_name(&self) -> &'static str {
        self.axis.map_or("not scored", Axis::name)
    }
}

/// The rules by category: id, severity and axis on a line, the title below. Then the requirements.
pub fn rules_table(all: &Listed<'_>, style: Style) -> String {
    let mut page = Page::new(style);
    let mut category = "";
    for listed in &all.rules {
        let rule = &listed.rule;
        if rule.category != category {
            if !category.is_empty() {
                page.blank();
            }
            category = rule.category.as_str();
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
    if !all.requirements.is_empty() {
        page.blank();
        page.heading(
            0,
            "requirements (what services need; a profile counts them)",
        );
    }
    let room = page.width().saturating_sub(2);
    for requirement in &all.requirements {
        let name = shorten(&requirement.name, room);
        page.line(&[(Tone::Plain, "  "), (Tone::Strong, &name)]);
        page.paragraph(12, Tone::Plain, &flow(&requirement.title));
    }
    page.finish()
}

/// `RULES.md`: one section for each rule, made from its METADATA block, its parameters and the
/// messages of its findings. Then one for each requirement.
pub fn rules_markdown(all: &Listed<'_>) -> String {
    let mut out = String::from(
        "# Rules\n\nMade from the METADATA block of each rule by `freehold policy docs`; \
         change the rule, not this page.\n",
    );
    let mut category = "";
    for listed in &all.rules {
        if listed.rule.category != category {
            category = &listed.rule.category;
            let counts = match listed.axis {
                Some(axis) => format!("Counts in: {}", axis.name()),
                None => "Counts in no score".to_owned(),
            };
            out.push_str(&format!("\n## {category}\n\n{counts}.\n"));
        }
        section(&mut out, listed);
    }
    if !all.requirements.is_empty() {
        out.push_str(
            "\n## requirements\n\nCount in no score; a profile says how many services have each.\n",
        );
    }
    for requirement in &all.requirements {
        requirement_section(&mut out, requirement);
    }
    out
}

fn requirement_section(out: &mut String, requirement: &RequirementInfo) {
    let (title, description) = (flow(&requirement.title), flow(&requirement.description));
    out.push_str(&format!(
        "\n### {}\n\n**{title}.** {description}\n\n",
        requirement.name
    ));
    let needs: BTreeSet<&str> = requirement.needs.iter().map(|topic| topic.name()).collect();
    let helps = match requirement.build_sibling {
        true => "A build image beside the image can meet it",
        false => "No build image beside the image helps",
    };
    let mut facts = vec![
        format!("{helps}; {}.", requirement.stability),
        format!("Reads {}.", joined(needs)),
    ];
    facts.extend(sources(&requirement.related));
    for fact in facts {
        out.push_str(&format!("- {fact}\n"));
    }
}

/// `Sources: <https://…>, …`, or nothing.
fn sources(addresses: &[String]) -> Option<String> {
    let links: Vec<String> = addresses.iter().map(|url| format!("<{url}>")).collect();
    (!links.is_empty()).then(|| format!("Sources: {}", links.join(", ")))
}

fn section(out: &mut String, listed: &ListedRule<'_>) {
    let rule = &listed.rule;
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
    if let Some(sources) = sources(&rule.related) {
        out.push_str(&format!("- {sources}\n"));
    }
    beyond_metadata(out, listed);
}

/// Parameters, and what the findings say.
fn beyond_metadata(out: &mut String, listed: &ListedRule<'_>) {
    if !listed.parameters.is_empty() {
        out.push_str("- Parameters:\n");
    }
    for parameter in &listed.parameters {
        let comment = match parameter.comment.as_str() {
            "" => String::new(),
            comment => format!(": {comment}"),
        };
        let (name, value) = (&parameter.name, brief(&parameter.default));
        out.push_str(&format!("  - `{name}` = `{value}`{comment}\n"));
    }
    if !listed.messages.is_empty() {
        out.push_str("- Says:\n");
    }
    for message in &listed.messages {
        out.push_str(&format!("  - `{message}`\n"));
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
pub(super) fn controls(controls: &Value) -> Option<String> {
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
