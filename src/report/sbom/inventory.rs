//! What both formats say: identifiers, properties, and what contains what.

use std::collections::BTreeMap;

use super::Described;
use crate::facts::model::{Facts, Package, PackageType};

/// Identifier of the image.
pub(super) const IMAGE: &str = "Image";

/// Characters of a package's name that go into its identifier.
const NAME_CHARACTERS: usize = 64;

/// One package of the list.
#[derive(Debug)]
pub(super) struct Item<'a> {
    /// Identifier, one of its own in the document. It has no more than SPDX allows: letters,
    /// digits, `.` and `-` (SPDX 2.3, section 7.2).
    pub(super) id: String,
    /// The package.
    pub(super) package: &'a Package,
    /// Identifiers of the packages it brought.
    pub(super) contains: Vec<String>,
    /// Whether another package of the list brought it.
    pub(super) is_contained: bool,
}

/// The packages, in the order of the facts.
pub(super) fn items(facts: &Facts) -> Vec<Item<'_>> {
    let packages = &facts.packages;
    let mut owners: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, package) in packages.iter().enumerate() {
        if package.package_type.is_system() || package.package_type == PackageType::Conda {
            owners.entry(&package.name).or_default().push(at);
        }
    }
    // The facts name an owner by its name. Where several have it, which one is not known.
    let owner = |package: &Package, own: usize| {
        let found = package.owner.as_deref().and_then(|name| owners.get(name))?;
        match found.as_slice() {
            [only] if *only != own => Some(*only),
            _ => None,
        }
    };
    let ids: Vec<String> = (1_u32..)
        .zip(packages)
        .map(|(number, of)| id(number, of))
        .collect();
    let mut contained: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut items: Vec<Item<'_>> = Vec::with_capacity(packages.len());
    for (at, (package, id)) in packages.iter().zip(ids).enumerate() {
        let owner = owner(package, at);
        if let Some(owner) = owner {
            contained.entry(owner).or_default().push(id.clone());
        }
        items.push(Item {
            id,
            package,
            contains: Vec::new(),
            is_contained: owner.is_some(),
        });
    }
    for (at, item) in items.iter_mut().enumerate() {
        item.contains = contained.remove(&at).unwrap_or_default();
    }
    items
}

fn id(number: u32, package: &Package) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let characters = package.name.chars().take(NAME_CHARACTERS);
    let name: String = characters
        .map(|c| if allowed(c) { c } else { '-' })
        .collect();
    format!("Package-{number}-{}-{name}", package.package_type.name())
}

/// What a format has no field for, by the keys of the facts document.
pub(super) fn package_properties(package: &Package) -> Vec<(String, String)> {
    let source = package.source.as_ref();
    let source_name = source.map(|source| match &source.version {
        Some(version) => format!("{} {version}", source.name),
        None => source.name.clone(),
    });
    named([
        ("type", Some(package.package_type.name().to_owned())),
        ("arch", package.arch.clone()),
        ("layer", Some(package.layer.to_string())),
        ("database", Some(package.database.clone())),
        ("owner", package.owner.clone()),
        ("source", source_name),
        (
            "source_commit",
            source.and_then(|source| source.commit.clone()),
        ),
        ("maintainer", package.maintainer.clone()),
        ("packager", package.packager.clone()),
        ("broken_state", package.broken_state.clone()),
    ])
}

/// The same of the image. Layers are numbered as in the facts, from the lowest.
pub(super) fn image_properties(facts: &Facts) -> Vec<(String, String)> {
    let image = &facts.image;
    let platform = &image.platform;
    let mut properties = named([
        ("reference", Some(image.reference.clone())),
        ("digest", image.digest.clone()),
        ("index_digest", image.index_digest.clone()),
        ("config_digest", image.config_digest.clone()),
        ("os", Some(platform.os.clone())),
        ("arch", Some(platform.architecture.clone())),
        ("variant", platform.variant.clone()),
        ("distro", facts.distro.id.clone()),
        ("distro_version", facts.distro.version_id.clone()),
    ]);
    for layer in &image.layers {
        let digest = layer.diff_id.as_ref().or(layer.digest.as_ref());
        let name = format!("freehold:layer:{}", layer.number);
        properties.extend(digest.map(|digest| (name, digest.clone())));
    }
    properties
}

fn named<const N: usize>(properties: [(&str, Option<String>); N]) -> Vec<(String, String)> {
    properties
        .into_iter()
        .filter_map(|(name, value)| Some((format!("freehold:{name}"), value?)))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// Who stands behind a package: its vendor, or else its maintainer.
pub(super) fn supplier(package: &Package) -> Option<&str> {
    [&package.vendor, &package.maintainer]
        .into_iter()
        .flatten()
        .map(|text| text.trim())
        .find(|text| !text.is_empty())
}

/// The algorithm and the hex digits of the manifest's digest.
pub(super) fn image_digest(facts: &Facts) -> Option<(&str, &str)> {
    facts.image.digest.as_deref()?.split_once(':')
}

/// The image as a package URL, where it has a name in a registry (purl-spec, type `oci`).
pub(super) fn image_purl(described: &Described<'_>) -> Option<String> {
    let registry = described.registry.as_ref()?;
    let digest = described.facts.image.digest.as_deref()?.replace(':', "%3A");
    let repository = &registry.repository;
    let name = repository.rsplit('/').next()?;
    let arch = &described.facts.image.platform.architecture;
    let is_plain = !arch.is_empty() && arch.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let arch = if is_plain {
        format!("arch={arch}&")
    } else {
        String::new()
    };
    let url = repository.replace(':', "%3A");
    let tag = registry.tag.as_ref().map(|tag| format!("&tag={tag}"));
    let tag = tag.unwrap_or_default();
    Some(format!(
        "pkg:oci/{name}@{digest}?{arch}repository_url={url}{tag}"
    ))
}
