//! Rules on facts: one verdict per rule.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;
use std::time::Duration;

use serde_json::Value;

use super::engine::{Engine, EngineError, RULE_SECONDS, detach};
use super::error::PolicyError;
use super::files::Origin;
use super::metadata::RuleInfo;
use super::pack::Pack;
use super::profile::Profile;
use super::results::{self, Fault, Results, brief};
use super::rules::PackRule;
use super::together::{self, Answers, Unit};
use super::verdict::{Finding, FindingKind, Outcome, Verdict};
use crate::facts::model::{Coverage, Facts, RoleName, Topic, TopicCoverage};

/// Longest time in which no rule at all comes to an end. The engine stops a rule after
/// [`RULE_SECONDS`]; what it cannot stop is a builtin, and waiting for one ends here.
const PATIENCE: Duration = Duration::from_secs(RULE_SECONDS.saturating_add(10));

/// Most threads that rules are evaluated on: a few milliseconds of work are not worth more.
const MAX_THREADS: usize = 4;

/// Judges one image: a verdict for each rule that is on in `profile`, by category and id. `now` is
/// the judging time, RFC 3339.
///
/// # Errors
/// [`PolicyError::Engine`] when nothing could be evaluated at all, [`PolicyError::TimeLimit`] or
/// [`PolicyError::OutputLimit`] when a rule runs too long or says too much, and
/// [`PolicyError::Stopped`] when the child process of fetched rules dies. A rule that fails by
/// itself is a verdict: unknown.
pub fn evaluate(
    pack: &Pack,
    profile: &Profile,
    facts: &Facts,
    now: &str,
) -> Result<Vec<Verdict>, PolicyError> {
    match &pack.sandbox {
        Some(sandbox) => sandbox.judge(pack, profile, facts, now),
        None => evaluate_on(threads(), pack, profile, facts, now),
    }
}

/// The same on so many threads of this process.
pub(super) fn evaluate_on(
    threads: usize,
    pack: &Pack,
    profile: &Profile,
    facts: &Facts,
    now: &str,
) -> Result<Vec<Verdict>, PolicyError> {
    let mut engine = pack.ready(profile, now)?;
    engine.set_input(facts)?;
    let rules = pack.rules_on(profile);
    let units = together::units(&rules);
    let judge = Judge {
        engine,
        profile: profile.clone(),
        topics: facts.topics.clone(),
        role: facts.image.role.name,
        now: now.to_owned(),
    };
    Job::new(judge, rules, units).run(threads, PATIENCE)
}

fn threads() -> usize {
    available_parallelism()
        .map_or(1, NonZero::get)
        .min(MAX_THREADS)
}

/// All rules on one image. Threads take the next unit each, until there is none left; they share
/// nothing that an evaluation changes, so that the verdicts are the same at any number of threads.
struct Job {
    judge: Judge,
    rules: Vec<PackRule>,
    units: Vec<Unit>,
    next: AtomicUsize,
    /// Positions of the rules that are being evaluated.
    running: Mutex<BTreeSet<usize>>,
}

/// A rule's position and its verdict.
type Judged = (usize, Result<Verdict, PolicyError>);

impl Job {
    fn new(judge: Judge, rules: Vec<PackRule>, units: Vec<Unit>) -> Arc<Self> {
        Arc::new(Self {
            judge,
            rules,
            units,
            next: AtomicUsize::new(0),
            running: Mutex::default(),
        })
    }

