//! Rules on facts: one verdict per rule.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::digest::sha256_hex;
use super::engine::{Engine, EngineError, RULE_SECONDS, on_deep_stack};
use super::error::PolicyError;
use super::metadata::RuleInfo;
use super::pack::{Pack, document_with};
use super::profile::Profile;
use super::rules::PackRule;
use super::verdict::{Finding, FindingKind, Outcome, Severity, Verdict};
use crate::facts::model::{Coverage, Facts, RoleName, Side, Topic, TopicCoverage};

/// Findings kept per rule. Facts are capped far below this; a rule that multiplies them is not.
const MAX_FINDINGS: usize = 10_000;

/// Judges one image: a verdict for each rule that is on in `profile`, by category and id. `now` is
/// the judging time, RFC 3339.
///
/// # Errors
/// [`PolicyError::Engine`] when nothing could be evaluated at all, and [`PolicyError::TimeLimit`]
/// when a rule runs too long. A rule that fails by itself is a verdict: unknown.
pub fn evaluate(
    pack: &Pack,
    profile: &Profile,
    facts: &Facts,
    now: &str,
) -> Result<Vec<Verdict>, PolicyError> {
    let input = serde_json::to_value(facts).map_err(|error| PolicyError::Engine {
        detail: format!("the facts cannot be handed over: {error}"),
    })?;
    on_deep_stack(|| {
        let mut engine = pack.engine.clone();
        engine.add_data(document_with(&pack.documents, changes(profile, now)))?;
        engine.set_input(input)?;
        engine.prepare().map_err(|error| PolicyError::Engine {
            detail: error.sentence(),
        })?;
        let judge = Judge {
            engine: &engine,
            profile,
            topics: &facts.topics,
            role: facts.image.role.name,
            today: now.get(..10).unwrap_or(now),
        };
        let is_on = |rule: &&PackRule| profile.rules.contains(&rule.info.id);
        pack.rules
            .iter()
            .filter(is_on)
            .map(|rule| judge.verdict(rule))
            .collect()
    })?
}

/// What a run adds to the pack's documents.
pub(super) fn changes(profile: &Profile, now: &str) -> Map<String, Value> {
    let mut tree = Map::new();
    for (id, parameters) in &profile.parameters {
        let mut below: Map<String, Value> = Map::new();
        below.insert("parameters".to_owned(), Value::Object(parameters.clone()));
        for name in id.rsplit('.') {
            below = Map::from_iter([(name.to_owned(), Value::Object(below))]);
        }
        super::documents::merge(&mut tree, below, false);
    }
    tree.insert("now".to_owned(), Value::from(now));
    tree
}

struct Judge<'a> {
    engine: &'a Engine,
    profile: &'a Profile,
    topics: &'a BTreeMap<Topic, TopicCoverage>,
    role: RoleName,
    /// Date of the judging time.
    today: &'a str,
}

/// Why a rule gave no answer.
#[derive(Debug)]
enum Trouble {
    /// The rule is at fault, and nothing else is: a reason in words.
    Rule(String),
    /// The clock stopped it.
    Time,
}

impl From<EngineError> for Trouble {
    fn from(error: EngineError) -> Self {
        match error.is_timeout {
            true => Self::Time,
            false => Self::Rule(error.sentence()),
        }
    }
}

/// What a rule says, before it is weighed.
struct Said {
    outcome: Outcome,
    reason: Option<String>,
    findings: Vec<Finding>,
    credit: Option<f64>,
}

impl Said {
    fn without_credit(outcome: Outcome, reason: String, findings: Vec<Finding>) -> Self {
        Self {
            outcome,
            reason: Some(reason),
            findings,
            credit: None,
        }
    }
}

