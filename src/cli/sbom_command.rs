//! `freehold sbom`: the packages of an image, in the formats of others.

use super::args::{SbomFormat, SbomWriteFlags};
use super::clock;
use super::error::CliError;
use super::exit_code::Exit;
use super::settings::Reading;
use super::{Call, facts_command, output};
use crate::facts::model::Facts;
use crate::report::sbom::{self, Described, RegistryName};
use crate::source::{ManifestReference, Place, Reference};

/// Prints the SBOM of one image.
///
/// # Errors
/// Any [`CliError`].
pub(super) fn sbom(flags: &SbomWriteFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    let image = flags.image.as_deref().unwrap_or_default();
    let images = [image.to_owned()];
    let reading = Reading::new(&flags.reading, &images, &[], call)?;
    let facts = facts_command::read(image, &reading, call.terminal)?;
    let described = Described {
        facts: &facts,
        registry: registry_name(&facts),
        created: created(&facts, flags.source_date_epoch),
    };
    let text = match flags.format {
        // clap asks for a format.
        Some(SbomFormat::CyclonedxJson) | None => sbom::cyclonedx(&described)?,
        Some(SbomFormat::SpdxJson) => sbom::spdx(&described)?,
    };
    output::write(&text, call.output)?;
    Ok(Exit::Done)
}

/// The name the image was read under, if that was one in a registry.
fn registry_name(facts: &Facts) -> Option<RegistryName> {
    if facts.image.source != "registry" {
        return None;
    }
    let reference = Reference::parse(&facts.image.reference).ok()?;
    let Place::Registry { name, .. } = reference.place() else {
        return None;
    };
    Some(RegistryName {
        repository: format!("{}/{}", name.registry(), name.repository()),
        tag: match name.manifest() {
            ManifestReference::Tag(tag) => Some(tag.clone()),
            ManifestReference::Digest(_) => None,
        },
    })
}

/// The time the document bears: never the clock's, so that the same image gives the same bytes.
fn created(facts: &Facts, source_date_epoch: Option<u32>) -> Option<String> {
    match source_date_epoch {
        Some(seconds) => Some(clock::format(i64::from(seconds))),
        None => clock::judging_time(Some(facts.image.created.as_deref()?)).ok(),
    }
}
