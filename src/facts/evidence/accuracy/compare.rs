//! Components of an SBOM set against the packages of an image, each thing once on either side.
//!
//! Components are gathered by what they name. Within one name, those with a package's version and
//! architecture are it; then those with its version; of what is left, one component and one package
//! make a wrong version, and the rest is missing or a phantom. Everything is found by maps: the work
//! grows as the two lists do.

use std::borrow::Cow;
use std::collections::HashMap;

use super::claim::{Claim, Reading, read};
use super::files::ImageFiles;
use super::index::{ImagePackages, Key};
use super::purl::Purl;
use super::{names_only, scope};
use crate::facts::evidence::sbom::{ComponentKind, SbomComponent, SbomDocument};
use crate::facts::model::PackageType;

/// What an SBOM says of one package of the image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Listed<'a> {
    /// Nothing.
    #[default]
    No,
    /// What is so.
    Same,
    /// Another version; `None` where it states none.
    Other(Option<Cow<'a, str>>),
}

/// A component that the image does not have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Phantom<'a> {
    pub(super) ecosystem: PackageType,
    pub(super) name: Cow<'a, str>,
    pub(super) version: Cow<'a, str>,
}

/// A component that is not compared. They sort packages first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Skipped<'a> {
    kind: ComponentKind,
    /// Type, name and version, as far as they are stated.
    pub(super) text: [Cow<'a, str>; 3],
}

impl<'a> Skipped<'a> {
    /// A component as the document names it.
    pub(super) fn component(component: &'a SbomComponent) -> Self {
        let stated = Cow::Borrowed(component.version.as_deref().unwrap_or_default());
        let text = match component.purl.as_deref().and_then(Purl::parse) {
            Some(purl) => {
                let name = purl.full_name();
                let version = match purl.version.is_empty() {
                    true => stated,
                    false => purl.version,
                };
                [purl.kind, name, version]
            }
            None => [
                Cow::default(),
                Cow::Borrowed(component.name.as_str()),
                stated,
            ],
        };
        Self {
            kind: component.kind,
            text,
        }
    }

    /// A package, read from a purl.
    pub(super) fn claim(claim: Claim<'a>) -> Self {
        let ecosystem = Cow::Borrowed(claim.ecosystem.name());
        Self {
            kind: ComponentKind::Package,
            text: [ecosystem, claim.shown_name, claim.shown_version],
        }
    }

    /// Something without a purl.
    pub(super) fn named(name: &'a str, version: &'a str) -> Self {
        Self {
            kind: ComponentKind::Package,
            text: [Cow::default(), Cow::Borrowed(name), Cow::Borrowed(version)],
        }
    }
}

/// An SBOM compared with an image.
#[derive(Debug)]
pub(super) struct Comparison<'a> {
    /// Of each thing in the image, what the SBOM says.
    pub(super) listed: Vec<Listed<'a>>,
    /// What the image does not have.
    pub(super) phantoms: Vec<Phantom<'a>>,
    /// Components that were not compared.
    pub(super) not_compared: Vec<Skipped<'a>>,
    /// Things found by name and version alone.
    pub(super) by_name_only: u64,
}

/// What a group of components could be.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Target<'a> {
    /// Packages of that name.
    Name(Key<'a>),
    /// Java artifacts of that name, in whatever group: the SBOM states none.
    Artifact(Cow<'a, str>),
    /// Packages built from that source, which the SBOM says it is.
    Source(Key<'a>),
    /// The same, where it does not say so and nothing else has that name.
    PerhapsSource(Key<'a>),
    /// Nothing.
    Nothing,
}

/// Compares an SBOM with an image.
pub(super) fn compare<'a>(
    document: &'a SbomDocument,
    image: &'a ImagePackages<'a>,
    files: &mut dyn ImageFiles,
) -> Comparison<'a> {
    let mut comparison = Comparison {
        listed: vec![Listed::No; image.things.len()],
        phantoms: Vec::new(),
        not_compared: Vec::new(),
        by_name_only: 0,
    };
    let mut groups = gather(&mut comparison, document, image);
    // Whatever names a package itself comes before what may mean it, so the order counts.
    groups.sort_by(|(a, _), (b, _)| a.cmp(b));
    let found = |places: Option<&'a Vec<usize>>| places.map_or(&[][..], Vec::as_slice);
    for (target, claims) in groups {
        let claims = once_each(claims);
        let absent = match target {
            Target::Name(key) => comparison.named(image, found(image.by_name.get(&key)), claims),
            Target::Artifact(name) => {
                let places = found(image.by_artifact.get(name.as_ref()));
                comparison.named(image, places, claims)
            }
            Target::Source(key) => {
                let places = found(image.by_source.get(&key));
                comparison.sources(image, places, claims, true)
            }
            Target::PerhapsSource(key) => {
                let places = found(image.by_source.get(&key));
                comparison.sources(image, places, claims, false)
            }
            Target::Nothing => claims,
        };
        for claim in absent {
            comparison.absent(image, files, claim);
        }
    }
    let components = document.components.iter();
    let name_only = components.filter(|of| matches!(read(of, image.system), Reading::NameOnly));
    names_only::find(&mut comparison, image, name_only);
    comparison
}

/// Components with a purl, by what they could be. Those that are not compared are noted.
fn gather<'a>(
    comparison: &mut Comparison<'a>,
    document: &'a SbomDocument,
    image: &'a ImagePackages<'a>,
) -> Vec<(Target<'a>, Vec<Claim<'a>>)> {
    let mut groups: HashMap<Target<'a>, Vec<Claim<'a>>> = HashMap::new();
    for component in &document.components {
        let target = match read(component, image.system) {
            Reading::Claim(claim) => target(&claim, image).map(|target| (target, claim)),
            Reading::NameOnly => continue,
            Reading::NotCompared => None,
        };
        match target {
            Some((target, claim)) => groups.entry(target).or_default().push(claim),
            None => comparison.skip(Skipped::component(component)),
        }
    }
    // A package of the image that is the subject is listed as much as the others.
    let subject = scope::subject(document, image);
    if let Some((target, claim)) = subject.and_then(|claim| Some((target(&claim, image)?, claim))) {
        groups.entry(target).or_default().push(claim);
    }
    groups.into_iter().collect()
}

