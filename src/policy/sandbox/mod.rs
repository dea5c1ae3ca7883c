//! Rules of others run in a child process of this program, one for each question.
//!
//! The engine's own limits bound neither its parser nor its builtins, and a process has one address
//! space: only a process of its own can be stopped. The child gets files and a question on standard
//! input and writes its answer to standard output, both JSON; it sets its own limits of memory and
//! processor time before it reads a byte, has an empty environment, and is killed when it takes
//! too long. What it answers is data: capped, and held against what was asked.
//!
//! | file | its one job |
//! |---|---|
//! | `message` | what goes back and forth |
//! | `parent` | starts the child, asks, waits, kills |
//! | `child` | limits itself, reads, does, answers |

mod child;
mod message;
mod parent;

use std::path::PathBuf;
use std::sync::Arc;

pub use child::serve;

use super::error::PolicyError;
use super::explain::Seen;
use super::files::{self, PackFile};
use super::pack::Pack;
use super::profile::Profile;
use super::query;
use super::requirements;
use super::rule_tests::{TestOptions, TestRun};
use super::rules::PackRule;
use super::style::Checked;
use super::verdict::Verdict;
use crate::facts::model::Facts;
use message::{Answer, Loaded, Request, Task};

/// Address space of the child, in bytes. 256 MiB of it are the stack that rules run on; the facts
/// of an image with 100,000 files took 150 MiB when measured.
const MEMORY_BYTES: u64 = 1 << 30;

/// Seconds the child may take for one question, in all and of the processor. Loading the shipped
/// pack and judging a large image takes less than one.
const SECONDS: u64 = 60;

/// What the child may use, and how it is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Isolation {
    /// This program: the file to start.
    pub program: PathBuf,
    /// Address space, in bytes.
    pub memory_bytes: u64,
    /// Wall-clock time and processor time, in seconds.
    pub seconds: u64,
}

impl Isolation {
    /// The usual limits.
    pub fn of(program: PathBuf) -> Self {
        Self {
            program,
            memory_bytes: MEMORY_BYTES,
            seconds: SECONDS,
        }
    }
}

/// A pack that lives in child processes: what they need to put it together.
#[derive(Debug)]
pub(super) struct Sandbox {
    isolation: Isolation,
    /// The foreign parts, in words.
    name: String,
    /// All files but the shipped ones, which the child has itself.
    pub(super) files: Vec<PackFile>,
}

impl Sandbox {
    /// A sandbox for these files, which hold what others wrote in `name`.
    pub(super) fn new(
        files: Vec<PackFile>,
        name: &str,
        isolation: Option<&Isolation>,
    ) -> Result<Self, PolicyError> {
        let name = name.to_owned();
        match isolation.cloned() {
            Some(isolation) => Ok(Self {
                isolation,
                name,
                files,
            }),
            None => Err(PolicyError::Stopped {
                pack: name,
                reason: "no process is at hand to run them in".to_owned(),
            }),
        }
    }

    /// Loads the pack: its rules, documents and warnings.
    pub(super) fn load(&self) -> Result<Loaded, PolicyError> {
        match self.ask(Task::Load)? {
            Answer::Loaded(loaded) => Ok(loaded),
            _ => Err(self.other_answer()),
        }
    }

    /// Judges one image with `pack`, which this sandbox holds.
    pub(super) fn judge(
        &self,
        pack: &Pack,
        profile: &Profile,
        facts: &Facts,
        now: &str,
    ) -> Result<Vec<Verdict>, PolicyError> {
        let task = Task::Judge {
            profile: Box::new(profile.clone()),
            facts: Box::new(facts.clone()),
            now: now.to_owned(),
        };
        let Answer::Judged(said) = self.ask(task)? else {
            return Err(self.other_answer());
        };
        // One verdict for each rule that is on, in order, or none of them counts.
        let on = |id: &str| profile.rules.contains(id);
        let rules: Vec<_> = pack.rules.iter().filter(|rule| on(&rule.info.id)).collect();
        let is_whole = rules.len() == said.len()
            && rules
                .iter()
                .zip(&said)
                .all(|(rule, said)| rule.info.id == said.id);
        if !is_whole {
            return Err(self.other_answer());
        }
        let verdicts = rules.into_iter().zip(said).map(|(rule, said)| {
            let info = &rule.info;
            said.into_verdict(
                Arc::clone(info),
                profile.severity(&info.id, info.severity),
                profile.weight(&info.id, info.weight),
            )
        });
        Ok(verdicts.collect())
    }

