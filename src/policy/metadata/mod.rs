//! The METADATA block of a rule.

mod block;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::date::days;
use super::error::Problem;
use super::files::PackFile;
use super::severity::Severity;
use crate::facts::model::{RoleName, Topic};
pub(super) use block::{Block, Reader};

/// How far a rule or a requirement can be relied on to stay.
pub(super) const STAGES: [&str; 3] = ["experimental", "stable", "deprecated"];

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

/// The keys below `custom`.
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

/// What the block above `package` says about rule `id`, and everything wrong with it. Keys that
/// are missing or malformed keep the value of [`RuleInfo::bare`]; only a shipped rule must name
/// its sources. `None` when there is no block.
pub(super) fn read(id: &str, file: &PackFile) -> Option<(RuleInfo, Vec<Problem>)> {
    let mut info = RuleInfo::bare(id);
    let mut reader = match Reader::open(file)? {
        Ok(reader) => reader,
        Err(problem) => return Some((info, vec![problem])),
    };
    let mut block: Block<Custom> = reader.keys();
    info.related = reader.sources(&mut block);
    reader.set("/title", &mut info.title, block.title);
    reader.set("/description", &mut info.description, block.description);
    fill(&mut reader, &mut info, block.custom.unwrap_or_default());
    Some((info, reader.finish()))
}

fn fill(reader: &mut Reader, info: &mut RuleInfo, custom: Custom) {
    let remediation = custom.remediation;
    reader.set("/custom/remediation", &mut info.remediation, remediation);
    let efforts = ["low", "medium", "high"];
    reader.choose("/custom/effort", &mut info.effort, custom.effort, &efforts);
    let (stability, stages) = (custom.stability, STAGES);
    reader.choose("/custom/stability", &mut info.stability, stability, &stages);
    match custom.severity.as_deref().map(Severity::from_name) {
        Some(Some(severity)) => info.severity = severity,
        Some(None) => reader.report(
            "/custom/severity",
            "`severity` is not one of info, low, medium, high, critical",
        ),
        None => reader.missing("/custom/severity"),
    }
    match custom.weight {
        Some(weight) if weight.is_finite() && (0.0..=100.0).contains(&weight) => {
            info.weight = weight;
        }
        Some(_) => reader.report("/custom/weight", "`weight` is not a number from 0 to 100"),
        None => reader.missing("/custom/weight"),
    }
    info.needs = reader.needs(custom.needs);
    info.applies_to = roles(reader, &custom.applies_to);
    info.effective_on = custom.effective_on.filter(|date| {
        let is_day = days(date).is_some();
        if !is_day {
            let message = "`effective_on` is not a date, YYYY-MM-DD";
            reader.report("/custom/effective_on", message);
        }
        is_day
    });
    info.aliases = custom.aliases;
    match custom.controls {
        Some(controls) if is_controls(&controls) => info.controls = controls,
        Some(_) => reader.report(
            "/custom/controls",
            "`controls` is not a map of standard to ids",
        ),
        None => {}
    }
}

fn roles(reader: &mut Reader, names: &[String]) -> Vec<RoleName> {
    let mut roles = Vec::new();
    for (at, name) in names.iter().enumerate() {
        match serde_json::from_value(Value::from(name.as_str())) {
            Ok(role) => roles.push(role),
            Err(_) => reader.report(
                &format!("/custom/applies_to/{at}"),
                &format!("`applies_to` names `{name}`; roles are base, build, runtime, app"),
            ),
        }
    }
    roles
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
    use crate::policy::error::ProblemKind;
    use crate::policy::files::Origin;

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
            name: "f.rego".to_owned(),
            place: vec!["f.rego".to_owned()],
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
        assert_eq!(lines, [Some(2), Some(11), Some(8)], "{problems:?}");
        assert!(problems[2].message.contains("did you mean `layout`"));
    }

    #[test]
    fn a_rule_counts_from_a_day_of_the_calendar_or_at_once() {
        let from = |date: &str| {
            let key = format!("# custom:\n#   effective_on: {date}");
            let text = COMPLETE.replace("# custom:", &key);
            let (info, problems) = read("hardening.no_setuid", &rule(text)).unwrap();
            (info.effective_on, problems.len())
        };
        assert_eq!(from("2027-02-28"), (Some("2027-02-28".to_owned()), 0));
        for date in ["9999-99-99", "2027-02-29", "2027-1-1", "27-01-01", "soon"] {
            assert_eq!(from(date), (None, 1), "{date}");
        }
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_reported_once_and_the_rest_is_read() {
        let text = COMPLETE
            .replace("weight: 2", "weight: heavy")
            .replace("applies_to", "aplies_to");
        let (info, problems) = read("hardening.no_setuid", &rule(text)).unwrap();
        let lines: Vec<Option<usize>> = problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [Some(8), Some(10)], "{problems:?}");
        assert!(
            problems
                .iter()
                .all(|problem| problem.kind == ProblemKind::Metadata)
        );
        assert_eq!((info.weight, info.severity), (1.0, Severity::High));
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
        assert!(text.contains("f.rego:6:3"), "{text}");
        assert!(!text.contains("description: Why"), "{text}");
    }
}
