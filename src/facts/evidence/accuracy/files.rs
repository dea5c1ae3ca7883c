//! How much of an image's files an SBOM accounts for.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{Comparison, Listed};
use super::index::ImagePackages;
use super::summary::shown;
use crate::facts::LIST_LIMIT;
use crate::facts::evidence::sbom::{ComponentKind, SbomComponent, SbomDocument};
use crate::facts::model::{Capped, SbomAccuracy};

/// Paths looked up in the image for one SBOM.
const MAX_LOOK_UPS: usize = 1_000_000;

/// The regular files of an image. Packages go by their place in the list that
/// [`ImagePackages::new`] was given.
pub trait ImageFiles {
    /// Regular files; hard links to one are one.
    fn regular(&self) -> u64;
    /// Regular files that belong to a package.
    fn owned_by(&self, package: usize) -> u64;
    /// Files that belong to no package and say themselves what they are made of: their number, and
    /// the packages they name.
    fn self_described(&self) -> &BTreeMap<u32, Vec<usize>>;
    /// The regular file at a path without a slash in front.
    fn find(&mut self, path: &str) -> Option<FoundFile>;
}

/// A regular file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FoundFile {
    /// What tells it from others.
    pub number: u32,
    /// The package it belongs to.
    pub owner: Option<usize>,
    /// SHA-256 of its content, where that was computed.
    pub sha256: Option<[u8; 32]>,
    /// SHA-1, likewise.
    pub sha1: Option<[u8; 20]>,
}

/// Fills in what an SBOM says of files.
pub(super) fn account(
    document: &SbomDocument,
    comparison: &Comparison<'_>,
    image: &ImagePackages<'_>,
    files: &mut dyn ImageFiles,
    accuracy: &mut SbomAccuracy,
) {
    let is_listed = |package: usize| {
        let thing = image.thing_of.get(package);
        let listed = thing.and_then(|&thing| comparison.listed.get(thing));
        listed.is_some_and(|listed| *listed != Listed::No)
    };
    let mut accounted: u64 = (0..image.thing_of.len())
        .filter(|&package| is_listed(package))
        .fold(0, |sum, package| {
            sum.saturating_add(files.owned_by(package))
        });
    // Files that no listed package owns, each once.
    let mut further: BTreeSet<u32> = files
        .self_described()
        .iter()
        .filter(|(_, packages)| packages.iter().any(|&package| is_listed(package)))
        .map(|(&number, _)| number)
        .collect();
    let mut wrong: BTreeSet<&str> = BTreeSet::new();
    for listed in listed_files(document).take(MAX_LOOK_UPS) {
        let Some(found) = files.find(listed.path.trim_start_matches('/')) else {
            continue;
        };
        if listed.differs(&found) {
            wrong.insert(listed.path);
        } else if !found.owner.is_some_and(is_listed) {
            further.insert(found.number);
        }
    }
    accounted = accounted.saturating_add(further.len() as u64);
    accuracy.image_files = files.regular();
    accuracy.files_accounted = accounted.min(accuracy.image_files);
    let wrong = wrong.into_iter().map(shown).collect();
    accuracy.file_digests_wrong = Capped::new(wrong, LIST_LIMIT);
}

/// A file as an SBOM lists it, digests in lower-case hexadecimal.
struct ListedFile<'a> {
    path: &'a str,
    sha256: Option<&'a str>,
    sha1: Option<&'a str>,
}

impl ListedFile<'_> {
    /// Whether a digest that is known of both is another.
    fn differs(&self, found: &FoundFile) -> bool {
        let sha256 = found.sha256.as_ref().map(<[u8; 32]>::as_slice);
        let sha1 = found.sha1.as_ref().map(<[u8; 20]>::as_slice);
        differs(self.sha256, sha256) || differs(self.sha1, sha1)
    }
}

/// SPDX 2 demands a SHA-1 of every file (section 8.4), and Syft writes zeros where it computed none.
fn differs(listed: Option<&str>, found: Option<&[u8]>) -> bool {
    let (Some(listed), Some(found)) = (listed, found) else {
        return false;
    };
    let is_stated = listed.bytes().any(|digit| digit != b'0');
    is_stated && !listed.eq_ignore_ascii_case(&data_encoding::HEXLOWER.encode(found))
}

/// Files, components that are files, and places where components were found. A hash of a package is
/// not that of the file that describes it.
fn listed_files(document: &SbomDocument) -> impl Iterator<Item = ListedFile<'_>> {
    let files = document.files.iter().map(|file| ListedFile {
        path: &file.path,
        sha256: file.sha256.as_deref(),
        sha1: file.sha1.as_deref(),
    });
    files.chain(document.components.iter().flat_map(places))
}

fn places(component: &SbomComponent) -> Vec<ListedFile<'_>> {
    let bare = |path| ListedFile {
        path,
        sha256: None,
        sha1: None,
    };
    if component.kind == ComponentKind::File {
        let hash = |algorithm: &str| {
            let mut hashes = component.hashes.iter();
            let found = hashes.find(|(name, _)| name == algorithm);
            found.map(|(_, value)| value.as_str())
        };
        let path = component.paths.first().unwrap_or(&component.name);
        return vec![ListedFile {
            sha256: hash("sha256"),
            sha1: hash("sha1"),
            ..bare(path)
        }];
    }
    component.paths.iter().map(|path| bare(path)).collect()
}
