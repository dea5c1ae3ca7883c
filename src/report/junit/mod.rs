//! JUnit XML, as Jenkins and GitLab read it: a suite for each image, a case for each rule.
//!
//! There is no one schema of JUnit. What is written here is what Jenkins' `junit-10.xsd` (xunit-plugin)
//! allows and GitLab's parser looks at: `testsuites`, `testsuite`, `properties`, `testcase` with one of
//! `failure`, `error` and `skipped`, `system-err`. GitLab tells cases apart by class name and name,
//! so the image is in the class name of each.
//!
//! - `failure`: the rule blocks; in a scan, which decides nothing, it failed.
//! - `error`: required evidence is unknown, or the image could not be read.
//! - `skipped`: anything else that is not a pass, with the reason: not blocking, waived, known,
//!   advice only, unknown, not applicable. So the answer of the file is that of the run.

pub mod rule_tests;
mod xml;

use std::collections::BTreeSet;

use super::document::{ImageReport, Report, RuleReport};
use super::standing::{self, Noted, Reason, Standing};
use super::table::words::{flow, gap_name, platform, worded};
use crate::policy::verdict::{Outcome, Severity};
use xml::Xml;

/// Findings told of one rule. GitLab reads 30 MB of a file at most ("Unit test reports").
const SHOWN_FINDINGS: usize = 100;

/// Places told that could not be read.
const SHOWN_GAPS: usize = 100;

/// The report as JUnit XML; findings under `least` are left out.
pub fn print(report: &Report, least: Option<Severity>) -> String {
    let mut suites: Vec<Suite> = Vec::new();
    let mut names = BTreeSet::new();
    for image in &report.images {
        let name = distinct(image, &mut names);
        suites.push(Suite::of(image, name, least));
    }
    suites.extend(report.not_read.iter().map(Suite::not_read));
    let all = Totals::of(suites.iter().flat_map(|suite| &suite.cases));
    let mut xml = Xml::new();
    let name = format!("freehold {}", report.run.command);
    // The schema has `skipped` for a suite and not for all of them.
    let [name, tests, failures, errors, _] = all.attributes(&name);
    xml.start("testsuites", &[name, tests, failures, errors]);
    for suite in &suites {
        suite.write(&mut xml, report);
    }
    xml.finish()
}

/// The reference; with the platform where one image comes up for several.
fn distinct(image: &ImageReport, names: &mut BTreeSet<String>) -> String {
    let mut name = image.reference.clone();
    if names.contains(&name) {
        name = format!("{name} {}", platform(&image.platform));
    }
    let mut number: usize = 2;
    let first = name.clone();
    while !names.insert(name.clone()) {
        name = format!("{first} ({number})");
        number = number.saturating_add(1);
    }
    name
}

/// What a case came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Result {
    Passed,
    Failure,
    Error,
    Skipped,
}

/// One case.
#[derive(Debug)]
struct Case {
    name: String,
    result: Result,
    /// What the short text says.
    message: String,
    /// The text.
    lines: Vec<String>,
}

impl Case {
    fn new(name: &str, result: Result, message: String) -> Self {
        Self {
            name: name.to_owned(),
            result,
            message,
            lines: Vec::new(),
        }
    }

    fn write(&self, class: &str, xml: &mut Xml) {
        let attributes = [("classname", class), ("name", self.name.as_str())];
        let (element, kind) = match self.result {
            Result::Passed => return xml.empty("testcase", &attributes),
            Result::Failure => ("failure", "finding"),
            Result::Error => ("error", "unknown"),
            Result::Skipped => ("skipped", ""),
        };
        let mut said = vec![("message", self.message.as_str())];
        if !kind.is_empty() {
            said.push(("type", kind));
        }
        xml.start("testcase", &attributes);
        xml.lines(element, &said, &self.lines);
        xml.end();
    }
}

/// Cases by what they came to.
#[derive(Debug)]
struct Totals([String; 4]);

