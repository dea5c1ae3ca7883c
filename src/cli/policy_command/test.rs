//! `freehold policy test`.

use std::path::Path;

use crate::cli::args::{PolicyTestFlags, TestFormat};
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::{Call, output};
use crate::policy::rule_tests::{self, TestOptions};
use crate::report::table::rule_tests_table;
use crate::report::{json, rule_tests_junit};

/// Runs the tests of a directory.
///
/// # Errors
/// Any [`CliError`].
pub(super) fn test(flags: &PolicyTestFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    is_directory(&flags.directory, "test")?;
    let options = TestOptions {
        coverage: flags.coverage || flags.threshold.is_some(),
        pattern: flags.run.clone(),
    };
    let run = rule_tests::run(&flags.directory, &options)?;
    for warning in &run.warnings {
        call.terminal.warning(warning);
    }
    if run.results.is_empty() {
        return Err(match &flags.run {
            Some(pattern) => CliError::NoTestsMatch {
                pattern: pattern.clone(),
            },
            None => CliError::NoTests {
                directory: flags.directory.display().to_string(),
            },
        });
    }
    let text = match flags.format {
        TestFormat::Table => rule_tests_table(&run, call.verbose, call.terminal.style()),
        TestFormat::Json => json::print(&run)?,
        TestFormat::Junit => rule_tests_junit::print(&run),
    };
    output::write(&text, call.output)?;
    let mut exit = match run.failures() {
        0 => Exit::Done,
        _ => Exit::Violations,
    };
    if let (Some(threshold), Some(coverage)) = (flags.threshold, &run.coverage)
        && coverage.percent < threshold
    {
        call.terminal.error(&CliError::Coverage {
            percent: coverage.percent,
            threshold,
        });
        exit = Exit::Violations;
    }
    Ok(exit)
}

/// Refuses a file where a directory is meant.
pub(super) fn is_directory(directory: &Path, command: &str) -> Result<(), CliError> {
    if !directory.is_file() {
        return Ok(());
    }
    let folder = directory.parent().filter(|path| *path != Path::new(""));
    let folder = folder.unwrap_or(Path::new(".")).display();
    Err(CliError::NotADirectory {
        file: directory.display().to_string(),
        help: format!("name its directory: freehold policy {command} {folder}"),
    })
}
