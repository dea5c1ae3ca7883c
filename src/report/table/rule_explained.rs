//! One rule: what it asks and why, and what it saw in an image.

use serde::Serialize;

use super::bodies::{body, brief};
use super::rules::{ListedRule, controls};
use super::words::{count, exact, flow, outcome_name, severity_tone};
use crate::facts::model::Coverage;
use crate::policy::explain::Seen;
use crate::policy::trace::Body;
use crate::policy::verdict::{Finding, FindingKind, Outcome, Verdict};
use crate::report::text::{Page, Style, Tone};

/// Columns of labels.
const LABEL: usize = 13;

/// A rule in a profile, and in an image where one is named.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedRule<'a> {
    /// The rule as the profile has it.
    #[serde(flatten)]
    pub listed: ListedRule<'a>,
    /// Name of the profile.
    pub profile: &'a str,
    /// Whether the profile has the rule on.
    pub is_on: bool,
    /// Points of 100 of the axis that rest on it where every rule of the profile applies; none for a
    /// rule that is off or never scored.
    pub share: Option<f64>,
    /// What it saw in the image.
    pub image: Option<SeenRule>,
}

/// What a rule saw in an image.
#[derive(Debug, Clone, Serialize)]
pub struct SeenRule {
    /// The image as it was named.
    pub reference: String,
    /// Its digest.
    pub digest: Option<String>,
    /// Points of 100 of the axis that rest on the rule in this image.
    pub share: Option<f64>,
    /// The verdict.
    pub verdict: Verdict,
    /// What it read, and which expressions held.
    #[serde(flatten)]
    pub seen: Seen,
}

/// The page of a rule.
pub fn rule_explained(explained: &ExplainedRule<'_>, style: Style) -> String {
    let mut page = Page::new(style);
    let rule = &explained.listed.rule;
    page.line(&[
        (Tone::Strong, &rule.id),
        (Tone::Plain, "  "),
        (severity_tone(rule.severity), rule.severity.name()),
    ]);
    page.paragraph(2, Tone::Strong, &flow(&rule.title));
    if !rule.description.is_empty() {
        page.paragraph(2, Tone::Plain, &flow(&rule.description));
    }
    page.blank();
    about(&mut page, explained);
    parameters(&mut page, explained);
    if let Some(image) = &explained.image {
        in_image(&mut page, image);
    }
    page.finish()
}

fn row(page: &mut Page, label: &str, text: &str) {
    if !text.is_empty() {
        page.labelled(2, (Tone::Dim, label), LABEL, (Tone::Plain, &flow(text)));
    }
}

fn about(page: &mut Page, explained: &ExplainedRule<'_>) {
    let listed = &explained.listed;
    let rule = &listed.rule;
    let axis = listed.axis_name();
    let profile = explained.profile;
    let counts = match (explained.is_on, explained.share) {
        (false, _) => format!("nowhere: profile `{profile}` has it off"),
        (true, None) => format!("in no score; profile `{profile}` has it on"),
        (true, Some(share)) => format!(
            "in {axis}: weight {} in `{}`, {} of 100 points of the axis in profile `{profile}`",
            exact(rule.weight),
            rule.category,
            exact(share),
        ),
    };
    row(page, "counts", &counts);
    row(page, "file", listed.file);
    let needs: Vec<&str> = rule.needs.iter().map(|topic| topic.name()).collect();
    row(page, "needs", &needs.join(", "));
    let roles = rule.applies_to.iter();
    let roles: Vec<&str> = roles.map(|role| super::words::role_name(*role)).collect();
    row(page, "applies to", &roles.join(", "));
    row(page, "stability", &rule.stability);
    if let Some(date) = &rule.effective_on {
        row(
            page,
            "effective on",
            &format!("{date}; before that a failure is a warning"),
        );
    }
    row(page, "formerly", &rule.aliases.join(", "));
    if !rule.remediation.is_empty() {
        let fix = format!("{} (effort {})", flow(&rule.remediation), rule.effort);
        row(page, "to fix it", &fix);
    }
    row(
        page,
        "controls",
        &controls(&rule.controls).unwrap_or_default(),
    );
    for (number, url) in rule.related.iter().enumerate() {
        row(page, if number == 0 { "sources" } else { "" }, url);
    }
    for (number, message) in listed.messages.iter().enumerate() {
        row(page, if number == 0 { "says" } else { "" }, message);
    }
    page.blank();
}