impl Totals {
    fn of<'a>(cases: impl Iterator<Item = &'a Case>) -> Self {
        let (mut tests, mut failures, mut errors, mut skipped) = (0_u64, 0_u64, 0_u64, 0_u64);
        for case in cases {
            tests = tests.saturating_add(1);
            let counter = match case.result {
                Result::Passed => continue,
                Result::Failure => &mut failures,
                Result::Error => &mut errors,
                Result::Skipped => &mut skipped,
            };
            *counter = counter.saturating_add(1);
        }
        Self([tests, failures, errors, skipped].map(|number| number.to_string()))
    }

    fn attributes<'a>(&'a self, name: &'a str) -> [(&'static str, &'a str); 5] {
        let Self([tests, failures, errors, skipped]) = self;
        [
            ("name", name),
            ("tests", tests),
            ("failures", failures),
            ("errors", errors),
            ("skipped", skipped),
        ]
    }
}

/// One suite.
#[derive(Debug)]
struct Suite {
    name: String,
    properties: Vec<(&'static str, String)>,
    cases: Vec<Case>,
    /// What could not be read.
    gaps: Vec<String>,
}

impl Suite {
    fn of(image: &ImageReport, name: String, least: Option<Severity>) -> Self {
        let noted = standing::findings(image, least);
        let reasons = standing::reasons(image);
        let rules = image.scorecard.rules.iter();
        let mut cases: Vec<Case> = rules
            .map(|rule| case(rule, image, &noted, &reasons))
            .collect();
        let ids: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
        let others = reasons
            .iter()
            .filter(|reason| !ids.contains(reason.id.as_str()));
        let others: Vec<Case> = others
            .map(|reason| {
                let (result, prefix) = blocked(reason, Result::Failure);
                Case::new(&reason.id, result, format!("{prefix}{}", reason.text))
            })
            .collect();
        cases.extend(others);
        let digest = image.digest.clone().or_else(|| image.config_digest.clone());
        let mut properties = vec![("platform", platform(&image.platform))];
        properties.extend(digest.map(|digest| ("digest", digest)));
        let verdict = image.scorecard.verdict.clone();
        properties.extend(verdict.map(|verdict| ("verdict", verdict)));
        Self {
            name,
            properties,
            cases,
            gaps: gaps(image),
        }
    }

    fn not_read(image: &super::document::NotRead) -> Self {
        let mut case = Case::new("image.read", Result::Error, flow(&image.message));
        case.lines.push(flow(&image.message));
        Self {
            name: image.reference.clone(),
            properties: Vec::new(),
            cases: vec![case],
            gaps: Vec::new(),
        }
    }

