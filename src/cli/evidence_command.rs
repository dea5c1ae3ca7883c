//! `freehold evidence` and `freehold sbom verify`: what an image has to show for itself.

use super::args::{EvidenceFlags, EvidenceFormat, SbomVerifyFlags};
use super::clock;
use super::error::CliError;
use super::exit_code::Exit;
use super::settings::Reading;
use super::{Call, facts_command, output};
use crate::report::document::EvidenceReport;
use crate::report::{json, table};

/// Prints the grid of evidence.
///
/// # Errors
/// Any [`CliError`].
pub(super) fn evidence(flags: &EvidenceFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    let now = clock::judging_time(flags.effective_time.as_deref())?;
    let images = std::slice::from_ref(&flags.image);
    let reading = Reading::new(&flags.reading, images, &[], call)?;
    let facts = facts_command::read(&flags.image, &reading, call.terminal)?;
    let text = match flags.format {
        EvidenceFormat::Json => json::print(&EvidenceReport::of(&facts))?,
        EvidenceFormat::Table => {
            let age = |then: &str| clock::days_between(then, &now);
            table::evidence(&facts, &age, call.terminal.style())
        }
    };
    output::write(&text, call.output)?;
    Ok(Exit::Done)
}

/// Prints how the image's SBOMs compare with what is in it.
///
/// # Errors
/// [`CliError::NoSbom`] when there is none to compare, and any other [`CliError`].
pub(super) fn verify(flags: &SbomVerifyFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    let images = std::slice::from_ref(&flags.image);
    let reading = Reading::new(&flags.reading, images, &[], call)?;
    let facts = facts_command::read(&flags.image, &reading, call.terminal)?;
    if table::compared(&facts).is_empty() {
        let searched = table::searched(&facts.attached_evidence);
        return Err(CliError::NoSbom { searched });
    }
    let text = match flags.format {
        EvidenceFormat::Json => json::print(&EvidenceReport::of(&facts))?,
        EvidenceFormat::Table => table::accuracy(&facts, call.terminal.style()),
    };
    output::write(&text, call.output)?;
    Ok(Exit::Done)
}
