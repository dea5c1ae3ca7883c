//! Whether an SBOM is true: what it lists against what was read from the image.
//!
//! Both sides are compared as sets of things: a package in one version, however many copies of it
//! lie about, is one, and so is a component that is listed twice. Packages are the same when their
//! ecosystem and their name are, each in its ecosystem's own spelling ([`spelling`]); the namespace
//! of a system package's purl is whoever distributes it, and does not tell packages apart.
//!
//! - A component that names a **source package** stands for every package that was built from it
//!   and is not listed by itself.
//! - A language package that a **system package** brought (a Python module of a Debian package) is
//!   that package under another name: it counts only where the SBOM lists it, and is never missing.
//! - So does what a file only **mentions** beside the installed packages: the application itself, a
//!   part of a module that has its own description. Scanners list it, and it is there as they say.
//! - Modules and crates **inside binaries**, and software that a file states of itself, are packages
//!   like any other.
//! - Of what the image does not know the version (a Go main module built from a working copy), any
//!   version is right.
//! - Components that nothing could confirm or deny are not compared, and named: the operating system,
//!   the image, files, imported keys, ecosystems that are not read, language packages of which no more
//!   than a name is stated, what a file only says is needed to build something (`go.mod`), and names
//!   without a purl that nothing has. The last may be of any ecosystem, or no package at all: scanners
//!   write one for each lock file.
//!
//! What is compared is always the whole image; [`scope`] says what the SBOM seems to be about.

mod claim;
mod compare;
mod files;
mod index;
mod names_only;
mod pairing;
mod pep440;
mod purl;
mod scope;
mod spelling;
mod summary;
#[cfg(test)]
mod tests;

pub use files::{FoundFile, ImageFiles};
pub use index::ImagePackages;
pub use scope::{About, SbomPlace};

use super::sbom::SbomDocument;
use crate::facts::model::{SbomAccuracy, SbomScope};

/// Compares an SBOM with an image, and says what it describes. There is no accuracy where it
/// describes a part of the image, or that cannot be said.
pub fn judge(
    document: &SbomDocument,
    image: &ImagePackages<'_>,
    files: &mut dyn ImageFiles,
    about: &About<'_>,
) -> (SbomScope, Option<SbomAccuracy>) {
    let comparison = compare::compare(document, image, files);
    let mut accuracy = summary::summary(&comparison, image);
    accuracy.image_complete = about.image_complete;
    let scope = scope::scope(document, &comparison, image, &accuracy.overall, about);
    if matches!(scope, SbomScope::Package | SbomScope::Unknown) {
        return (scope, None);
    }
    files::account(document, &comparison, image, files, &mut accuracy);
    (scope, Some(accuracy))
}