impl Judge<'_> {
    fn verdict(&self, rule: &PackRule) -> Result<Verdict, PolicyError> {
        let info = &rule.info;
        let severity = self.profile.severity(&info.id, info.severity);
        let mut findings = Vec::new();
        let said = match self.judge(rule, severity, &mut findings) {
            Ok(said) if self.other_role(info).is_some() => said,
            Ok(said) => blind(said, rule),
            Err(Trouble::Rule(error)) => {
                let reason = format!("the rule could not be evaluated in full: {error}");
                sort(&mut findings);
                // What it had denied by then stays denied, or padding could silence a rule.
                let denied = |finding: &Finding| finding.kind == FindingKind::Deny;
                if findings.iter().any(denied) && self.other_role(info).is_none() {
                    Said {
                        outcome: Outcome::Fail,
                        reason: Some(reason),
                        findings,
                        credit: Some(0.0),
                    }
                } else {
                    Said::without_credit(Outcome::Unknown, reason, findings)
                }
            }
            Err(Trouble::Time) => {
                return Err(PolicyError::TimeLimit {
                    what: format!("rule `{}`", info.id),
                    seconds: RULE_SECONDS,
                });
            }
        };
        Ok(Verdict {
            rule: Arc::clone(info),
            severity,
            weight: self.profile.weight(&info.id, info.weight),
            outcome: said.outcome,
            credit: said.credit,
            reason: said.reason,
            findings: said.findings,
        })
    }

    /// The order of questions is the contract with rule writers: does the rule concern the image,
    /// could its facts be read, what did it find, and were the facts complete enough to say no
    /// more. An error leaves what was found until then in `found`.
    fn judge(
        &self,
        rule: &PackRule,
        severity: Severity,
        found: &mut Vec<Finding>,
    ) -> Result<Said, Trouble> {
        if let Some(reason) = self.other_role(&rule.info) {
            let outcome = Outcome::NotApplicable;
            return Ok(Said::without_credit(outcome, reason, Vec::new()));
        }
        // A clone per rule: what one rule leaves behind cannot reach the next.
        let mut engine = self.engine.clone();
        if let Some(reason) = text_of(&mut engine, rule.not_applicable.as_ref())? {
            return Ok(Said::without_credit(
                Outcome::NotApplicable,
                reason,
                Vec::new(),
            ));
        }
        if let Some(reason) = self.missing(&rule.info) {
            return Ok(Said::without_credit(Outcome::Unknown, reason, Vec::new()));
        }
        for (paths, kind) in [
            (&rule.deny, FindingKind::Deny),
            (&rule.warn, FindingKind::Warn),
        ] {
            for path in paths {
                let value = engine.evaluate(path)?;
                collect(value, kind, &rule.info.id, severity, found).map_err(Trouble::Rule)?;
            }
        }
        let score = number_of(&mut engine, rule.score.as_ref())?;
        let stated = text_of(&mut engine, rule.unknown.as_ref())?;
        let mut findings = std::mem::take(found);
        sort(&mut findings);
        if let Some(reason) = stated {
            return Ok(Said::without_credit(Outcome::Unknown, reason, findings));
        }
        Ok(self.weigh(&rule.info, findings, score))
    }

    fn weigh(&self, info: &RuleInfo, findings: Vec<Finding>, score: Option<f64>) -> Said {
        let is_early = info
            .effective_on
            .as_deref()
            .is_some_and(|date| self.today < date);
        let has_denial = findings
            .iter()
            .any(|finding| finding.kind == FindingKind::Deny);
        if has_denial && !is_early {
            return Said {
                outcome: Outcome::Fail,
                reason: None,
                findings,
                credit: Some(score.unwrap_or(0.0)),
            };
        }
        if let Some(reason) = self.partial(info) {
            return Said::without_credit(Outcome::Unknown, reason, findings);
        }
        let (outcome, credit) = match score.unwrap_or(0.5) {
            _ if findings.is_empty() => (Outcome::Pass, 1.0),
            // Warnings that cost nothing are notes.
            full if full >= 1.0 && !has_denial => (Outcome::Pass, 1.0),
            credit => (Outcome::Warn, credit),
        };
        let date = info.effective_on.as_deref().unwrap_or_default();
        Said {
            outcome,
            reason: has_denial.then(|| format!("a failure counts from {date}")),
            findings,
            credit: Some(credit),
        }
    }

    fn other_role(&self, info: &RuleInfo) -> Option<String> {
        if info.applies_to.is_empty() || info.applies_to.contains(&self.role) {
            return None;
        }
        let names: Vec<&str> = info
            .applies_to
            .iter()
            .map(|role| role_name(*role))
            .collect();
        Some(format!(
            "it concerns {} images, and this is a {} image",
            names.join(" and "),
            role_name(self.role)
        ))
    }

    /// Why the rule's facts are not there at all. A topic that the facts do not list was not read.
    fn missing(&self, info: &RuleInfo) -> Option<String> {
        self.first(info, |coverage| match coverage {
            Coverage::Missing => Some("could not be read"),
            Coverage::NotSearched => Some("was not looked for"),
            Coverage::Complete | Coverage::Partial => None,
        })
    }

    /// Why the rule's facts are not all there.
    fn partial(&self, info: &RuleInfo) -> Option<String> {
        self.first(info, |coverage| {
            (coverage == Coverage::Partial).then_some("was read only in part")
        })
    }

    fn first(
        &self,
        info: &RuleInfo,
        why: impl Fn(Coverage) -> Option<&'static str>,
    ) -> Option<String> {
        info.needs.iter().find_map(|topic| {
            let known = self.topics.get(topic);
            let coverage = known.map_or(Coverage::NotSearched, |topic| topic.coverage);
            let why = why(coverage)?;
            let name = topic.name();
            Some(match known.and_then(|topic| topic.reason.as_deref()) {
                Some(reason) => format!("{name} {why}: {reason}"),
                None => format!("{name} {why}"),
            })
        })
    }
}

fn role_name(role: RoleName) -> &'static str {
    match role {
        RoleName::Base => "base",
        RoleName::Build => "build",
        RoleName::Runtime => "runtime",
        RoleName::App => "app",
    }
}

/// A rule that follows a path which does not exist is silent where it was meant to speak: short of
/// a failure, nothing it says can be relied on, nor that it does not apply.
fn blind(said: Said, rule: &PackRule) -> Said {
    match (&rule.flaw, said.outcome) {
        (None, _) | (_, Outcome::Fail) => said,
        (Some(flaw), _) => Said::without_credit(Outcome::Unknown, flaw.clone(), said.findings),
    }
}

