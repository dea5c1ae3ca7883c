//! What an SBOM describes.

use super::claim::{Claim, Reading, read};
use super::compare::{Comparison, Listed};
use super::index::ImagePackages;
use super::summary::share;
use crate::facts::evidence::sbom::SbomDocument;
use crate::facts::model::{AccuracyCounts, SbomScope, Side, SubjectIs};

/// Places of SBOMs that describe one package or product each, without a slash in front: melange's
/// (`pkg/sbom`), Bitnami's components (`bitnami/vulndb`), and those of Docker's hardened images, which
/// Docker says are no list of the whole ("Advisory routing").
const PACKAGES_OWN: [&str; 4] = [
    "var/lib/db/sbom/",
    "usr/lib/db/sbom/",
    "opt/bitnami/",
    "opt/docker/sbom/",
];

/// PEP 770, "Storing SBOM files in the .dist-info/sboms directory".
const PYTHON: &str = ".dist-info/sboms/";

/// Packages on either side from which on a comparison tells that two things are different.
const TELLING: u64 = 5;

/// Share of an SBOM and of an image, versions and all, that the two have in common at most when they
/// are different images. Releases of a distribution have most names in common, and few versions.
const STRANGERS: f64 = 0.2;

/// Share of the components that must be here, version and all, for an SBOM of another digest to be
/// that of this image all the same: tools write the digest of a local copy, or of an earlier build.
/// Also the share of the image that an SBOM of one package lists at most.
const SAME_IMAGE: f64 = 0.5;

/// Share of the base's packages that an SBOM of the base lists at least, and of the added ones at
/// most.
const OF_BASE: f64 = 0.9;
const OF_ADDED: f64 = 0.1;

/// Where an SBOM was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SbomPlace<'a> {
    /// Beside the image: attached to it, or given by the user.
    Outside,
    /// At this path in it, and whether a package owns the file.
    Inside(&'a str, bool),
}

/// What is known of an SBOM and of the image beside what they list.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Where it was found.
    pub place: SbomPlace<'a>,
    /// What its subject is to this image, by its digests.
    pub subject: SubjectIs,
    /// Whether its subject's digest is that of the base.
    pub names_base: bool,
    /// Whether the packages of the image were read in full.
    pub image_complete: bool,
}

/// Says what an SBOM describes.
pub(super) fn scope(
    document: &SbomDocument,
    comparison: &Comparison<'_>,
    image: &ImagePackages<'_>,
    counts: &AccuracyCounts,
    about: &About<'_>,
) -> SbomScope {
    let unread = document.components.is_empty() && !document.unread.is_empty();
    let no_packages = image.things.is_empty() && !about.image_complete;
    if is_of_package(document, image, counts, about) {
        SbomScope::Package
    } else if unread || no_packages {
        SbomScope::Unknown
    } else if about.names_base || is_of_base(comparison, image) {
        SbomScope::Base
    } else if is_of_another(counts, about.subject) {
        SbomScope::AnotherImage
    } else {
        SbomScope::Image
    }
}

/// Whether it lies where packages keep their own, or its subject is a package of the image. The
/// program that an image is made for may be named as the subject of a list of the whole image, and so
/// may the application.
fn is_of_package(
    document: &SbomDocument,
    image: &ImagePackages<'_>,
    counts: &AccuracyCounts,
    about: &About<'_>,
) -> bool {
    if let SbomPlace::Inside(path, is_owned) = about.place {
        let path = path.trim_start_matches('/');
        let by_place = PACKAGES_OWN.iter().any(|place| path.starts_with(place));
        if is_owned || by_place || path.contains(PYTHON) {
            return true;
        }
    }
    let is_small = counts.recall.is_none_or(|recall| recall < SAME_IMAGE);
    is_small && subject(document, image).is_some_and(|claim| image.is_package(&claim))
}

/// The subject, where it is a package of the image.
pub(super) fn subject<'a>(
    document: &'a SbomDocument,
    image: &ImagePackages<'a>,
) -> Option<Claim<'a>> {
    match read(document.subject.as_ref()?, image.system) {
        Reading::Claim(claim) => {
            let key = (claim.ecosystem, claim.name.clone());
            image.by_name.contains_key(&key).then_some(claim)
        }
        _ => None,
    }
}

/// Whether it lists the packages of the base and not those that were added.
fn is_of_base(comparison: &Comparison<'_>, image: &ImagePackages<'_>) -> bool {
    let listed = |side: Side| {
        let of_side = image.things.iter().zip(&comparison.listed);
        let of_side = of_side.filter(|(thing, _)| thing.side == side && !thing.is_optional);
        let (all, listed) = of_side.fold((0_u64, 0_u64), |(all, found), (_, listed)| {
            let is_listed = u64::from(*listed != Listed::No);
            (all.saturating_add(1), found.saturating_add(is_listed))
        });
        share(listed, all)
    };
    listed(Side::Base).is_some_and(|share| share >= OF_BASE)
        && listed(Side::Added).is_some_and(|share| share <= OF_ADDED)
}

/// Whether it names another digest and little of it is here, or the two have next to nothing in
/// common.
fn is_of_another(counts: &AccuracyCounts, subject: SubjectIs) -> bool {
    let telling = counts.in_image >= TELLING && counts.in_sbom >= TELLING;
    let common = |of: u64| share(counts.matched, of);
    let below = |of: u64, limit: f64| common(of).is_some_and(|common| common < limit);
    let strangers =
        telling && below(counts.in_image, STRANGERS) && below(counts.in_sbom, STRANGERS);
    strangers || (subject == SubjectIs::AnotherImage && below(counts.in_sbom, SAME_IMAGE))
}