    /// Judges all rules on up to `threads` threads, and stops waiting when none has come to an end
    /// for as long as `patience`. A thread that hangs is left behind.
    fn run(
        self: &Arc<Self>,
        threads: usize,
        patience: Duration,
    ) -> Result<Vec<Verdict>, PolicyError> {
        let is_shipped = self
            .rules
            .iter()
            .all(|rule| rule.origin == Origin::Embedded);
        let (done, results) = mpsc::channel();
        for started in 0..threads.min(self.units.len()) {
            let (job, done) = (Arc::clone(self), done.clone());
            match detach(is_shipped, move || job.work(&done)) {
                Err(error) if started == 0 => return Err(error),
                // Where memory is short, those that run do the work.
                Err(_) => break,
                Ok(()) => {}
            }
        }
        drop(done);
        let mut verdicts = BTreeMap::new();
        loop {
            match results.recv_timeout(patience) {
                Ok((position, verdict)) => drop(verdicts.insert(position, verdict?)),
                Err(RecvTimeoutError::Timeout) => return Err(self.stuck(&verdicts)),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if verdicts.len() < self.rules.len() {
            return Err(PolicyError::Engine {
                detail: "it stopped on an internal fault".to_owned(),
            });
        }
        Ok(verdicts.into_values().collect())
    }

    fn work(&self, done: &Sender<Judged>) {
        while let Some(unit) = self.units.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            self.running().insert(unit.rules.start);
            let answers = unit.ask(&self.judge.engine);
            for position in unit.rules.clone() {
                let Some(rule) = self.rules.get(position) else {
                    return;
                };
                self.running().insert(position);
                let verdict = self.judge.verdict(rule, answers.as_ref());
                self.running().remove(&position);
                // Nobody listens any more after an error.
                if done.send((position, verdict)).is_err() {
                    return;
                }
            }
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, BTreeSet<usize>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The error that names a rule which does not come to an end: one that runs, else the first
    /// without a verdict.
    fn stuck(&self, verdicts: &BTreeMap<usize, Verdict>) -> PolicyError {
        let is_open = |position: &usize| !verdicts.contains_key(position);
        let running = self.running().first().copied();
        let first = running.or_else(|| (0..self.rules.len()).find(is_open));
        match first.and_then(|position| self.rules.get(position)) {
            Some(rule) => too_long(rule),
            None => PolicyError::Engine {
                detail: "it does not come to an end".to_owned(),
            },
        }
    }
}

fn too_long(rule: &PackRule) -> PolicyError {
    PolicyError::TimeLimit {
        what: named(rule),
        seconds: RULE_SECONDS,
    }
}

/// A rule and its file, for a message.
fn named(rule: &PackRule) -> String {
    format!("rule `{}` ({})", rule.info.id, rule.file)
}

struct Judge {
    /// Prepared, with the facts in it.
    engine: Engine,
    profile: Profile,
    topics: BTreeMap<Topic, TopicCoverage>,
    role: RoleName,
    /// Judging time, RFC 3339.
    now: String,
}

/// Where the values of a rule come from.
enum Source<'a> {
    Answers(&'a Answers),
    Engine(Box<Engine>),
}

impl Source<'_> {
    fn evaluate(&mut self, path: &str) -> Result<Option<Value>, EngineError> {
        match self {
            Self::Answers(answers) => Ok(answers.get(path).cloned()),
            Self::Engine(engine) => engine.evaluate(path),
        }
    }
}

/// Why a rule gave no answer.
#[derive(Debug)]
enum Trouble {
    /// The rule is at fault, and nothing else is: a reason in words.
    Rule(String),
    /// The clock stopped it.
    Time,
    /// It says more than the limit in words.
    Output(String),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Contract(reason) => Self::Rule(reason),
            Fault::Overrun(limit) => Self::Output(limit),
        }
    }
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

impl Judge {
    fn verdict(&self, rule: &PackRule, answers: Option<&Answers>) -> Result<Verdict, PolicyError> {
        let info = &rule.info;
        let severity = self.profile.severity(&info.id, info.severity);
        let mut results = Results::new(rule, severity, &self.now);
        let judged = self.judge(rule, answers, &mut results);
        let is_broken = rule.flaw.is_some() || judged.is_err();
        let said = match judged {
            Ok(said) if self.other_role(info).is_some() => said,
            Ok(said) => blind(said, rule),
            Err(Trouble::Rule(error)) => {
                let reason = format!("the rule could not be evaluated in full: {error}");
                let findings = results.sorted();
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
            Err(Trouble::Time) => return Err(too_long(rule)),
            Err(Trouble::Output(limit)) => {
                return Err(PolicyError::OutputLimit {
                    what: named(rule),
                    limit,
                });
            }
        };
        Ok(Verdict {
            rule: Arc::clone(info),
            severity,
            weight: self.profile.weight(&info.id, info.weight),
            fault: (is_broken && said.outcome == Outcome::Unknown && rule.origin == Origin::User)
                .then(|| rule.file.clone()),
            outcome: said.outcome,
            credit: said.credit,
            reason: said.reason,
            findings: said.findings,
        })
    }

    /// The order of questions is the contract with rule writers: does the rule concern the image,
    /// could its facts be read, what did it find, and were the facts complete enough to say no
    /// more. An error leaves what was found until then in `results`.
    fn judge(
        &self,
        rule: &PackRule,
        answers: Option<&Answers>,
        results: &mut Results<'_>,
    ) -> Result<Said, Trouble> {
        if let Some(reason) = self.other_role(&rule.info) {
            let outcome = Outcome::NotApplicable;
            return Ok(Said::without_credit(outcome, reason, Vec::new()));
        }
        // A clone per rule: what one rule leaves behind cannot reach the next.
        let mut engine = match answers {
            Some(answers) => Source::Answers(answers),
            None => Source::Engine(Box::new(self.engine.clone())),
        };
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
        let exceptions = match &rule.exception {
            Some(path) => {
                results::exceptions(path, engine.evaluate(path)?).map_err(Trouble::Rule)?
            }
            None => Vec::new(),
        };
        for (paths, kind) in [
            (&rule.deny, FindingKind::Deny),
            (&rule.warn, FindingKind::Warn),
        ] {
            for path in paths {
                let value = engine.evaluate(path)?;
                results.add(path, value, kind, &exceptions)?;
            }
        }
        let score = number_of(&mut engine, rule.score.as_ref())?;
        let stated = text_of(&mut engine, rule.unknown.as_ref())?;
        let findings = results.sorted();
        if let Some(reason) = stated {
            return Ok(Said::without_credit(Outcome::Unknown, reason, findings));
        }
        let mut said = self.weigh(&rule.info, findings, score);
        said.reason = said.reason.or_else(|| put_off(results));
        Ok(said)
    }

    fn weigh(&self, info: &RuleInfo, findings: Vec<Finding>, score: Option<f64>) -> Said {
        let is_early = info
            .effective_on
            .as_deref()
            .is_some_and(|date| self.now.get(..10).unwrap_or(&self.now) < date);
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
fn text_of(engine: &mut Source<'_>, path: Option<&String>) -> Result<Option<String>, Trouble> {
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
fn number_of(engine: &mut Source<'_>, path: Option<&String>) -> Result<Option<f64>, Trouble> {
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

/// Why results that deny do not fail.
fn put_off(results: &Results<'_>) -> Option<String> {
    match (&results.early, results.exempt) {
        (None, 0) => None,
        (Some(date), 0) => Some(format!("a denial counts from {date}")),
        (early, count) => {
            let mut reason = format!("the policy's own `exception` covers {count} of its results");
            if let Some(date) = early {
                reason.push_str(&format!("; a denial counts from {date}"));
            }
            Some(reason)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::policy::files::{self, Origin, PackFile};

    const ENDLESS: &str = "package slow\n\nr := numbers.range(1, 300)\n\n\
        deny contains \"x\" if count([1 | some a in r; some b in r; some c in r; some d in r]) == 1\n";

    /// The pack with this rule, and a judge of it.
    fn slow(text: &str, limit: Duration) -> Arc<Job> {
        let mut all = files::embedded();
        all.push(PackFile {
            name: "slow.rego".to_owned(),
            place: vec!["slow.rego".to_owned()],
            text: text.to_owned(),
            origin: Origin::User,
        });
        let pack = Pack::from_files(&all, Vec::new()).unwrap();
        let mut engine = pack.engine().unwrap().clone();
        engine.set_time_limit(limit);
        let judge = Judge {
            engine,
            profile: Profile::everything(&pack),
            topics: BTreeMap::new(),
            role: RoleName::App,
            now: "2026-11-21T00:00:00Z".to_owned(),
        };
        let rules = vec![pack.rule("slow").unwrap().clone()];
        let units = together::units(&rules);
        Job::new(judge, rules, units)
    }

    #[test]
    fn rules_say_the_same_together_and_alone() {
        let pack = Pack::embedded().unwrap();
        let profile = Profile::everything(&pack);
        let now = "2026-11-21T00:00:00Z";
        let mut engine = pack.ready(&profile, now).unwrap();
        let facts = engine.evaluate("data.freehold.lib.testing.facts");
        engine.set_input(facts.unwrap().unwrap()).unwrap();
        let units = together::units(&pack.rules);
        assert!(units.len() >= 5, "{}", units.len());
        for unit in units {
            let answers = unit.ask(&engine).unwrap();
            for rule in &pack.rules[unit.rules.clone()] {
                let single = [&rule.not_applicable, &rule.unknown, &rule.score];
                let lists = rule.deny.iter().chain(&rule.warn);
                for path in lists.chain(single.into_iter().flatten()) {
                    let alone = engine.clone().evaluate(path).unwrap();
                    assert_eq!(answers.get(path), alone.as_ref(), "{path}");
                }
            }
        }
    }

    #[test]
    fn a_rule_that_runs_too_long_is_an_error_that_names_it() {
        let job = slow(ENDLESS, Duration::from_millis(20));
        let error = job.run(1, PATIENCE).unwrap_err();
        assert_eq!(
            error.to_string(),
            "rule `slow` (slow.rego) ran longer than 20 seconds"
        );
    }

    #[test]
    fn a_builtin_that_cannot_be_stopped_is_not_waited_for() {
        let text = "package slow\n\nn := count(numbers.range(1, 400000)) * 10\n\n\
            m := sum([count(numbers.range(i, n)) | some i in [1, 2, 3, 4, 5, 6, 7, 8]])\n\n\
            deny contains \"x\" if m == 1\n";
        let job = slow(text, Duration::from_secs(600));
        let error = job.run(2, Duration::from_millis(1)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "rule `slow` (slow.rego) ran longer than 20 seconds"
        );
    }
}
