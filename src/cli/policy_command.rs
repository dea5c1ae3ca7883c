//! `freehold policy`: the rules, and their tests.

use std::path::Path;

use super::args::{ListFormat, PolicyCommand, PolicyListFlags, PolicyTestFlags};
use super::error::CliError;
use super::exit_code::Exit;
use super::{Call, network, output, packs};
use crate::policy::origin::PackSource;
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
        PolicyCommand::Test(flags) => test(flags, call),
    }
}

fn list(flags: &PolicyListFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    let network = network::network(&flags.network, &[], &packs::names(&flags.policy))?;
    let pack = packs::pack(&flags.policy, &flags.data, &network)?;
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

fn test(flags: &PolicyTestFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    if let PackSource::Directory(directory) = &flags.source
        && directory.is_file()
    {
        let folder = directory.parent().filter(|path| *path != Path::new(""));
        let folder = folder.unwrap_or(Path::new(".")).display();
        return Err(CliError::NotADirectory {
            file: directory.display().to_string(),
            help: format!("name its directory: freehold policy test {folder}"),
        });
    }
    let sources = std::slice::from_ref(&flags.source);
    let network = network::network(&flags.network, &[], &packs::names(sources))?;
    let part = packs::part(&flags.source, &network)?;
    let run = rule_tests::run_part(part, packs::isolation().as_ref(), false)?;
    for warning in &run.warnings {
        call.terminal.warning(warning);
    }
    if run.results.is_empty() {
        return Err(CliError::NoTests {
            directory: flags.source.to_string(),
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
