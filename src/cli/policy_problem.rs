//! A pack or profile with one problem: told as that problem, without a summary of one.

use std::fmt;

use miette::{Diagnostic, LabeledSpan, Severity, SourceCode};
use thiserror::Error;

use super::error::CliError;
use crate::policy::error::{PolicyError, Problem};

/// The only problem of a pack or profile, its file named once.
#[derive(Debug, Error)]
pub(crate) struct PolicyProblem<'a> {
    problem: &'a Problem,
}

impl<'a> PolicyProblem<'a> {
    /// The problem, where `error` is nothing else.
    pub(crate) fn only_one(error: &'a CliError) -> Option<Self> {
        let (CliError::Policy(PolicyError::Pack { problems })
        | CliError::Policy(PolicyError::Profile { problems, .. })) = error
        else {
            return None;
        };
        match problems.as_slice() {
            [problem] => Some(Self { problem }),
            _ => None,
        }
    }
}

impl fmt::Display for PolicyProblem<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { message, file, .. } = self.problem;
        // With a place, the source excerpt names the file.
        if self.problem.source_code().is_some() || message.contains(&format!("`{file}`")) {
            formatter.write_str(message)
        } else if message.starts_with("cannot ") {
            write!(formatter, "`{file}` {message}")
        } else {
            write!(formatter, "`{file}`: {message}")
        }
    }
}

impl Diagnostic for PolicyProblem<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.problem.code()
    }

    fn severity(&self) -> Option<Severity> {
        self.problem.severity()
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.problem.help()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.problem.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.problem.labels()
    }
}
