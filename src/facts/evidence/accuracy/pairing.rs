//! Which component is which package.

use std::collections::{BTreeMap, HashMap};

use super::claim::Claim;
use super::compare::{Comparison, Listed, Phantom, Skipped};
use super::files::ImageFiles;
use super::index::ImagePackages;
use crate::facts::model::PackageType;

impl<'a> Comparison<'a> {
    /// Of some things, those that nothing was found yet that lists them.
    fn free(&self, places: &[usize]) -> Vec<usize> {
        let places = places.iter().copied();
        places.filter(|&place| self.is_free(place)).collect()
    }

    /// A component that is none of the image's packages by name. A file of the image that was read
    /// for no package may well describe one of a programming language: nothing here can deny it. Nor
    /// one that states neither a version nor a place, one that a file of the image says is needed, and
    /// a Java artifact that goes by the name of an archive of which only the parts say what they are.
    pub(super) fn absent(
        &mut self,
        image: &ImagePackages<'a>,
        files: &mut dyn ImageFiles,
        claim: Claim<'a>,
    ) {
        if claim.ecosystem == PackageType::Maven && self.is_archive(image, &claim) {
            return;
        }
        let mut is_unread =
            |path: &str| !image.databases.contains(path) && files.find(path).is_some();
        let says_little = claim.version.is_empty() && claim.paths().next().is_none();
        let spelt = (claim.ecosystem, claim.name.clone(), claim.version.clone());
        let is_required = image.required.contains(&spelt);
        let may_be = says_little
            || is_required
            || image.is_archive_of_others(&claim)
            || claim.paths().any(&mut is_unread);
        if may_be && !claim.ecosystem.is_system() {
            self.skip(Skipped::claim(claim));
        } else {
            self.phantoms.push(Phantom {
                ecosystem: claim.ecosystem,
                name: claim.shown_name,
                version: claim.shown_version,
            });
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
    /// They come sorted by version.
    pub(super) fn named(
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
        let (unversioned, claims): (Vec<_>, Vec<_>) = claims
            .into_iter()
            .partition(|claim| claim.version.is_empty());
        let mut left: Vec<Claim<'a>> = Vec::new();
        for claims in claims.chunk_by(|a, b| a.version == b.version) {
            let version = claims.first().map(|claim| claim.version.as_ref());
            match version.and_then(|version| of_version.get(version)) {
                Some(places) => left.extend(self.of_one_version(image, places, claims)),
                None => left.extend_from_slice(claims),
            }
        }
        // What does not know its own version cannot have another.
        let unknown = of_version.get("").map_or(&[][..], Vec::as_slice);
        let mut left = left.into_iter();
        let mut unversioned = unversioned.into_iter();
        for place in self.free(unknown) {
            if unversioned.next().is_some() || left.next().is_some() {
                self.list(place, Listed::Same);
            }
        }
        // What must be listed comes before what need not be.
        let mut free = self.free(places);
        free.sort_by_key(|place| image.things.get(*place).is_some_and(|t| t.is_optional));
        for place in free {
            if let Some(claim) = left.next() {
                self.list(place, Listed::Other(Some(claim.shown_version)));
            } else if unversioned.next().is_some() {
                self.list(place, Listed::Other(None));
            }
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
        claims: &[Claim<'a>],
    ) -> Vec<Claim<'a>> {
        let mut by_arch: HashMap<&str, usize> = HashMap::new();
        for place in self.free(places) {
            let thing = image.things.get(place);
            let arch = thing.and_then(|thing| thing.package.arch.as_deref());
            by_arch.insert(arch.unwrap_or_default(), place);
        }
        let mut others = Vec::new();
        for claim in claims {
            match by_arch.remove(claim.arch.as_ref()) {
                Some(place) => self.list(place, Listed::Same),
                None => others.push(claim.clone()),
            }
        }
        let mut free = self.free(places).into_iter();
        others.retain(|claim| match free.next() {
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
    pub(super) fn sources(
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
