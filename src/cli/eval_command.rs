//! `freehold eval`: a quick question in Rego.

use super::args::{EvalFlags, PageFormat};
use super::error::CliError;
use super::exit_code::Exit;
use super::settings::Reading;
use super::{Call, clock, facts_command, output, packs};
use crate::policy::query;
use crate::report::json;
use crate::report::table::value_table;

/// Evaluates a query on the facts of one image. Undefined is an answer, and the exit status says so.
///
/// # Errors
/// Any [`CliError`].
pub(super) fn eval(flags: &EvalFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    let now = clock::judging_time(flags.effective_time.as_deref())?;
    let images = std::slice::from_ref(&flags.image);
    let reading = Reading::new(&flags.reading, images, &flags.policy, call)?;
    let pack = packs::pack(&flags.policy, &flags.data, &reading.options.network)?;
    for warning in pack.warnings() {
        call.terminal.warning(warning);
    }
    let facts = facts_command::read(&flags.image, &reading, call.terminal)?;
    let answer = query::query(&pack, &facts, &flags.query, &now)?;
    let Some(value) = answer.value else {
        let help = (!answer.doubts.is_empty()).then(|| answer.doubts.join("\n"));
        call.terminal.warning(&CliError::Undefined { help });
        return Ok(Exit::Violations);
    };
    let text = match flags.format {
        PageFormat::Json => json::print(&value)?,
        PageFormat::Table => value_table(&value, call.terminal.style()),
    };
    output::write(&text, call.output)?;
    Ok(Exit::Done)
}
