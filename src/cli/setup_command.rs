//! `freehold init`, `schema` and `completions`: what a team sets up once.

use std::path::Path;

use clap::CommandFactory as _;

use super::args::{Arguments, CompletionsFlags, InitFlags, SchemaFlags, SchemaName};
use super::config;
use super::error::CliError;
use super::exit_code::Exit;
use super::{Call, output};
use crate::policy::FACTS_SCHEMA;
use crate::policy::profile;
use crate::policy::waivers::file_schema;
use crate::report::json;

/// The file `init` writes: every key, each commented out or at its default.
const TEMPLATE: &str = include_str!("config/freehold.yaml");

/// Writes a commented `freehold.yaml`.
///
/// # Errors
/// [`CliError::Exists`] where the file is there, and [`CliError::Unwritable`].
pub(super) fn init(flags: &InitFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    output::create(TEMPLATE, &flags.file)?;
    let file = crate::report::text::escape(&flags.file.display().to_string());
    let next = match flags.file == Path::new(config::DEFAULT) {
        true => "every command reads it here; then: freehold check IMAGE".to_owned(),
        false => format!("name it with --config {file}: freehold check IMAGE --config {file}"),
    };
    output::write(&format!("{file} written; {next}\n"), call.output)?;
    Ok(Exit::Done)
}

/// Prints a schema.
///
/// # Errors
/// [`CliError::Unwritable`] and [`CliError::Json`].
pub(super) fn schema(flags: &SchemaFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    let text = match flags.name {
        SchemaName::Facts => FACTS_SCHEMA.to_owned(),
        SchemaName::Report => json::schema()?,
        SchemaName::Waivers => file_schema()?,
        SchemaName::Profile => profile::schema()?,
        SchemaName::Config => json::print(&config::schema())?,
    };
    output::write(&text, call.output)?;
    Ok(Exit::Done)
}

/// Prints what makes a shell complete commands, flags and their values.
///
/// # Errors
/// [`CliError::Unwritable`].
pub(super) fn completions(flags: &CompletionsFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    let mut text = Vec::new();
    clap_complete::generate(
        flags.shell,
        &mut Arguments::command(),
        env!("CARGO_PKG_NAME"),
        &mut text,
    );
    output::write(&String::from_utf8_lossy(&text), call.output)?;
    Ok(Exit::Done)
}
