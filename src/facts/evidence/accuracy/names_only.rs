//! Components that say no more than a name and a version, against packages of any ecosystem.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::compare::{Comparison, Listed, Skipped};
use super::index::ImagePackages;
use super::spelling;
use crate::facts::evidence::sbom::SbomComponent;
use crate::facts::model::PackageType;

/// Finds components without a purl. One whose name nothing in the image has is not compared: it may
/// be of an ecosystem that is not read. One that a single ecosystem has in another version only is
/// taken for that.
pub(super) fn find<'a>(
    comparison: &mut Comparison<'a>,
    image: &'a ImagePackages<'a>,
    components: impl Iterator<Item = &'a SbomComponent>,
) {
    let mut groups: BTreeMap<&'a str, Vec<&'a str>> = BTreeMap::new();
    for component in components {
        let version = component.version.as_deref().unwrap_or_default();
        match names(component).find_map(|name| image.by_bare_name.get_key_value(name.as_ref())) {
            Some((name, _)) if !version.is_empty() => {
                groups.entry(name.as_ref()).or_default().push(version);
            }
            _ => comparison.skip(Skipped::component(component)),
        }
    }
    for (name, mut versions) in groups {
        versions.sort_unstable();
        versions.dedup();
        of_one_name(comparison, image, name, versions);
    }
}

/// The names a component may go by: its own, and joined with its group as ecosystems do.
fn names(component: &SbomComponent) -> impl Iterator<Item = Cow<'_, str>> {
    let group = component.group.as_deref().filter(|group| !group.is_empty());
    let joined = group.into_iter().flat_map(move |group| {
        ['/', ':'].map(|separator| Cow::Owned(format!("{group}{separator}{}", component.name)))
    });
    joined
        .chain([Cow::Borrowed(component.name.as_str())])
        .map(spelling::bare_name)
}

fn of_one_name<'a>(
    comparison: &mut Comparison<'a>,
    image: &'a ImagePackages<'a>,
    name: &'a str,
    versions: Vec<&'a str>,
) {
    let places = image.by_bare_name.get(name);
    let places = places.map_or(&[][..], Vec::as_slice);
    let mut known: HashMap<(PackageType, &str), Vec<usize>> = HashMap::new();
    let mut kinds: Vec<PackageType> = Vec::new();
    for &place in places {
        if let Some(thing) = image.things.get(place) {
            let kind = thing.package.package_type;
            kinds.push(kind);
            let places = known.entry((kind, thing.version.as_ref())).or_default();
            places.push(place);
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    let mut left = Vec::new();
    for version in versions {
        let mut found: Vec<usize> = Vec::new();
        for &kind in &kinds {
            let spelt = spelling::version(kind, "", Cow::Borrowed(version));
            found.extend(known.get(&(kind, spelt.as_ref())).into_iter().flatten());
        }
        if found.is_empty() {
            left.push(version);
        }
        for place in found {
            if comparison.is_free(place) {
                comparison.list_by_name(place, Listed::Same);
            }
        }
    }
    let free: Vec<usize> = places
        .iter()
        .copied()
        .filter(|&p| comparison.is_free(p))
        .collect();
    let alone = kinds.len() == 1;
    let mut free = free.into_iter().filter(|_| alone);
    for version in left {
        match free.next() {
            Some(place) => {
                comparison.list_by_name(place, Listed::Other(Some(Cow::Borrowed(version))));
            }
            None => comparison.skip(Skipped::named(name, version)),
        }
    }
}