    /// Asks one image for what the services of `profile` need, with `pack`, which this sandbox holds.
    pub(super) fn require(
        &self,
        pack: &Pack,
        profile: &Profile,
        facts: &Facts,
        now: &str,
    ) -> Result<Vec<requirements::Answer>, PolicyError> {
        let task = Task::Require {
            profile: Box::new(profile.clone()),
            facts: Box::new(facts.clone()),
            now: now.to_owned(),
        };
        let Answer::Required(answers) = self.ask(task)? else {
            return Err(self.other_answer());
        };
        // One answer for each requirement the profile counts, in order, or none of them counts.
        let known = |name: &str| pack.requirements.iter().any(|one| one.info.name == name);
        let wanted = profile.requirements.by_demand().into_iter();
        let asked = wanted.filter(|(name, _)| known(name));
        let answered = answers.iter();
        match asked.eq(answered.map(|one| (one.requirement.name.as_str(), one.services))) {
            true => Ok(answers),
            false => Err(self.other_answer()),
        }
    }

    /// Runs the tests of the files.
    pub(super) fn test(&self, options: &TestOptions) -> Result<TestRun, PolicyError> {
        match self.ask(Task::Test(options.clone()))? {
            Answer::Tested { mut run, warnings } => {
                run.warnings = self.with_texts(warnings);
                Ok(run)
            }
            _ => Err(self.other_answer()),
        }
    }

    /// Says what is wrong with the files.
    pub(super) fn check(&self) -> Result<Checked, PolicyError> {
        match self.ask(Task::Check)? {
            Answer::Checked {
                rules,
                test_files,
                errors,
                warnings,
            } => Ok(Checked {
                rules,
                test_files,
                errors: self.with_texts(errors),
                warnings: self.with_texts(warnings),
            }),
            _ => Err(self.other_answer()),
        }
    }

    /// What one rule saw in an image.
    pub(super) fn explain(
        &self,
        rule: &PackRule,
        profile: &Profile,
        facts: &Facts,
        now: &str,
    ) -> Result<Seen, PolicyError> {
        let task = Task::Explain {
            rule: rule.info.id.clone(),
            profile: Box::new(profile.clone()),
            facts: Box::new(facts.clone()),
            now: now.to_owned(),
        };
        match self.ask(task)? {
            Answer::Explained(seen) => Ok(seen),
            _ => Err(self.other_answer()),
        }
    }

    /// Evaluates a query.
    pub(super) fn query(
        &self,
        query: &str,
        facts: &Facts,
        now: &str,
    ) -> Result<query::Answer, PolicyError> {
        let task = Task::Query {
            query: query.to_owned(),
            facts: Box::new(facts.clone()),
            now: now.to_owned(),
        };
        match self.ask(task)? {
            Answer::Queried(answer) => Ok(answer),
            _ => Err(self.other_answer()),
        }
    }

    fn ask(&self, task: Task) -> Result<Answer, PolicyError> {
        let request = Request {
            files: self.files.clone(),
            task,
        };
        let answer = parent::ask(&request, &self.isolation, &self.name)?;
        answer.map_err(|failure| failure.into_error(|problems| self.with_texts(problems)))
    }

    /// Problems with the texts they point into.
    pub(super) fn with_texts(
        &self,
        problems: Vec<super::error::SentProblem>,
    ) -> Vec<super::error::Problem> {
        let shipped = files::embedded();
        let all = || self.files.iter().chain(&shipped);
        let problems = problems.into_iter().map(|problem| {
            let text = all().find(|file| file.name == problem.file);
            problem.into_problem(text.map(|file| file.text.as_str()))
        });
        problems.collect()
    }

    /// The error that something was asked of this process.
    pub(super) fn not_here(&self) -> PolicyError {
        PolicyError::Stopped {
            pack: self.name.clone(),
            reason: "this cannot be asked of a pack that others made".to_owned(),
        }
    }

    fn other_answer(&self) -> PolicyError {
        PolicyError::Stopped {
            pack: self.name.clone(),
            reason: "its process answered what was not asked".to_owned(),
        }
    }
}
