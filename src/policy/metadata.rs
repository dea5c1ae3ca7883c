//! The METADATA block of a rule.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::documents::yaml_sentence;
use super::error::{Problem, ProblemKind, closest};
use super::files::{Origin, PackFile};
use super::severity::Severity;
use crate::facts::model::{RoleName, Topic};

/// Categories, in the order they are always shown. Others follow by name.
pub const CATEGORIES: [&str; 8] = [
    "distro",
    "fhs",
    "proprietary",
    "exit",
    "customization",
    "provenance",
    "hardening",
    "vendor",
];

/// A rule as its METADATA block describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleInfo {
    /// `<category>.<rule>`.
    pub id: String,
    /// First part of the id.
    pub category: String,
    /// Title: what is true when the rule passes.
    pub title: String,
    /// Why it matters, in a paragraph.
    pub description: String,
    /// Default severity.
    pub severity: Severity,
    /// Default weight in its category.
    pub weight: f64,
    /// Topics it reads.
    pub needs: Vec<Topic>,
    /// Roles it concerns; empty means all.
    pub applies_to: Vec<RoleName>,
    /// What to do about it.
    pub remediation: String,
    /// How much work that is: `low`, `medium`, `high`.
    pub effort: String,
    /// `experimental`, `stable` or `deprecated`.
    pub stability: String,
    /// ISO date from which a failure counts; before it, a failure is a warning.
    pub effective_on: Option<String>,
    /// Former ids.
    pub aliases: Vec<String>,
    /// Controls of standards it speaks to, by standard: `{"cis_docker_1.6": ["4.8"]}`.
    pub controls: Value,
    /// Sources, as URLs.
    pub related: Vec<String>,
}

impl RuleInfo {
    /// A rule about which nothing is said: what a rule without METADATA starts from. Its severity
    /// is high, because whoever adds a `deny` without a severity means it to block.
    pub(super) fn bare(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            category: id.split('.').next().unwrap_or_default().to_owned(),
            title: id.to_owned(),
            description: String::new(),
            severity: Severity::High,
            weight: 1.0,
            needs: Vec::new(),
            applies_to: Vec::new(),
            remediation: String::new(),
            effort: "medium".to_owned(),
            stability: "experimental".to_owned(),
            effective_on: None,
            aliases: Vec::new(),
            controls: Value::Object(serde_json::Map::new()),
            related: Vec::new(),
        }
    }

    /// Position of the category in [`CATEGORIES`]; others come after all of these.
    pub fn category_order(&self) -> usize {
        CATEGORIES
            .iter()
            .position(|name| *name == self.category)
            .unwrap_or(CATEGORIES.len())
    }
}

/// The keys of a block, as written. OPA's own keys that say nothing about a rule here are allowed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    title: Option<String>,
    description: Option<String>,
    #[serde(default)]
    related_resources: Vec<Resource>,
    custom: Option<Custom>,
    #[serde(rename = "scope")]
    _scope: Option<String>,
    #[serde(rename = "authors")]
    _authors: Option<Value>,
    #[serde(rename = "organizations")]
    _organizations: Option<Value>,
    #[serde(rename = "schemas")]
    _schemas: Option<Value>,
    #[serde(rename = "entrypoint")]
    _entrypoint: Option<bool>,
}

/// A source, as OPA lets it be written.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Resource {
    Url(String),
    Described {
        #[serde(rename = "ref")]
        url: String,
    },
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Custom {
    severity: Option<String>,
    weight: Option<f64>,
    needs: Option<Vec<String>>,
    #[serde(default)]
    applies_to: Vec<String>,
    remediation: Option<String>,
    effort: Option<String>,
    stability: Option<String>,
    effective_on: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    controls: Option<Value>,
}

/// A block's YAML and where it stands in the file.
pub(super) struct Found {
    pub(super) yaml: String,
    first_line: usize,
    pub(super) start: usize,
    /// End of the line that opens it.
    head_end: usize,
    pub(super) end: usize,
}

/// What the block above `package` says about rule `id`, and everything wrong with it. Keys that
/// are missing or malformed keep the value of [`RuleInfo::bare`]; only a shipped rule must name
/// its sources. `None` when there is no block.
pub(super) fn read(id: &str, file: &PackFile) -> Option<(RuleInfo, Vec<Problem>)> {
    let text = &file.text;
    let found = find_block(text)?;
    let mut reader = Reader {
        file,
        text,
        found: &found,
        problems: Vec::new(),
    };
    let mut info = RuleInfo::bare(id);
    match yaml_serde::from_str::<Block>(&found.yaml) {
        Ok(block) => reader.fill(&mut info, block),
        Err(error) => {
            let problem = Problem::in_file(
                ProblemKind::Metadata,
                &file.name,
                format!(
                    "the METADATA block cannot be read: {}",
                    yaml_sentence(&error)
                ),
            );
            let problem = match error.location() {
                Some(at) => {
                    let line = found.first_line.saturating_add(at.line()).saturating_sub(1);
                    problem.at_line(text, line, at.column().saturating_add(2))
                }
                None => problem.at(text, found.start, found.head_end),
            };
            reader.problems.push(problem);
        }
    }
    Some((info, reader.problems))
}

