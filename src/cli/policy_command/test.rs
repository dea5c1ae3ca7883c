//! `freehold policy test`.

use std::path::Path;

use crate::cli::args::{NetworkFlags, PolicyTestFlags, TestFormat};
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::{Call, network, output, packs};
use crate::policy::origin::{PackSource, Part};
use crate::policy::rule_tests::{self, TestOptions};
use crate::report::table::rule_tests_table;
use crate::report::{json, junit};

/// Runs the tests of a source of rules.
///
/// # Errors
/// Any [`CliError`].
pub(super) fn test(flags: &PolicyTestFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    is_directory(&flags.source, "test")?;
    let options = TestOptions {
        coverage: flags.coverage || flags.threshold.is_some(),
        pattern: flags.run.clone(),
    };
    let part = part(&flags.source, &flags.network)?;
    let run = rule_tests::run_part(part, packs::isolation().as_ref(), &options)?;
    for warning in &run.warnings {
        call.terminal.warning(warning);
    }
    if run.results.is_empty() {
        return Err(match &flags.run {
            Some(pattern) => CliError::NoTestsMatch {
                pattern: pattern.clone(),
            },
            None => CliError::NoTests {
                directory: flags.source.to_string(),
            },
        });
    }
    let text = match flags.format {
        TestFormat::Table => rule_tests_table(&run, call.verbose, call.terminal.style()),
        TestFormat::Json => json::print(&run)?,
        TestFormat::Junit => junit::rule_tests::print(&run),
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

/// One source of rules, read or fetched.
///
/// # Errors
/// [`CliError`] when it cannot be fetched.
pub(super) fn part(source: &PackSource, flags: &NetworkFlags) -> Result<Part, CliError> {
    let names = packs::names(std::slice::from_ref(source));
    packs::part(source, &network::network(flags, &[], &names)?)
}

/// Refuses a file where a directory is meant.
pub(super) fn is_directory(source: &PackSource, command: &str) -> Result<(), CliError> {
    let PackSource::Directory(directory) = source else {
        return Ok(());
    };
    if !directory.is_file() {
        return Ok(());
    }
    let folder = directory.parent().filter(|path| *path != Path::new(""));
    let folder = folder.unwrap_or(Path::new(".")).display();
    Err(CliError::NotADirectory {
        file: directory.display().to_string(),
        done: format!("{command}ed"),
        help: format!("name its directory: freehold policy {command} {folder}"),
    })
}