    fn write(&self, xml: &mut Xml, report: &Report) {
        let totals = Totals::of(self.cases.iter());
        let mut attributes = totals.attributes(&self.name).to_vec();
        // ISO 8601 without a zone, as Jenkins' schema has it; it is UTC.
        let time = report.run.judged_at.trim_end_matches('Z');
        attributes.push(("timestamp", time));
        xml.start("testsuite", &attributes);
        xml.start("properties", &[]);
        let run = &report.run;
        let pack = format!("sha256:{}", run.pack.digest);
        for (key, value) in self
            .properties
            .iter()
            .map(|(key, value)| (*key, value.as_str()))
            .chain([
                ("profile", run.profile.name.as_str()),
                ("pack", &pack),
                ("freehold", &report.tool.version),
                ("not judged", &run.not_judged.join(", ")),
            ])
        {
            xml.empty("property", &[("name", key), ("value", value)]);
        }
        xml.end();
        for case in &self.cases {
            case.write(&self.name, xml);
        }
        if !self.gaps.is_empty() {
            xml.lines("system-err", &[], &self.gaps);
        }
        xml.end();
    }
}

/// What a reason of the gate makes of a case, and what the message begins with: no more than a remark
/// where it does not block.
fn blocked(reason: &Reason, result: Result) -> (Result, &'static str) {
    match reason.standing {
        Standing::Advised => (Result::Skipped, "advice only: "),
        Standing::Known => (Result::Skipped, "known from the baseline: "),
        Standing::Blocks | Standing::Told | Standing::Waived => (result, ""),
    }
}

fn case(rule: &RuleReport, image: &ImageReport, noted: &[Noted<'_>], reasons: &[Reason]) -> Case {
    let own: Vec<&Noted<'_>> = noted
        .iter()
        .filter(|noted| noted.rule.id == rule.id)
        .collect();
    let reason = || rule.reason.as_deref().map(worded).unwrap_or_default();
    let required = reasons.iter().find(|reason| reason.id == rule.id);
    let mut case = if let Some(required) = required {
        let (result, prefix) = blocked(required, Result::Error);
        Case::new(&rule.id, result, format!("{prefix}{}", required.text))
    } else {
        let skipped = |message| Case::new(&rule.id, Result::Skipped, message);
        match rule.outcome {
            Outcome::Pass => Case::new(&rule.id, Result::Passed, String::new()),
            Outcome::NotApplicable => skipped(format!("not applicable: {}", reason())),
            Outcome::Unknown => skipped(format!(
                "unknown: {}",
                standing::unknown_reason(rule, image)
            )),
            Outcome::Warn | Outcome::Fail => unsatisfied(rule, image, &own),
        }
    };
    if case.result != Result::Passed {
        case.lines = lines(rule, image, &own);
    }
    case
}

/// The case of a rule that failed or warned.
fn unsatisfied(rule: &RuleReport, image: &ImageReport, own: &[&Noted<'_>]) -> Case {
    let Some(worst) = own.first() else {
        let message = "only findings below the severity asked for".to_owned();
        return Case::new(&rule.id, Result::Skipped, message);
    };
    let first = flow(&worst.finding.msg);
    let first = match own.len().saturating_sub(1) {
        0 => first,
        more => format!("{first}, and {more} more"),
    };
    let scan_failed = image.gate.is_none() && rule.outcome == Outcome::Fail;
    match worst.standing {
        Standing::Blocks => Case::new(&rule.id, Result::Failure, first),
        Standing::Told if scan_failed => Case::new(&rule.id, Result::Failure, first),
        standing => {
            let word = match standing {
                Standing::Advised => "advice only",
                Standing::Waived => "waived",
                Standing::Known => "known from the baseline",
                _ if rule.outcome == Outcome::Warn => "warning",
                _ => "does not block",
            };
            Case::new(&rule.id, Result::Skipped, format!("{word}: {first}"))
        }
    }
}

/// What a rule found, and what to do about it.
fn lines(rule: &RuleReport, image: &ImageReport, own: &[&Noted<'_>]) -> Vec<String> {
    let mut lines = vec![flow(&rule.title)];
    for noted in own.iter().take(SHOWN_FINDINGS) {
        let finding = noted.finding;
        let parts = [
            Some(format!(
                "{}: {}",
                finding.severity.name(),
                flow(&finding.msg)
            )),
            standing::place(finding, image),
            standing::waived(finding),
            (noted.standing == Standing::Known).then(|| "in the baseline".to_owned()),
        ];
        lines.push(format!(
            "- {}",
            parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
        ));
    }
    let left = own.len().saturating_sub(SHOWN_FINDINGS);
    if left > 0 {
        lines.push(format!("- and {left} more, listed in -f json"));
    }
    if !own.is_empty() && !rule.remediation.trim().is_empty() {
        lines.push(format!("fix: {}", flow(&rule.remediation)));
    }
    lines
}

fn gaps(image: &ImageReport) -> Vec<String> {
    let mut lines: Vec<String> = image
        .gaps
        .iter()
        .take(SHOWN_GAPS)
        .map(|gap| {
            let path = gap.path.as_deref().unwrap_or_else(|| gap.topic.name());
            format!(
                "not read: {path}: {}: {}",
                gap_name(gap.kind),
                flow(&gap.detail)
            )
        })
        .collect();
    let left = image.gaps.len().saturating_sub(SHOWN_GAPS);
    if left > 0 {
        lines.push(format!("and {left} more, listed in -f json"));
    }
    lines
}