/// Value of a rule that is a reason.
fn text_of(engine: &mut Engine, path: Option<&String>) -> Result<Option<String>, Trouble> {
    let Some(path) = path else {
        return Ok(None);
    };
    match engine.evaluate(path)? {
        None => Ok(None),
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text)),
        Some(other) => Err(Trouble::Rule(format!(
            "`{path}` is not a reason in words: {}",
            brief(&other)
        ))),
    }
}

/// Value of a rule that is partial credit.
fn number_of(engine: &mut Engine, path: Option<&String>) -> Result<Option<f64>, Trouble> {
    let Some(path) = path else {
        return Ok(None);
    };
    let Some(value) = engine.evaluate(path)? else {
        return Ok(None);
    };
    match value.as_f64() {
        Some(score) if (0.0..=1.0).contains(&score) => Ok(Some(score)),
        _ => Err(Trouble::Rule(format!(
            "`{path}` is not a number from 0 to 1: {}",
            brief(&value)
        ))),
    }
}

/// Reads the findings a rule returned.
fn collect(
    value: Option<Value>,
    kind: FindingKind,
    id: &str,
    severity: Severity,
    findings: &mut Vec<Finding>,
) -> Result<(), String> {
    let items = match value {
        None => return Ok(()),
        Some(Value::Array(items)) => items,
        Some(other) => return Err(format!("findings are not a set: {}", brief(&other))),
    };
    for item in items {
        if findings.len() >= MAX_FINDINGS {
            return Err(format!("the rule has more than {MAX_FINDINGS} findings"));
        }
        findings.push(finding(item, kind, id, severity)?);
    }
    Ok(())
}

fn finding(
    item: Value,
    kind: FindingKind,
    id: &str,
    severity: Severity,
) -> Result<Finding, String> {
    let mut fields = match item {
        Value::String(msg) => Map::from_iter([("msg".to_owned(), Value::String(msg))]),
        Value::Object(fields) => fields,
        other => return Err(format!("a finding is not an object: {}", brief(&other))),
    };
    let Some(Value::String(msg)) = fields.remove("msg") else {
        return Err("a finding has no `msg`".to_owned());
    };
    let subject = match fields.remove("subject") {
        None => "image".to_owned(),
        Some(Value::String(subject)) if is_subject(&subject) => subject,
        Some(other) => return Err(format!("not a subject: {}", brief(&other))),
    };
    let severity = match fields.remove("severity") {
        None => severity,
        Some(value) => value
            .as_str()
            .and_then(Severity::from_name)
            .ok_or_else(|| format!("not a severity: {}", brief(&value)))?,
    };
    let evidence = fields
        .remove("evidence")
        .unwrap_or_else(|| Value::Object(Map::new()));
    let stated = fields
        .remove("side")
        .or_else(|| evidence.get("side").cloned());
    let side = stated.and_then(|side| serde_json::from_value(side).ok());
    Ok(Finding {
        kind,
        fingerprint: sha256_hex(format!("{id}\n{subject}").as_bytes()),
        msg,
        subject,
        severity,
        side: side.unwrap_or(Side::Unknown),
        evidence,
    })
}

/// Whether a subject has one of the canonical forms.
fn is_subject(subject: &str) -> bool {
    let forms = ["path:/", "pkg:", "repo:", "key:"];
    subject == "image"
        || forms.iter().any(|form| {
            subject
                .strip_prefix(form)
                .is_some_and(|rest| *form == "path:/" || !rest.is_empty())
        })
}

fn sort(findings: &mut [Finding]) {
    findings.sort_by(|left, right| {
        (left.kind, std::cmp::Reverse(left.severity))
            .cmp(&(right.kind, std::cmp::Reverse(right.severity)))
            .then_with(|| left.subject.cmp(&right.subject))
            .then_with(|| left.msg.cmp(&right.msg))
    });
}

/// The start of a value, for a message.
fn brief(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::policy::files::{self, Origin, PackFile};

    const ENDLESS: &str = "package slow\n\nr := numbers.range(1, 300)\n\n\
        deny contains \"x\" if count([1 | some a in r; some b in r; some c in r; some d in r]) == 1\n";

    #[test]
    fn a_rule_that_runs_too_long_is_an_error_that_names_it() {
        let mut all = files::embedded();
        all.push(PackFile {
            name: "slow.rego".to_owned(),
            place: vec!["slow.rego".to_owned()],
            text: ENDLESS.to_owned(),
            origin: Origin::User,
        });
        let pack = Pack::from_files(&all, Vec::new()).unwrap();
        let mut engine = pack.engine.clone();
        engine.set_time_limit(Duration::from_millis(20));
        let judge = Judge {
            engine: &engine,
            profile: &Profile::everything(&pack),
            topics: &BTreeMap::new(),
            role: RoleName::App,
            today: "2026-11-21",
        };
        let error = judge.verdict(pack.rule("slow").unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "rule `slow` ran longer than 20 seconds");
    }
}
