//! The child's side: limits first, then one question.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::message::{Answer, Failure, Loaded, Request, Said, Task};
use crate::policy::error::{PolicyError, Problem};
use crate::policy::evaluate::evaluate_on;
use crate::policy::explain;
use crate::policy::files::{self, PackFile};
use crate::policy::pack::Pack;
use crate::policy::query;
use crate::policy::requirements;
use crate::policy::rule_tests;
use crate::policy::style;

/// The first argument of a process that runs this.
pub(super) const COMMAND: &str = "policy-worker";

/// Bytes of a question: the facts of an image are most of it.
const MAX_QUESTION: u64 = 256 << 20;

/// Answers the one question on standard input, on standard output, if these are the arguments
/// (behind the program's name) of a process that was started for that. False when it cannot be
/// limited, asked or answered.
pub fn serve(arguments: &[OsString]) -> Option<bool> {
    let mut words = arguments.iter().map(|word| word.to_str());
    if words.next() != Some(Some(COMMAND)) {
        return None;
    }
    let mut number = || words.next().flatten()?.parse().ok();
    Some(match (number(), number()) {
        (Some(memory_bytes), Some(seconds)) => answer_within(memory_bytes, seconds),
        _ => false,
    })
}

/// With no more than this much address space (bytes) and processor time (seconds).
fn answer_within(memory_bytes: u64, seconds: u64) -> bool {
    if limit(memory_bytes, seconds).is_err() {
        return false;
    }
    let Some(request) = question() else {
        return false;
    };
    let answer = answer(request).map_err(|error| Failure::of(&error));
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &answer).is_ok() && out.flush().is_ok()
}

/// Before anything of others is read. A core file would hold the facts of the image.
fn limit(memory_bytes: u64, seconds: u64) -> rustix::io::Result<()> {
    let most = |value: u64| Rlimit {
        current: Some(value),
        maximum: Some(value),
    };
    setrlimit(Resource::As, most(memory_bytes))?;
    setrlimit(Resource::Core, most(0))?;
    setrlimit(Resource::Cpu, most(seconds))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the capped read of the one question a child process is asked"
)]
fn question() -> Option<Request> {
    let mut bytes = Vec::new();
    let input = io::stdin().lock();
    input.take(MAX_QUESTION).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn answer(request: Request) -> Result<Answer, PolicyError> {
    let Request { files, task } = request;
    match task {
        Task::Load => {
            let pack = load(files)?;
            let warnings = pack.warnings().iter().map(Problem::to_sent);
            Ok(Answer::Loaded(Loaded {
                warnings: warnings.collect(),
                rules: pack.rules,
                requirements: pack.requirements,
                documents: pack.documents,
            }))
        }
        Task::Judge {
            profile,
            facts,
            now,
        } => {
            let pack = load(files)?;
            // Each thread has a stack that counts as much as all the memory there is otherwise.
            let verdicts = evaluate_on(1, &pack, &profile, &facts, &now)?;
            Ok(Answer::Judged(verdicts.into_iter().map(Said::of).collect()))
        }
        Task::Require {
            profile,
            facts,
            now,
        } => {
            let pack = load(files)?;
            let answers = requirements::evaluate(&pack, &profile, &facts, &now)?;
            Ok(Answer::Required(answers))
        }
        Task::Explain {
            rule,
            profile,
            facts,
            now,
        } => {
            let pack = load(files)?;
            let rule = pack.rule(&rule).ok_or_else(|| PolicyError::Engine {
                detail: format!("the pack has no rule `{rule}`"),
            })?;
            let seen = explain::explain(&pack, rule, &profile, &facts, &now)?;
            Ok(Answer::Explained(seen))
        }
        Task::Query { query, facts, now } => {
            let pack = load(files)?;
            let answer = query::query(&pack, &facts, &query, &now)?;
            Ok(Answer::Queried(answer))
        }
        Task::Check => {
            let checked = style::check_over_shipped(files, Vec::new())?;
            Ok(Answer::Checked {
                rules: checked.rules,
                test_files: checked.test_files,
                errors: checked.errors.iter().map(Problem::to_sent).collect(),
                warnings: checked.warnings.iter().map(Problem::to_sent).collect(),
            })
        }
        Task::Test(options) => {
            let mut run = rule_tests::run_over_shipped(files, &options)?;
            let warnings = std::mem::take(&mut run.warnings);
            let warnings = warnings.iter().map(Problem::to_sent).collect();
            Ok(Answer::Tested { run, warnings })
        }
    }
}

fn load(own: Vec<PackFile>) -> Result<Pack, PolicyError> {
    let mut all = files::embedded();
    all.extend(own);
    Pack::from_files(&all, Vec::new())
}
