//! Components of an SBOM set against the packages of an image, each thing once on either side.
//!
//! Components are gathered by what they name. Within one name, those with a package's version and
//! architecture are it; then those with its version; of what is left, one component and one package
//! make a wrong version, and the rest is missing or a phantom. Everything is found by maps: the work
//! grows as the two lists do.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::claim::{Claim, Reading, read};
use super::files::ImageFiles;
use super::index::{ImagePackages, Key};
use super::{names_only, scope};
use crate::facts::evidence::sbom::{SbomComponent, SbomDocument};
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

/// An SBOM compared with an image.
#[derive(Debug)]
pub(super) struct Comparison<'a> {
    /// Of each thing in the image, what the SBOM says.
    pub(super) listed: Vec<Listed<'a>>,
    /// What the image does not have.
    pub(super) phantoms: Vec<Phantom<'a>>,
    /// Components that were not compared.
    pub(super) not_compared: u64,
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
        not_compared: 0,
        by_name_only: 0,
    };
    let mut groups: HashMap<Target<'a>, Vec<Claim<'a>>> = HashMap::new();
    // A package of the image that is the subject is listed as much as the others.
    let subject = scope::subject(document, image);
    if let Some((target, claim)) = subject.and_then(|claim| Some((target(&claim, image)?, claim))) {
        groups.entry(target).or_default().push(claim);
    }
    let mut name_only: Vec<&SbomComponent> = Vec::new();
    for component in &document.components {
        match read(component, image.system) {
            Reading::Claim(claim) => match target(&claim, image) {
                Some(target) => groups.entry(target).or_default().push(claim),
                None => comparison.skip(1),
            },
            Reading::NameOnly => name_only.push(component),
            Reading::NotCompared => comparison.skip(1),
        }
    }
    // Whatever names a package itself comes before what may mean it, so the order counts.
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (target, mut claims) in groups {
        claims.sort_by(|a, b| identity(a).cmp(&identity(b)));
        claims.dedup_by(|again, first| {
            let same = identity(again) == identity(first);
            if same {
                first.paths.append(&mut again.paths);
            }
            same
        });
        let found = |places: Option<&'a Vec<usize>>| places.map_or(&[][..], Vec::as_slice);
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
    names_only::find(&mut comparison, image, name_only);
    comparison
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

fn phantom(claim: Claim<'_>) -> Phantom<'_> {
    Phantom {
        ecosystem: claim.ecosystem,
        name: claim.shown_name,
        version: claim.shown_version,
    }
}

impl<'a> Comparison<'a> {
    /// Counts components that are not compared.
    pub(super) fn skip(&mut self, components: u64) {
        self.not_compared = self.not_compared.saturating_add(components);
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

    /// A component that is none of the image's packages by name. A file of the image that was read
    /// for no package may well describe one of a programming language: nothing here can deny it.
    fn absent(&mut self, image: &ImagePackages<'a>, files: &mut dyn ImageFiles, claim: Claim<'a>) {
        if claim.ecosystem == PackageType::Maven && self.is_archive(image, &claim) {
            return;
        }
        let mut is_unread =
            |path: &str| !image.databases.contains(path) && files.find(path).is_some();
        let may_be = !claim.ecosystem.is_system() && claim.paths().any(&mut is_unread);
        if may_be {
            self.skip(1);
        } else {
            self.phantoms.push(phantom(claim));
        }
    }

    /// Whether a Java artifact is an archive of the image under another name: one that does not say
    /// its coordinates is named by guesses.
    fn is_archive(&mut self, image: &ImagePackages<'a>, claim: &Claim<'a>) -> bool {
        let artifact = claim.name.rsplit(':').next();
        for name in claim.paths().chain(artifact) {
            if claim.version.is_empty() && image.archives.contains(name) {
                return true;
            }
            if let Some(places) = image.by_archive.get(&(name, claim.version.clone())) {
                if let [place] = places.as_slice()
                    && self.is_free(*place)
                {
                    self.list(*place, Listed::Same);
                }
                return true;
            }
        }
        false
    }

    /// Components and packages of one name; gives back the components that are none of them.
    fn named(
        &mut self,
        image: &'a ImagePackages<'a>,
        places: &[usize],
        claims: Vec<Claim<'a>>,
    ) -> Vec<Claim<'a>> {
        let mut of_version: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for &place in places {
            if let Some(thing) = image.things.get(place) {
                of_version.entry(&thing.version).or_default().push(place);
            }
        }
        let mut by_version: BTreeMap<String, Vec<Claim<'a>>> = BTreeMap::new();
        for claim in claims {
            let version = claim.version.to_string();
            by_version.entry(version).or_default().push(claim);
        }
        let unversioned = by_version.remove("").unwrap_or_default();
        let mut left: Vec<Claim<'a>> = Vec::new();
        for (version, claims) in by_version {
            match of_version.get(version.as_str()) {
                Some(places) => left.extend(self.of_one_version(image, places, claims)),
                None => left.extend(claims),
            }
        }
        // What does not know its own version cannot have another.
        let unknown = of_version.get("").map_or(&[][..], Vec::as_slice);
        let mut left = left.into_iter();
        let mut unversioned = unversioned.into_iter();
        for &place in unknown {
            if self.is_free(place) && (unversioned.next().is_some() || left.next().is_some()) {
                self.list(place, Listed::Same);
            }
        }
        // What must be listed comes before what need not be.
        let is_optional = |place: &usize| image.things.get(*place).is_some_and(|t| t.is_optional);
        let mut free: Vec<usize> = places
            .iter()
            .copied()
            .filter(|&p| self.is_free(p))
            .collect();
        free.sort_by_key(is_optional);
        for place in free {
            let other = match (left.next(), unversioned.next()) {
                (Some(claim), _) => Some(claim.shown_version),
                (None, Some(_)) => None,
                (None, None) => break,
            };
            self.list(place, Listed::Other(other));
        }
        // One that states no version names what is there, once more.
        left.collect()
    }

    /// Components and packages of one name and version; gives back what was not found. One without
    /// an architecture beside others with one is no further package.
    fn of_one_version(
        &mut self,
        image: &'a ImagePackages<'a>,
        places: &[usize],
        claims: Vec<Claim<'a>>,
    ) -> Vec<Claim<'a>> {
        let mut by_arch: HashMap<&str, usize> = HashMap::new();
        for &place in places.iter().filter(|&&place| self.is_free(place)) {
            let arch = image
                .things
                .get(place)
                .and_then(|t| t.package.arch.as_deref());
            by_arch.insert(arch.unwrap_or_default(), place);
        }
        let mut others = Vec::new();
        for claim in claims {
            match by_arch.remove(claim.arch.as_ref()) {
                Some(place) => self.list(place, Listed::Same),
                None => others.push(claim),
            }
        }
        let mut free: Vec<usize> = places
            .iter()
            .copied()
            .filter(|&p| self.is_free(p))
            .collect();
        free.reverse();
        others.retain(|claim| match free.pop() {
            Some(place) => {
                self.list(place, Listed::Same);
                false
            }
            None => !claim.arch.is_empty(),
        });
        others
    }

    /// Components that name a source stand for what was built from it and is not listed by itself.
    /// Where they only may mean a source, another version of it is no sign that they do.
    fn sources(
        &mut self,
        image: &'a ImagePackages<'a>,
        places: &[usize],
        claims: Vec<Claim<'a>>,
        stated: bool,
    ) -> Vec<Claim<'a>> {
        let versions = claims
            .iter()
            .map(|claim| (claim.version.to_string(), false));
        let mut versions: BTreeMap<String, bool> = versions.collect();
        let mut left_over = Vec::new();
        for &place in places {
            let Some(thing) = image.things.get(place) else {
                continue;
            };
            match versions.get_mut(thing.source_version.as_ref()) {
                Some(found) => {
                    *found = true;
                    if self.is_free(place) {
                        self.list(place, Listed::Same);
                    }
                }
                None if self.is_free(place) => left_over.push(place),
                None => {}
            }
        }
        let mut wrong = claims
            .into_iter()
            .filter(|claim| versions.get(claim.version.as_ref()) == Some(&false))
            .peekable();
        let other = wrong.peek().filter(|_| stated && !left_over.is_empty());
        if let Some(other) = other.map(|claim| claim.shown_version.clone()) {
            for place in left_over {
                self.list(place, Listed::Other(Some(other.clone())));
            }
            wrong.next();
        }
        wrong.collect()
    }
}
