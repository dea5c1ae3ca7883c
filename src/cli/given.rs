//! Files a user gives beside the image: SBOMs, statements, bundles.

use std::path::{Path, PathBuf};

use super::args::GivenFlags;
use super::error::CliError;
use super::input;
use crate::facts::{Given, GivenKind};

/// Bytes of one file.
const MAX_BYTES: u64 = 128 << 20;

/// Reads the files that flags name. They speak of one image, so that `images` may be only one.
///
/// # Errors
/// [`CliError::GivenForOne`] and [`CliError::Unreadable`].
pub(super) fn given(flags: &GivenFlags, images: usize) -> Result<Vec<Given>, CliError> {
    let kinds = [
        ("--sbom", GivenKind::Sbom, &flags.sbom),
        ("--attestation", GivenKind::Attestation, &flags.attestation),
        ("--bundle", GivenKind::Bundle, &flags.bundle),
    ];
    let mut all = Vec::new();
    for (flag, kind, paths) in kinds {
        if !paths.is_empty() && images > 1 {
            return Err(CliError::GivenForOne { flag });
        }
        for path in paths {
            all.push(one(kind, path)?);
        }
    }
    Ok(all)
}

/// The flag of those that name files, if one was given.
pub(super) fn named(flags: &GivenFlags) -> Option<&'static str> {
    let has = |paths: &Vec<PathBuf>| !paths.is_empty();
    [
        ("--sbom", has(&flags.sbom)),
        ("--attestation", has(&flags.attestation)),
        ("--bundle", has(&flags.bundle)),
        ("--key", has(&flags.key)),
        (
            "--certificate-identity",
            flags.certificate_identity.is_some(),
        ),
        (
            "--certificate-identity-regexp",
            flags.certificate_identity_regexp.is_some(),
        ),
        ("--trusted-root", flags.trusted_root.is_some()),
    ]
    .into_iter()
    .find(|(_, given)| *given)
    .map(|(name, _)| name)
}

fn one(kind: GivenKind, path: &Path) -> Result<Given, CliError> {
    Ok(Given {
        kind,
        name: path.display().to_string(),
        bytes: input::bytes(path, MAX_BYTES)?,
    })
}