struct Reader<'a> {
    file: &'a PackFile,
    text: &'a str,
    found: &'a Found,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn fill(&mut self, info: &mut RuleInfo, block: Block) {
        self.set("title", &mut info.title, block.title);
        self.set("description", &mut info.description, block.description);
        info.related = block.related_resources.into_iter().map(url).collect();
        if info.related.is_empty() && self.file.origin == Origin::Embedded {
            self.report("related_resources", "the METADATA block names no source");
        }
        for url in &info.related {
            if !url.starts_with("https://") {
                self.report(url, &format!("source `{url}` is not an https address"));
            }
        }
        let custom = block.custom.unwrap_or_default();
        self.set("remediation", &mut info.remediation, custom.remediation);
        let efforts = ["low", "medium", "high"];
        self.choose("effort", &mut info.effort, custom.effort, &efforts);
        let stages = ["experimental", "stable", "deprecated"];
        self.choose("stability", &mut info.stability, custom.stability, &stages);
        match custom.severity.as_deref().map(Severity::from_name) {
            Some(Some(severity)) => info.severity = severity,
            None => self.report("severity", "the METADATA block has no `severity`"),
            Some(None) => self.report(
                "severity",
                "`severity` is not one of info, low, medium, high, critical",
            ),
        }
        match custom.weight {
            Some(weight) if weight.is_finite() && (0.0..=100.0).contains(&weight) => {
                info.weight = weight;
            }
            Some(_) => self.report("weight", "`weight` is not a number from 0 to 100"),
            None => self.report("weight", "the METADATA block has no `weight`"),
        }
        match custom.needs {
            Some(names) => info.needs = self.topics(&names),
            None => self.report("needs", "the METADATA block has no `needs`"),
        }
        info.applies_to = self.roles(&custom.applies_to);
        if let Some(date) = &custom.effective_on
            && !is_date(date)
        {
            self.report("effective_on", "`effective_on` is not a date, YYYY-MM-DD");
        }
        info.effective_on = custom.effective_on.filter(|date| is_date(date));
        info.aliases = custom.aliases;
        match custom.controls {
            Some(controls) if is_controls(&controls) => info.controls = controls,
            Some(_) => self.report("controls", "`controls` is not a map of standard to ids"),
            None => {}
        }
    }

    fn set(&mut self, key: &str, target: &mut String, value: Option<String>) {
        match value {
            Some(value) if !value.trim().is_empty() => *target = value.trim().to_owned(),
            _ => self.report(key, &format!("the METADATA block has no `{key}`")),
        }
    }

    fn choose(&mut self, key: &str, target: &mut String, value: Option<String>, from: &[&str]) {
        match value {
            Some(value) if from.contains(&value.as_str()) => *target = value,
            None => self.report(key, &format!("the METADATA block has no `{key}`")),
            Some(_) => self.report(key, &format!("`{key}` is not one of {}", from.join(", "))),
        }
    }

    fn topics(&mut self, names: &[String]) -> Vec<Topic> {
        let mut topics = Vec::new();
        for name in names {
            match Topic::ALL.into_iter().find(|topic| topic.name() == name) {
                Some(topic) => topics.push(topic),
                None => {
                    let known = closest(name, Topic::ALL.iter().map(|topic| topic.name()));
                    let mut message = format!("`needs` names `{name}`, which is no topic");
                    if let Some(known) = known {
                        message.push_str(&format!("; did you mean `{known}`?"));
                    }
                    self.report(name, &message);
                }
            }
        }
        topics.sort_unstable();
        topics.dedup();
        topics
    }

    fn roles(&mut self, names: &[String]) -> Vec<RoleName> {
        let mut roles = Vec::new();
        for name in names {
            match serde_json::from_value(Value::from(name.as_str())) {
                Ok(role) => roles.push(role),
                Err(_) => self.report(
                    name,
                    &format!("`applies_to` names `{name}`; roles are base, build, runtime, app"),
                ),
            }
        }
        roles
    }

    /// Reports a problem where the block has `word` as a key, else mentions it, else at the line
    /// that opens the block.
    fn report(&mut self, word: &str, message: &str) {
        let block = self.text.get(self.found.start..self.found.end);
        let key = format!("{word}:");
        let offset = block.and_then(|block| block.find(&key).or_else(|| block.find(word)));
        let (start, end) = match offset {
            Some(offset) => {
                let start = self.found.start.saturating_add(offset);
                (start, start.saturating_add(word.len()))
            }
            None => (self.found.start, self.found.head_end),
        };
        let problem = Problem::in_file(ProblemKind::Metadata, &self.file.name, message);
        self.problems.push(problem.at(self.text, start, end));
    }
}

