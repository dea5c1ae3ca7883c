//! `freehold facts`: the document policies see.

use super::args::FactsFlags;
use super::concerning::Concerning;
use super::error::CliError;
use super::exit_code::Exit;
use super::settings::Reading;
use super::terminal::Terminal;
use super::{Call, output, saved_facts};
use crate::facts::BaseChoice;
use crate::facts::model::Facts;
use crate::policy::FACTS_SCHEMA;
use crate::report::json;
use crate::scan;
use crate::source::{Place, Reference};

/// Prints the facts of one image, or what they are described by.
///
/// # Errors
/// Any [`CliError`].
pub(super) fn facts(flags: &FactsFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    let Some(image) = &flags.image else {
        output::write(FACTS_SCHEMA, call.output)?;
        return Ok(Exit::Done);
    };
    let one = std::slice::from_ref(image);
    let reading = Reading::new(&flags.reading, one, &[], call)?;
    let facts = read(image, &reading, call.terminal)?;
    output::write(&json::print(&facts)?, call.output)?;
    Ok(Exit::Done)
}

/// The facts of an image, read now or saved earlier.
///
/// # Errors
/// Any [`CliError`].
pub(super) fn read(text: &str, reading: &Reading, terminal: &Terminal) -> Result<Facts, CliError> {
    let reference = Reference::parse(text)?;
    match (reference.place(), reading.layer_flag) {
        (Place::Facts { .. }, Some(flag)) => Err(CliError::SavedFacts { flag }),
        (Place::Facts { path }, None) => saved_facts::read(path),
        _ => {
            let progress = terminal.progress(text);
            let facts = scan::read_facts(&reference, &reading.options, &progress)?;
            terminal.end(progress, text);
            if let (BaseChoice::DiffIds { .. }, None) =
                (&reading.options.base, facts.image.base.layers)
            {
                let basis = facts.image.base.basis.clone();
                terminal.warning(&Concerning::new(text, CliError::NotTheBase { basis }));
            }
            Ok(facts)
        }
    }
}
