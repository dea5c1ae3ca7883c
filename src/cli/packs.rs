//! `--policy` and `--data`: which rules, and what they read.

use std::path::PathBuf;

use super::error::CliError;
use crate::policy::origin::{PackSource, Part};
use crate::policy::pack::Pack;
use crate::policy::sandbox::Isolation;
use crate::scan;
use crate::source::{ImageName, Network};

/// The shipped pack with everything the flags add.
///
/// # Errors
/// [`CliError`] when something cannot be fetched, read or used.
pub(super) fn pack(
    policy: &[PackSource],
    data: &[PathBuf],
    network: &Network,
) -> Result<Pack, CliError> {
    let parts = policy.iter().map(|source| part(source, network));
    let mut parts: Vec<Part> = parts.collect::<Result<_, _>>()?;
    parts.extend(data.iter().map(|path| Part::data(path)));
    Ok(Pack::assemble(parts, isolation().as_ref())?)
}

/// One source, read or fetched.
///
/// # Errors
/// [`CliError`] when it cannot be fetched.
pub(super) fn part(source: &PackSource, network: &Network) -> Result<Part, CliError> {
    Ok(match source {
        PackSource::Directory(path) => Part::directory(path),
        PackSource::Bundle(path) => Part::bundle(path),
        PackSource::Registry(name) => scan::fetch_pack(name, network)?,
    })
}

/// The registries that sources name: where a login may be sent to.
pub(super) fn names(policy: &[PackSource]) -> Vec<ImageName> {
    let names = policy.iter().filter_map(|source| match source {
        PackSource::Registry(name) => ImageName::parse(name).ok(),
        PackSource::Directory(_) | PackSource::Bundle(_) => None,
    });
    names.collect()
}

/// Child processes of this program for rules that others wrote; none where the system does not say
/// which file it is.
pub(super) fn isolation() -> Option<Isolation> {
    std::env::current_exe().ok().map(Isolation::of)
}
