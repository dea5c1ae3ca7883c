//! `freehold policy check`.

use miette::Diagnostic as _;
use serde::Serialize;

use super::test::{is_directory, part};
use crate::cli::args::{PageFormat, PolicyCheckFlags};
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::{Call, output, packs};
use crate::policy::error::Problem;
use crate::policy::style::{self, Checked};
use crate::report::json;
use crate::report::table::count;

/// What is found, for editors.
#[derive(Debug, Serialize)]
struct Document {
    rules: Vec<String>,
    problems: Vec<Found>,
}

#[derive(Debug, Serialize)]
struct Found {
    severity: &'static str,
    code: &'static str,
    message: String,
    help: Option<String>,
    file: String,
    /// Null for what concerns the file as a whole.
    range: Option<Range>,
}

/// From 1; columns in characters, the end behind the last one.
#[derive(Debug, Serialize)]
struct Range {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

/// Says what is wrong with a directory of rules.
///
/// # Errors
/// Any [`CliError`]; problems of the rules are none, they are the answer.
pub(super) fn check(flags: &PolicyCheckFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    is_directory(&flags.source, "check")?;
    let part = part(&flags.source, &flags.network)?;
    let checked = style::check_part(part, packs::isolation().as_ref())?;
    let text = match flags.format {
        PageFormat::Json => json::print(&document(&checked))?,
        PageFormat::Table => {
            for problem in &checked.errors {
                call.terminal.error(problem);
            }
            for problem in &checked.warnings {
                call.terminal.warning(problem);
            }
            summary(&checked)
        }
    };
    output::write(&text, call.output)?;
    let is_bad = !checked.errors.is_empty() || (flags.strict && !checked.warnings.is_empty());
    Ok(match is_bad {
        true => Exit::Violations,
        false => Exit::Done,
    })
}

fn document(checked: &Checked) -> Document {
    let problems = checked.errors.iter().chain(&checked.warnings);
    Document {
        rules: checked.rules.clone(),
        problems: problems.map(found).collect(),
    }
}

fn found(problem: &Problem) -> Found {
    let is_warning = problem.severity() == Some(miette::Severity::Warning);
    Found {
        severity: if is_warning { "warning" } else { "error" },
        code: problem.kind.code(),
        message: problem.message.clone(),
        help: problem.help.clone(),
        file: problem.file.clone(),
        range: problem
            .range()
            .map(|[line, column, end_line, end_column]| Range {
                line,
                column,
                end_line,
                end_column,
            }),
    }
}

fn summary(checked: &Checked) -> String {
    let mut parts = [
        count(checked.errors.len(), "error"),
        count(checked.warnings.len(), "warning"),
    ]
    .join(", ");
    // What cannot be loaded has not been counted.
    if checked.errors.is_empty() {
        let rules = count(checked.rules.len(), "rule");
        let tests = count(checked.test_files, "test file");
        parts = format!("{rules}, {tests}: {parts}");
    }
    format!("{parts}\n")
}
