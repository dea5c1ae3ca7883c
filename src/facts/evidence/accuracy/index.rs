//! The packages of an image, each thing once, to be found by the names that SBOMs have for them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::claim::Claim;
use super::spelling;
use crate::facts::contract::Mention;
use crate::facts::model::{Package, PackageType, Side};
use crate::facts::probes::WITHIN;

/// A name within an ecosystem, spelt.
pub(super) type Key<'a> = (PackageType, Cow<'a, str>);

/// One package in one version: what is compared. Copies of it in several places are one.
#[derive(Debug)]
pub(super) struct Thing<'a> {
    /// The first package that is it.
    pub(super) package: &'a Package,
    /// Version, spelt; empty where it is not known.
    pub(super) version: Cow<'a, str>,
    /// Version of the source it was built from, spelt.
    pub(super) source_version: Cow<'a, str>,
    /// Whether an SBOM need not name it: a system or conda package brought every copy of it, so that
    /// it is that package under another name, or a file only mentions it.
    pub(super) is_optional: bool,
    /// Base if any copy is.
    pub(super) side: Side,
}

/// Places of things by type, name, version and architecture as the image has them.
type Known<'a> = HashMap<(PackageType, &'a str, &'a str, Option<&'a str>), usize>;

/// The packages of an image.
#[derive(Debug, Default)]
pub struct ImagePackages<'a> {
    pub(super) things: Vec<Thing<'a>>,
    /// How many of them, the first, are packages; the others are only mentioned.
    installed: usize,
    /// Of each package, its place among the things.
    pub(super) thing_of: Vec<usize>,
    pub(super) by_name: HashMap<Key<'a>, Vec<usize>>,
    /// System packages by the name of their source.
    pub(super) by_source: HashMap<Key<'a>, Vec<usize>>,
    /// Java artifacts by name without the group.
    pub(super) by_artifact: HashMap<&'a str, Vec<usize>>,
    /// By name in lower case, whatever the ecosystem.
    pub(super) by_bare_name: HashMap<Cow<'a, str>, Vec<usize>>,
    /// Java artifacts by their archive and version, spelt. Archives go by path, and by name without
    /// ending and version, which is what tools call one that does not say its coordinates.
    pub(super) by_archive: HashMap<(&'a str, Cow<'a, str>), Vec<usize>>,
    /// Archives of Java artifacts, named likewise.
    pub(super) archives: HashSet<&'a str>,
    /// Databases of packages, and files that describe one, of any ecosystem.
    pub(super) databases: HashSet<&'a str>,
    /// Type, name and version, spelt, of what some file says is needed and need not be there.
    pub(super) required: HashSet<(PackageType, Cow<'a, str>, Cow<'a, str>)>,
    /// What the system packages are; the most, where there are several kinds.
    pub(super) system: Option<PackageType>,
}

impl<'a> ImagePackages<'a> {
    /// Gathers them. `mentioned` are those that files name and nothing installed.
    pub fn new(packages: &'a [Package], mentioned: &'a [Mention]) -> Self {
        let mut index = Self::default();
        let mut known: Known<'a> = HashMap::new();
        let mut systems: HashMap<PackageType, u64> = HashMap::new();
        for package in packages {
            let kind = package.package_type;
            let arch = package.arch.as_deref().filter(|_| kind.is_system());
            let next = index.things.len();
            let same = (kind, package.name.as_str(), package.version.as_str(), arch);
            let place = *known.entry(same).or_insert(next);
            index.thing_of.push(place);
            let database = package.database.split(WITHIN).next().unwrap_or_default();
            index.databases.insert(database.trim_start_matches('/'));
            if place == next {
                index.add(place, package, package.owner.is_some());
            } else if let Some(thing) = index.things.get_mut(place) {
                thing.is_optional &= package.owner.is_some();
                if package.side == Side::Base {
                    thing.side = Side::Base;
                }
            }
            index.add_archive(place, package);
            if package.installed {
                let count = systems.entry(kind).or_default();
                *count = count.saturating_add(1);
            }
        }
        index.installed = index.things.len();
        for mention in mentioned {
            index.mention(mention, &mut known);
        }
        let most = systems
            .into_iter()
            .max_by_key(|&(kind, count)| (count, kind));
        index.system = most.map(|(kind, _)| kind);
        index
    }

    fn mention(&mut self, mention: &'a Mention, known: &mut Known<'a>) {
        let package = &mention.package;
        let kind = package.package_type;
        let file = package.database.trim_start_matches('/');
        self.databases.insert(file);
        let next = self.things.len();
        let same = (kind, package.name.as_str(), package.version.as_str(), None);
        if !mention.is_there {
            let name = spelling::name(kind, Cow::Borrowed(&package.name));
            let version = spelling::version(kind, &name, Cow::Borrowed(&package.version));
            self.required.insert((kind, name, version));
        } else if *known.entry(same).or_insert(next) == next {
            self.add(next, package, true);
        }
    }

    fn add_archive(&mut self, place: usize, package: &'a Package) {
        let is_java = package.package_type == PackageType::Maven;
        let Some(thing) = self.things.get(place).filter(|_| is_java) else {
            return;
        };
        let version = thing.version.clone();
        let path = package.database.trim_start_matches('/');
        for name in [path, stem(path, &package.version)] {
            self.archives.insert(name);
            let places = self.by_archive.entry((name, version.clone()));
            places.or_default().push(place);
        }
    }

    /// Whether a claim has the name of a package, and not only of what is mentioned.
    pub(super) fn is_package(&self, claim: &Claim<'_>) -> bool {
        let places = self.by_name.get(&(claim.ecosystem, claim.name.clone()));
        places.is_some_and(|places| places.iter().any(|&place| place < self.installed))
    }

    /// Whether a claim is a Java artifact with the name of an archive. That it is none of the
    /// archive's packages is known already.
    pub(super) fn is_archive_of_others(&self, claim: &Claim<'_>) -> bool {
        let artifact = claim.name.rsplit(':').next().unwrap_or_default();
        claim.ecosystem == PackageType::Maven && self.archives.contains(artifact)
    }

    fn add(&mut self, place: usize, package: &'a Package, is_optional: bool) {
        let kind = package.package_type;
        let name = spelling::name(kind, Cow::Borrowed(&package.name));
        let version = spelling::version(kind, &name, Cow::Borrowed(&package.version));
        let source = package.source.as_ref().filter(|_| kind.is_system());
        let source_version = source.and_then(|source| source.version.as_deref());
        let source_version = match source_version {
            Some(version) => spelling::version(kind, &name, Cow::Borrowed(version)),
            None => version.clone(),
        };
        if let Some(source) = source {
            let source = spelling::name(kind, Cow::Borrowed(&source.name));
            self.by_source
                .entry((kind, source))
                .or_default()
                .push(place);
        }
        if kind == PackageType::Maven {
            let artifact = package.name.rsplit(':').next().unwrap_or(&package.name);
            self.by_artifact.entry(artifact).or_default().push(place);
        }
        let bare = spelling::bare_name(Cow::Borrowed(&package.name));
        self.by_bare_name.entry(bare).or_default().push(place);
        self.by_name.entry((kind, name)).or_default().push(place);
        self.things.push(Thing {
            package,
            version,
            source_version,
            is_optional,
            side: package.side,
        });
    }
}

/// Name of an archive without its ending, and without the version that may stand behind a dash.
fn stem<'a>(path: &'a str, version: &str) -> &'a str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.rsplit_once('.').map_or(name, |(name, _)| name);
    let without = name.strip_suffix(version);
    without
        .and_then(|name| name.strip_suffix('-'))
        .unwrap_or(name)
}