fn parameters(page: &mut Page, explained: &ExplainedRule<'_>) {
    let parameters = &explained.listed.parameters;
    if parameters.is_empty() {
        return;
    }
    page.heading(0, "Parameters");
    for parameter in parameters {
        let line = match &parameter.profile {
            None => format!("{} = {}", parameter.name, brief(&parameter.default)),
            Some(value) => format!(
                "{} = {} (profile `{}`; the pack has {})",
                parameter.name,
                brief(value),
                explained.profile,
                brief(&parameter.default)
            ),
        };
        page.paragraph(2, Tone::Plain, &line);
        if !parameter.comment.is_empty() {
            page.paragraph(4, Tone::Dim, &parameter.comment);
        }
    }
    page.blank();
}

fn in_image(page: &mut Page, image: &SeenRule) {
    page.heading(0, &format!("In {}", image.reference));
    let verdict = &image.verdict;
    let tone = match verdict.outcome {
        Outcome::Pass => Tone::Good,
        Outcome::Fail => Tone::Bad,
        Outcome::Warn | Outcome::Unknown => Tone::Caution,
        Outcome::NotApplicable => Tone::Dim,
    };
    let mut said = outcome_name(verdict.outcome).to_owned();
    if let Some(credit) = verdict.credit {
        said.push_str(&format!(", credit {}", exact(credit)));
        if let Some(share) = image.share {
            said.push_str(&format!(
                ": {} of {} points of the axis",
                exact(share * credit),
                exact(share)
            ));
        }
    }
    page.labelled(2, (Tone::Dim, "outcome"), LABEL, (tone, &said));
    row(
        page,
        "because",
        verdict.reason.as_deref().unwrap_or_default(),
    );
    for finding in &verdict.findings {
        one_finding(page, finding);
    }
    for topic in &image.seen.topics {
        let state = match topic.coverage {
            Coverage::Complete => "read completely",
            Coverage::Partial => "read in part",
            Coverage::Missing => "could not be read",
            Coverage::NotSearched => "not looked for",
        };
        let reason = topic.reason.as_ref().map(|reason| format!(": {reason}"));
        let line = format!("{} {state}{}", topic.name, reason.unwrap_or_default());
        row(page, "facts", &line);
    }
    page.blank();
    what_it_read(page, image);
    page.heading(0, "Which expressions held");
    if image.seen.bodies.is_empty() {
        page.paragraph(2, Tone::Plain, "the rule has no expression to look at");
    }
    let mut last: Option<&Body> = None;
    for one in &image.seen.bodies {
        if last.is_some() {
            page.blank();
        }
        body(page, 2, one);
        last = Some(one);
    }
}

fn one_finding(page: &mut Page, finding: &Finding) {
    let (tone, word) = match finding.kind {
        FindingKind::Deny => (Tone::Bad, "denies"),
        FindingKind::Warn => (Tone::Caution, "warns"),
    };
    let text = format!("{} [{}]", finding.msg, finding.subject);
    page.labelled(2, (tone, word), LABEL, (Tone::Plain, &text));
}

fn what_it_read(page: &mut Page, image: &SeenRule) {
    if image.seen.facts.is_empty() {
        return;
    }
    page.heading(0, "What it read");
    for fact in &image.seen.facts {
        let value = match &fact.value {
            Some(serde_json::Value::Array(items)) if items.len() > 1 => {
                let first = items.first().map(brief).unwrap_or_default();
                format!("{}, the first {first}", count(items.len(), "element"))
            }
            Some(value) => brief(value),
            None => "undefined".to_owned(),
        };
        page.labelled(2, (Tone::Plain, &fact.path), 34, (Tone::Dim, &value));
    }
    page.blank();
}
