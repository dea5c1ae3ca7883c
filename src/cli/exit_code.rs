//! How a run can end. There are three ways and never another.

use std::process::ExitCode;

/// The end of a run, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done; `check` passed.
    Done,
    /// `check` found violations, a rule's test failed, `policy check` found errors, or `eval` nothing.
    Violations,
    /// The input could not be read, or the command was misused.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Violations => 1,
            Exit::Failed => 2,
        })
    }
}
