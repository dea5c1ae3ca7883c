//! Finishes the package list: purls, layers, sides, and how each file list compares with the tree.

use std::collections::BTreeMap;

use super::{Draft, Owner};
use crate::facts::LIST_LIMIT;
use crate::facts::contract::{Claim, FileList};
use crate::facts::extractors::package_url;
use crate::facts::model::{Capped, Package, PackageFiles, PackageType};
use crate::facts::places::Places;
use crate::facts::probes::WITHIN;

/// Fills in `packages`.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let mut places = Places::new(draft.tree);
    let mut packages = Vec::with_capacity(draft.installed.len());
    for installed in draft.installed.iter().chain(&draft.described) {
        let mut package = installed.package.clone();
        if package.installed {
            package.purl = package_url(
                package.package_type,
                &draft.facts.distro,
                &package.name,
                &package.version,
                package.arch.as_deref(),
            );
        } else {
            package.owner = other_owner(draft, &package);
        }
        let (files, layer) = compare(draft, &mut places, &installed.claims);
        package.files = (installed.list != FileList::None).then_some(files);
        package.layer = layer.unwrap_or(package.layer);
        package.side = draft.side(package.layer);
        packages.push(package);
    }
    packages.sort_by(|a, b| {
        (a.package_type, &a.name, &a.arch, &a.version, &a.database).cmp(&(
            b.package_type,
            &b.name,
            &b.arch,
            &b.version,
            &b.database,
        ))
    });
    let gone = packages.iter().filter(|package| {
        let files = package.files.as_ref();
        files.is_some_and(|files| files.recorded > 0 && files.present == 0)
    });
    let mut gone: Vec<String> = gone.map(|package| package.name.clone()).collect();
    gone.dedup();
    draft.facts.ownership.packages_without_files = Capped::new(gone, LIST_LIMIT);
    draft.facts.packages = packages;
}

/// The package of another kind that owns the file which describes a language package: a system's,
/// or conda's, which installs what other ecosystems describe as well.
fn other_owner(draft: &Draft<'_>, package: &Package) -> Option<String> {
    let path = package.database.as_str();
    // What lies within an archive is its owner's.
    let outermost = path.split(WITHIN).next().unwrap_or(path);
    let resolve = |path: &str| draft.tree.resolve(path.as_bytes(), true).ok();
    let found = resolve(path).or_else(|| resolve(outermost))?;
    match draft.owners.of(found.id) {
        Owner::Package(index) => {
            let package = &draft.installed.get(index as usize)?.package;
            package
                .package_type
                .is_system()
                .then(|| package.name.clone())
        }
        Owner::Language(index) => {
            let owner = &draft.described.get(index as usize)?.package;
            let by_conda = owner.package_type == PackageType::Conda
                && package.package_type != PackageType::Conda;
            by_conda.then(|| owner.name.clone())
        }
        _ => None,
    }
}

/// Files recorded and present, and the layer most of them came from.
fn compare(
    draft: &Draft<'_>,
    places: &mut Places<'_>,
    claims: &[Claim],
) -> (PackageFiles, Option<u32>) {
    let mut files = PackageFiles::default();
    let mut layers: BTreeMap<u32, u64> = BTreeMap::new();
    for (at, claim) in claims.iter().enumerate() {
        let node = places.node(&claim.path).and_then(|id| draft.tree.node(id));
        let is_directory = match node {
            Some(node) => node.is_directory(),
            // A list names a directory right before what is in it.
            None => at
                .checked_add(1)
                .and_then(|next| claims.get(next))
                .and_then(|next| next.path.strip_prefix(claim.path.as_slice()))
                .is_some_and(|rest| rest.starts_with(b"/")),
        };
        if is_directory {
            continue;
        }
        files.recorded = files.recorded.saturating_add(1);
        if let Some(node) = node {
            files.present = files.present.saturating_add(1);
            let count = layers.entry(node.layer).or_default();
            *count = count.saturating_add(1);
        }
    }
    let most = layers
        .into_iter()
        .max_by_key(|&(layer, count)| (count, std::cmp::Reverse(layer)));
    (files, most.map(|(layer, _)| layer))
}
