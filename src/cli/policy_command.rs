//! `freehold policy`: the rules, and their tests.

use std::path::Path;

use super::args::{ListFormat, PolicyCommand, PolicyListFlags};
use super::error::CliError;
use super::exit_code::Exit;
use super::{Call, output};
use crate::policy::pack::Pack;
use crate::policy::rule_tests;
use crate::report::json;
use crate::report::table::{ListedRule, rule_tests_table, rules_markdown, rules_table};
use crate::scorecard::Axis;

/// Lists or tests rules.
///
/// # Errors
/// Any [`CliError`].
pub(super) fn policy(command: &PolicyCommand, call: &Call<'_>) -> Result<Exit, CliError> {
    match command {
        PolicyCommand::List(flags) => list(flags, call),
        PolicyCommand::Test(flags) => test(&flags.directory, call),
    }
}

fn list(flags: &PolicyListFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    let pack = Pack::load(&flags.policy)?;
    for warning in pack.warnings() {
        call.terminal.warning(warning);
    }
    let rules: Vec<ListedRule<'_>> = pack
        .rules()
        .iter()
        .map(|rule| ListedRule {
            rule: &rule.info,
            axis: Axis::of_category(&rule.info.category),
        })
        .collect();
    let text = match flags.format {
        ListFormat::Table => rules_table(&rules, call.terminal.style()),
        ListFormat::Json => json::print(&rules)?,
        ListFormat::Markdown => rules_markdown(&rules),
    };
    output::write(&text, call.output)?;
    Ok(Exit::Done)
}

fn test(directory: &Path, call: &Call<'_>) -> Result<Exit, CliError> {
    if directory.is_file() {
        let folder = directory.parent().filter(|path| *path != Path::new(""));
        let folder = folder.unwrap_or(Path::new(".")).display();
        return Err(CliError::NotADirectory {
            file: directory.display().to_string(),
            help: format!("name its directory: freehold policy test {folder}"),
        });
    }
    let run = rule_tests::run(directory, false)?;
    for warning in &run.warnings {
        call.terminal.warning(warning);
    }
    if run.results.is_empty() {
        return Err(CliError::NoTests {
            directory: directory.display().to_string(),
        });
    }
    let text = rule_tests_table(&run, call.terminal.style());
    output::write(&text, call.output)?;
    Ok(if run.failures() == 0 {
        Exit::Done
    } else {
        Exit::Violations
    })
}
