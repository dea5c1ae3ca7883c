//! What a rule returns, read: findings of this pack's contract, and of conftest's and Conforma's.
//!
//! A package `freehold.<category>.<rule>` returns texts or `{"msg", "subject", "evidence",
//! "severity", "side"}` and nothing else: a key that is misspelt there would be lost in silence. Any
//! other package was written for another tool. Of its results `msg` is required, `severity`,
//! `effective_on`, `code` and `term` are understood as Conforma does, and every further key is
//! evidence.
//!
//! Sources: conftest documentation, "Writing policies" and "Exceptions"; Conforma documentation,
//! "Policy authoring: rule output"; `internal/evaluator` of conforma/cli for `severity` and
//! `effective_on`.

use serde_json::{Map, Value};

use super::engine::nanoseconds;
use super::error::closest;
use super::rules::PackRule;
use super::severity::Severity;
use super::verdict::{Finding, FindingKind};
use crate::facts::model::Side;
use crate::source::Digest;

/// Findings one rule may have. Facts are capped far below this; a rule that multiplies them is not.
const MAX_FINDINGS: usize = 10_000;

/// Longest message, in bytes. A path is at most 4,096, and a sentence names a few.
const MAX_MESSAGE: usize = 64 << 10;

/// Largest evidence of one finding, in bytes of JSON.
const MAX_EVIDENCE: usize = 1 << 20;

/// Most that all findings of one rule may say, in bytes.
const MAX_OUTPUT: usize = 16 << 20;

/// Keys of a result of this pack's contract.
const KEYS: [&str; 5] = ["msg", "subject", "evidence", "severity", "side"];

/// Why results cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// They break the contract: a reason in words.
    Contract(String),
    /// There are more of them, or larger ones, than the limit in words.
    Overrun(String),
}

impl From<String> for Fault {
    fn from(reason: String) -> Self {
        Self::Contract(reason)
    }
}

/// The findings of one rule, as they are read.
pub(super) struct Results<'a> {
    rule: &'a PackRule,
    severity: Severity,
    /// Judging time, RFC 3339.
    now: &'a str,
    /// Findings so far.
    pub(super) findings: Vec<Finding>,
    /// The first time from which a denial counts that does not count yet.
    pub(super) early: Option<String>,
    /// Denials and warnings that the policy's own `exception` takes back.
    pub(super) exempt: usize,
    bytes: usize,
}

impl<'a> Results<'a> {
    /// None yet, of `rule`, whose severity in the profile is `severity`.
    pub(super) fn new(rule: &'a PackRule, severity: Severity, now: &'a str) -> Self {
        Self {
            rule,
            severity,
            now,
            findings: Vec::new(),
            early: None,
            exempt: 0,
            bytes: 0,
        }
    }

    /// Reads what the rule at `path` returned. `exceptions` are the names conftest's `exception`
    /// holds; of results they cover nothing is hidden, and nothing fails.
    pub(super) fn add(
        &mut self,
        path: &str,
        value: Option<Value>,
        kind: FindingKind,
        exceptions: &[String],
    ) -> Result<(), Fault> {
        let items = match value {
            None => return Ok(()),
            Some(Value::Array(items)) => items,
            Some(other) => return Err(format!("findings are not a set: {}", brief(&other)).into()),
        };
        let is_exempt = is_exempt(path, exceptions);
        for item in items {
            if self.findings.len() >= MAX_FINDINGS {
                return Err(Fault::Overrun(format!("{MAX_FINDINGS} findings")));
            }
            let mut finding = self.finding(item, kind)?;
            if is_exempt {
                self.exempt = self.exempt.saturating_add(1);
                finding.kind = FindingKind::Warn;
                put(&mut finding.evidence, "exempt", Value::Bool(true));
            }
            self.measure(&finding)?;
            self.findings.push(finding);
        }
        Ok(())
    }

    /// The findings, in the order of a report.
    pub(super) fn sorted(&mut self) -> Vec<Finding> {
        let mut findings = std::mem::take(&mut self.findings);
        findings.sort_by(|left, right| {
            (left.kind, std::cmp::Reverse(left.severity))
                .cmp(&(right.kind, std::cmp::Reverse(right.severity)))
                .then_with(|| left.subject.cmp(&right.subject))
                .then_with(|| left.msg.cmp(&right.msg))
        });
        findings
    }

