//! Components of Bitnami's images: an SPDX document in each component's directory, and the list that
//! older images have instead.
//!
//! Format: Bitnami, "How to consume this CVE feed" (`bitnami/vulndb`); the documents are JSON in
//! spite of their suffix. What they name with a purl of another type has its own description in
//! the image, or none that could be held against it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::json::Text;
use super::spdx::{self, Listed};
use super::{above, described, no_package, plain_name, purl, readable};
use crate::facts::contract::{Claim, Extraction, Extractor, FileList, Installed, Want};
use crate::facts::model::{Package, PackageType, Topic};
use crate::facts::wanted::{Files, Found};

const DOCUMENT: &str = ".spdx-*.spdx";
const COMPONENTS: &str = "opt/bitnami/.bitnami_components.json";
const PLACE: &str = "/opt/bitnami/";
/// Where programs are in a directory that several components share.
const PROGRAMS: [&str; 2] = ["bin", "sbin"];

/// Reads what Bitnami says of its components.
pub struct BitnamiExtractor;

impl Extractor for BitnamiExtractor {
    fn name(&self) -> &'static str {
        "bitnami"
    }

    fn wants(&self) -> Vec<Want> {
        vec![Want::Anywhere(DOCUMENT), Want::Path(COMPONENTS)]
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        let documents: Vec<Found<'_>> = files
            .anywhere(DOCUMENT, Topic::LanguagePackages, &mut out)
            .into_iter()
            .filter(|file| file.path.starts_with(PLACE))
            .collect();
        let mut residents: BTreeMap<&str, u64> = BTreeMap::new();
        for file in &documents {
            let count = residents.entry(above(&file.path, 1)).or_default();
            *count = count.saturating_add(1);
        }
        for file in &documents {
            let alone = residents.get(above(&file.path, 1)) == Some(&1);
            for listed in spdx::listed(file, Topic::LanguagePackages, &mut out) {
                if listed.kind == PackageType::Bitnami.name() {
                    out.describe_all(component(&listed, file, alone));
                }
            }
        }
        if let Some(file) = files.one(COMPONENTS, Topic::LanguagePackages, &mut out) {
            listed_components(&file, &mut out);
        }
        out
    }
}

/// A component, or a library in one. Those of which the document is called own its directory when
/// they are `alone` there.
fn component(listed: &Listed, file: &Found<'_>, alone: bool) -> Option<Installed> {
    let name = listed.last_name();
    let qualifiers = (listed.qualifier("arch"), listed.qualifier("distro"));
    let package = bitnami((name, &listed.version), qualifiers, file)?;
    let directory = above(&file.path, 1);
    let mut claims = Vec::new();
    let mut trees = Vec::new();
    if file.name == format!(".spdx-{name}.spdx") {
        if alone {
            trees.push(directory.as_bytes().to_vec());
        } else {
            let programs = PROGRAMS.map(|place| format!("{directory}/{place}/{name}"));
            let document = file.path.trim_start_matches('/').to_owned();
            let paths = programs.into_iter().chain([document]);
            claims.extend(paths.map(|path| Claim::new(path.into_bytes())));
        }
    }
    Some(Installed {
        package: Package {
            licenses: listed.license.iter().cloned().collect(),
            ..package
        },
        claims,
        list: FileList::None,
        trees,
    })
}

/// purl-spec, type `bitnami`: `arch` and `distro` are qualifiers.
fn bitnami(
    (name, version): (&str, &str),
    (arch, distro): (&str, &str),
    file: &Found<'_>,
) -> Option<Package> {
    if !plain_name(name) {
        return None;
    }
    let package = described(PackageType::Bitnami, (name, version), file)?;
    let qualifiers = [("arch", arch), ("distro", distro)];
    let url = purl::language_url(PackageType::Bitnami, name, version, &qualifiers);
    Some(Package {
        purl: Some(url),
        arch: Some(arch.to_owned()).filter(|arch| !arch.is_empty()),
        ..package
    })
}

#[derive(Deserialize)]
struct Component {
    #[serde(default)]
    version: Text,
    #[serde(default)]
    arch: Text,
    #[serde(default)]
    distro: Text,
}

/// Adds the components that no document describes.
fn listed_components(file: &Found<'_>, out: &mut Extraction) {
    if !readable(file, out) {
        return;
    }
    let Ok(components) = serde_json::from_slice::<BTreeMap<String, Component>>(&file.bytes) else {
        no_package(file, "it is not a list of components", out);
        return;
    };
    let described: BTreeSet<String> = out
        .described
        .iter()
        .map(|installed| installed.package.name.clone())
        .collect();
    let mut unnamed = 0u64;
    for (name, component) in &components {
        if described.contains(name) {
            continue;
        }
        let qualifiers = (component.arch.or_empty(), component.distro.or_empty());
        match bitnami((name, component.version.or_empty()), qualifiers, file) {
            Some(package) => out.describe(Installed {
                package,
                claims: Vec::new(),
                list: FileList::None,
                trees: vec![format!("opt/bitnami/{name}").into_bytes()],
            }),
            None => unnamed = unnamed.saturating_add(1),
        }
    }
    if unnamed > 0 {
        let detail = format!("{unnamed} components lack a name or a version");
        no_package(file, &detail, out);
    }
}