/// Each component once, with all the places where it says it was found.
fn once_each(mut claims: Vec<Claim<'_>>) -> Vec<Claim<'_>> {
    claims.sort_by(|a, b| identity(a).cmp(&identity(b)));
    claims.dedup_by(|again, first| {
        let same = identity(again) == identity(first);
        if same {
            first.paths.append(&mut again.paths);
        }
        same
    });
    claims
}

/// What makes two components of one target the same, in the order they are taken.
fn identity<'c>(claim: &'c Claim<'_>) -> [&'c str; 5] {
    let ecosystem = claim.ecosystem.name();
    let (name, version) = (claim.name.as_ref(), claim.version.as_ref());
    [ecosystem, name, version, &claim.arch, &claim.subpath]
}

/// What a component could be. `None` where nothing in the image could deny it: what belongs to no
/// ecosystem is found in images by chance.
fn target<'a>(claim: &Claim<'a>, image: &ImagePackages<'a>) -> Option<Target<'a>> {
    let kind = claim.ecosystem;
    let key = (kind, claim.name.clone());
    if claim.is_source {
        return Some(Target::Source(key));
    }
    if !claim.subpath.is_empty() {
        let full = (
            kind,
            Cow::Owned(format!("{}/{}", claim.name, claim.subpath)),
        );
        if image.by_name.contains_key(&full) {
            return Some(Target::Name(full));
        }
    }
    if image.by_name.contains_key(&key) {
        return Some(Target::Name(key));
    }
    let generic = (PackageType::Generic, claim.name.clone());
    match kind {
        PackageType::Generic => None,
        PackageType::Maven => Some(artifact(claim, image)),
        PackageType::Golang if is_command(claim) => None,
        _ if image.by_source.contains_key(&key) => Some(Target::PerhapsSource(key)),
        // A program may name the package it was taken from, which is not installed here.
        _ if kind.is_system() && image.by_name.contains_key(&generic) => {
            Some(Target::Name(generic))
        }
        _ => Some(Target::Nothing),
    }
}

/// Whether this names a program by its package and not by a module: paths without a dot in their
/// first element belong to the toolchain (Go Modules Reference, "Module paths"). Syft writes such
/// names where a program was built outside any module.
fn is_command(claim: &Claim<'_>) -> bool {
    let first = claim.name.split('/').next().unwrap_or_default();
    claim.version.is_empty() && !first.contains('.')
}

/// A Java artifact that is not in the image under its full name. An archive need not say its group,
/// and Syft then writes the artifact's name in its place.
fn artifact<'a>(claim: &Claim<'a>, image: &ImagePackages<'a>) -> Target<'a> {
    let (group, name) = match claim.name.split_once(':') {
        Some((group, name)) => (group, name.to_owned()),
        None => ("", claim.name.to_string()),
    };
    let ungrouped = (claim.ecosystem, Cow::Owned(name.clone()));
    if image.by_name.contains_key(&ungrouped) {
        Target::Name(ungrouped)
    } else if (group.is_empty() || group == name) && image.by_artifact.contains_key(name.as_str()) {
        Target::Artifact(Cow::Owned(name))
    } else {
        Target::Nothing
    }
}

impl<'a> Comparison<'a> {
    /// Notes a component that is not compared.
    pub(super) fn skip(&mut self, component: Skipped<'a>) {
        self.not_compared.push(component);
    }

    /// Whether nothing was found yet that lists this thing.
    pub(super) fn is_free(&self, place: usize) -> bool {
        self.listed.get(place) == Some(&Listed::No)
    }

    /// Says what lists a thing.
    pub(super) fn list(&mut self, place: usize, as_what: Listed<'a>) {
        if let Some(listed) = self.listed.get_mut(place) {
            *listed = as_what;
        }
    }

    /// The same, by its name and version alone.
    pub(super) fn list_by_name(&mut self, place: usize, as_what: Listed<'a>) {
        self.list(place, as_what);
        self.by_name_only = self.by_name_only.saturating_add(1);
    }
}