    fn measure(&mut self, finding: &Finding) -> Result<(), Fault> {
        let evidence = finding.evidence.to_string().len();
        let said = finding.msg.len().saturating_add(finding.subject.len());
        self.bytes = self.bytes.saturating_add(said).saturating_add(evidence);
        let over = |is: usize, most: usize, what: &str| match is > most {
            true => Err(Fault::Overrun(format!("{most} bytes of {what}"))),
            false => Ok(()),
        };
        over(said, MAX_MESSAGE, "one message and its subject")?;
        over(evidence, MAX_EVIDENCE, "evidence of one finding")?;
        over(self.bytes, MAX_OUTPUT, "findings")
    }

    fn finding(&mut self, item: Value, kind: FindingKind) -> Result<Finding, Fault> {
        let mut fields = match item {
            Value::String(msg) => Map::from_iter([("msg".to_owned(), Value::String(msg))]),
            Value::Object(fields) => fields,
            other => return Err(format!("a finding is not an object: {}", brief(&other)).into()),
        };
        let Some(Value::String(msg)) = fields.remove("msg") else {
            return Err("a finding has no `msg`".to_owned().into());
        };
        if msg.trim().is_empty() {
            return Err("the `msg` of a finding is empty".to_owned().into());
        }
        match self.rule.is_foreign {
            true => Ok(self.foreign(msg, fields, kind)),
            false => Ok(self.own(msg, fields, kind)?),
        }
    }

    /// A result of this pack's contract.
    fn own(
        &self,
        msg: String,
        mut fields: Map<String, Value>,
        kind: FindingKind,
    ) -> Result<Finding, String> {
        if let Some(key) = fields.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let help = match closest(key, KEYS) {
                Some(known) => format!("did you mean `{known}`?"),
                None => "put it into `evidence`".to_owned(),
            };
            return Err(format!("a finding has no key `{key}`; {help}"));
        }
        let subject = match fields.remove("subject") {
            None => "image".to_owned(),
            Some(Value::String(subject)) if is_subject(&subject) => subject,
            Some(other) => return Err(format!("not a subject: {}", brief(&other))),
        };
        let severity = match fields.remove("severity") {
            None => self.severity,
            Some(value) => value
                .as_str()
                .and_then(Severity::from_name)
                .ok_or_else(|| format!("not a severity: {}", brief(&value)))?,
        };
        let evidence = fields
            .remove("evidence")
            .unwrap_or_else(|| Value::Object(Map::new()));
        let side = match fields.remove("side") {
            Some(side) => Some(
                serde_json::from_value(side.clone())
                    .map_err(|_| format!("not a side: {}", brief(&side)))?,
            ),
            None => evidence
                .get("side")
                .and_then(|side| serde_json::from_value(side.clone()).ok()),
        };
        Ok(Finding {
            kind,
            fingerprint: self.fingerprint(&subject, None),
            msg,
            subject,
            severity,
            side: side.unwrap_or(Side::Unknown),
            evidence,
        })
    }

    /// A result written for conftest or Conforma.
    fn foreign(
        &mut self,
        msg: String,
        mut fields: Map<String, Value>,
        kind: FindingKind,
    ) -> Finding {
        let coded = coded(&fields);
        let stated = fields.get("subject").and_then(Value::as_str);
        let stated = stated.filter(|subject| is_subject(subject));
        let is_known = stated.is_some() || coded.is_some();
        let subject = match (stated, coded) {
            (Some(subject), _) => subject.to_owned(),
            (None, Some(coded)) => coded,
            (None, None) => "image".to_owned(),
        };
        if is_known && fields.get("subject").and_then(Value::as_str) == Some(&subject) {
            fields.remove("subject");
        }
        let (kind, severity, is_early) = self.weight(&fields, kind);
        let side = fields.get("side").cloned();
        let side = side.and_then(|side| serde_json::from_value(side).ok());
        let mut evidence = match fields.remove("evidence") {
            Some(Value::Object(evidence)) => Value::Object(evidence),
            Some(other) => Value::Object(Map::from_iter([("evidence".to_owned(), other)])),
            None => Value::Object(Map::new()),
        };
        for (key, value) in fields {
            put(&mut evidence, &key, value);
        }
        if is_early {
            put(&mut evidence, "early", Value::Bool(true));
        }
        let message = (!is_known).then_some(msg.as_str());
        Finding {
            kind,
            fingerprint: self.fingerprint(&subject, message),
            msg,
            subject,
            severity,
            side: side.unwrap_or(Side::Unknown),
            evidence,
        }
    }

    /// Kind and severity of a foreign result, and whether it is put off. Conforma's `severity` says which of the two kinds a
    /// result is, whichever rule it came from; a denial whose time has not come is a warning. What
    /// is neither Conforma's word nor one of ours leaves the rule's severity.
    fn weight(
        &mut self,
        fields: &Map<String, Value>,
        kind: FindingKind,
    ) -> (FindingKind, Severity, bool) {
        let text = |key: &str| fields.get(key).and_then(Value::as_str);
        let stated = text("severity").map(str::to_ascii_lowercase);
        let (kind, severity) = match stated.as_deref() {
            Some("failure") => (FindingKind::Deny, None),
            Some("warning") => (FindingKind::Warn, None),
            Some(name) => (kind, Severity::from_name(name)),
            None => (kind, None),
        };
        let severity = severity.unwrap_or(self.severity);
        let Some(date) = text("effective_on").filter(|_| kind == FindingKind::Deny) else {
            return (kind, severity, false);
        };
        match (nanoseconds(date), nanoseconds(self.now)) {
            (Some(from), Some(now)) if from > now => {
                if self.early.as_deref().is_none_or(|first| date < first) {
                    self.early = Some(date.to_owned());
                }
                (FindingKind::Warn, severity, true)
            }
            // A time that cannot be read does not put off a denial.
            _ => (kind, severity, false),
        }
    }

    /// The identity of a finding: rule and subject. Where a foreign result names nothing that
    /// outlives its wording, the message is all there is to tell two of them apart.
    fn fingerprint(&self, subject: &str, message: Option<&str>) -> String {
        let mut identity = format!("{}\n{subject}", self.rule.info.id);
        if let Some(message) = message {
            identity.push('\n');
            identity.push_str(message);
        }
        Digest::sha256(identity.as_bytes()).hex().to_owned()
    }
}