/// Finds the block whose next line of code is `package`.
pub(super) fn find_block(text: &str) -> Option<Found> {
    let mut found: Option<Found> = None;
    let mut is_open = false;
    let mut offset = 0_usize;
    for (number, line) in (1_usize..).zip(text.split_inclusive('\n')) {
        let start = offset;
        offset = offset.saturating_add(line.len());
        let line = line.trim_end();
        match line.strip_prefix('#') {
            Some(comment) if comment.trim() == "METADATA" => {
                is_open = true;
                found = Some(Found {
                    yaml: String::new(),
                    first_line: number.saturating_add(1),
                    start,
                    head_end: start.saturating_add(line.len()),
                    end: offset,
                });
            }
            Some(comment) => {
                if let (Some(found), true) = (&mut found, is_open) {
                    found
                        .yaml
                        .push_str(comment.strip_prefix(' ').unwrap_or(comment));
                    found.yaml.push('\n');
                    found.end = offset;
                }
            }
            None => {
                is_open = false;
                if line.starts_with("package") {
                    return found;
                }
                if !line.is_empty() {
                    found = None;
                }
            }
        }
    }
    None
}

/// The address of a source.
pub(super) fn url(resource: Resource) -> String {
    match resource {
        Resource::Url(url) | Resource::Described { url } => url,
    }
}

/// Whether `text` looks like `YYYY-MM-DD`.
pub(super) fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

fn is_controls(value: &Value) -> bool {
    let is_ids = |ids: &Value| {
        ids.as_array()
            .is_some_and(|ids| ids.iter().all(Value::is_string))
    };
    value
        .as_object()
        .is_some_and(|standards| standards.values().all(is_ids))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE: &str = "\
# METADATA
# title: No setuid
# description: Why.
# related_resources:
#   - ref: https://example.com/a
# custom:
#   severity: high
#   weight: 2
#   needs: [layout, image]
#   applies_to: [runtime]
#   remediation: Do.
#   effort: low
#   stability: stable
#   controls: {cis: [\"4.8\"]}
package freehold.hardening.no_setuid
";

    fn rule(text: String) -> PackFile {
        PackFile {
            name: "f".to_owned(),
            place: vec!["f".to_owned()],
            text,
            origin: Origin::Embedded,
        }
    }

    #[test]
    fn a_complete_block_has_no_problems() {
        let (info, problems) = read("hardening.no_setuid", &rule(COMPLETE.to_owned())).unwrap();
        assert_eq!(problems, []);
        assert_eq!(info.severity, Severity::High);
        assert_eq!(info.needs, [Topic::Image, Topic::Layout]);
        assert_eq!(info.applies_to, [RoleName::Runtime]);
        assert_eq!(info.category, "hardening");
    }

    #[test]
    fn every_problem_of_a_block_is_reported_with_its_line() {
        let text = COMPLETE
            .replace("layout, image", "layuot, image")
            .replace("effort: low", "effort: huge")
            .replace("# title: No setuid\n", "");
        let (_, problems) = read("hardening.no_setuid", &rule(text.to_owned())).unwrap();
        let lines: Vec<Option<usize>> = problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [Some(1), Some(11), Some(8)], "{problems:?}");
        assert!(problems[2].message.contains("did you mean `layout`"));
    }

    #[test]
    fn malformed_yaml_is_reported_where_it_is() {
        let text = COMPLETE.replace("# custom:", "# custom: [");
        let (_, problems) = read("a.b", &rule(text.to_owned())).unwrap();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].line.unwrap() >= 6, "{problems:?}");
        assert!(!problems[0].message.contains("line"), "{problems:?}");
    }

    #[test]
    fn a_block_on_a_rule_is_not_the_packages_block() {
        let text = "package a\n\n# METADATA\n# title: x\nx := 1\n";
        assert!(read("a", &rule(text.to_owned())).is_none());
    }

    #[test]
    fn only_a_shipped_rule_must_name_its_sources() {
        let source = "# related_resources:\n#   - ref: https://example.com/a\n";
        let mut file = rule(COMPLETE.replace(source, ""));
        let (_, problems) = read("hardening.no_setuid", &file).unwrap();
        assert_eq!(problems.len(), 1, "{problems:?}");
        file.origin = Origin::User;
        let (_, problems) = read("hardening.no_setuid", &file).unwrap();
        assert_eq!(problems, []);
    }

    #[test]
    fn a_missing_key_points_at_one_line() {
        let file = rule(COMPLETE.replace("#   remediation: Do.\n", ""));
        let (_, problems) = read("hardening.no_setuid", &file).unwrap();
        assert_eq!(problems.len(), 1, "{problems:?}");
        let mut text = String::new();
        miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::none())
            .render_report(&mut text, &problems[0])
            .unwrap();
        assert!(text.contains("f:1:1"), "{text}");
        assert!(!text.contains("description: Why"), "{text}");
    }
}