/// The subject of a result with Conforma's `code`: `code:CODE`, or `code:CODE:TERM` as Conforma's
/// own exclusions are written. Several terms are joined with commas.
fn coded(fields: &Map<String, Value>) -> Option<String> {
    let code = fields.get("code").and_then(Value::as_str)?;
    let code = Some(code.trim()).filter(|code| !code.is_empty())?;
    let term = match fields.get("term") {
        Some(Value::String(term)) => term.clone(),
        Some(Value::Array(terms)) => {
            let terms: Vec<&str> = terms.iter().filter_map(Value::as_str).collect();
            terms.join(",")
        }
        _ => String::new(),
    };
    Some(match term.is_empty() {
        true => format!("code:{code}"),
        false => format!("code:{code}:{term}"),
    })
}

/// Whether conftest's `exception` covers the rule at `path`: it names rules without the part that
/// says what they are, so that `""` is `deny` itself.
fn is_exempt(path: &str, exceptions: &[String]) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path);
    let rest = ["deny", "violation", "warn"]
        .iter()
        .find_map(|head| name.strip_prefix(head))
        .unwrap_or(name);
    let rest = rest.strip_prefix('_').unwrap_or(rest);
    exceptions.iter().any(|exception| exception == rest)
}

/// The names conftest's `exception` holds: a set of lists of names.
pub(super) fn exceptions(path: &str, value: Option<Value>) -> Result<Vec<String>, String> {
    let wrong = |value: &Value| {
        let value = brief(value);
        format!("`{path}` is not a set of lists of rule names: {value}")
    };
    let mut names = Vec::new();
    let lists = match value {
        None => return Ok(names),
        Some(Value::Array(lists)) => lists,
        Some(other) => return Err(wrong(&other)),
    };
    for list in lists {
        let Value::Array(items) = &list else {
            return Err(wrong(&list));
        };
        for item in items {
            names.push(item.as_str().ok_or_else(|| wrong(&list))?.to_owned());
        }
    }
    Ok(names)
}

/// Adds a key to evidence that does not have it.
fn put(evidence: &mut Value, key: &str, value: Value) {
    if let Some(fields) = evidence.as_object_mut() {
        fields.entry(key).or_insert(value);
    }
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

/// The start of a value, for a message.
pub(super) fn brief(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}
