//! SBOMs with planted faults, whose number is known.

mod counts;
mod files;
mod matching;
mod property;
mod scope;
mod spelling;

use std::collections::{BTreeMap, HashMap};

use super::{About, FoundFile, ImageFiles, ImagePackages, SbomPlace, judge};
use crate::facts::contract::Mention;
use crate::facts::evidence::sbom::{SbomComponent, SbomDocument};
use crate::facts::model::{
    Package, PackageType, SbomAccuracy, SbomDifference, SbomFormat, SbomScope, SourcePackage,
    SubjectIs,
};

/// Files of an image that is not there.
#[derive(Default)]
struct Files {
    regular: u64,
    owned: Vec<u64>,
    self_described: BTreeMap<u32, Vec<usize>>,
    found: HashMap<String, FoundFile>,
}

impl ImageFiles for Files {
    fn regular(&self) -> u64 {
        self.regular
    }

    fn owned_by(&self, package: usize) -> u64 {
        self.owned.get(package).copied().unwrap_or_default()
    }

    fn self_described(&self) -> &BTreeMap<u32, Vec<usize>> {
        &self.self_described
    }

    fn find(&mut self, path: &str) -> Option<FoundFile> {
        self.found.get(path).copied()
    }
}

const ABOUT: About<'_> = About {
    place: SbomPlace::Outside,
    subject: SubjectIs::Unstated,
    names_base: false,
    image_complete: true,
};

fn package(package_type: PackageType, name: &str, version: &str) -> Package {
    let database = match package_type.is_system() {
        true => "/var/lib/database".to_owned(),
        false => format!("/app/{name}/description"),
    };
    let (name, version) = (name.to_owned(), version.to_owned());
    Package::new(package_type, name, version, (database, 1))
}

fn built_from(package: Package, name: &str, version: Option<&str>) -> Package {
    let source = SourcePackage {
        name: name.to_owned(),
        version: version.map(str::to_owned),
        commit: None,
    };
    Package {
        source: Some(source),
        ..package
    }
}

fn component(purl: &str) -> SbomComponent {
    SbomComponent {
        name: "whatever".to_owned(),
        purl: Some(purl.to_owned()),
        ..SbomComponent::default()
    }
}

fn named(name: &str, version: &str) -> SbomComponent {
    SbomComponent {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        ..SbomComponent::default()
    }
}

fn document(components: Vec<SbomComponent>) -> SbomDocument {
    SbomDocument {
        format: SbomFormat::CyclonedxJson,
        version: None,
        identifier: None,
        name: None,
        created: None,
        authors: Vec::new(),
        tools: Vec::new(),
        contexts: Vec::new(),
        subject: None,
        components,
        files: Vec::new(),
        relationships: 0,
        related: Vec::new(),
        duplicate_ids: Vec::new(),
        unread: Vec::new(),
    }
}

fn purls(purls: &[&str]) -> SbomDocument {
    document(purls.iter().map(|purl| component(purl)).collect())
}

fn with_mentions(
    packages: &[Package],
    mentioned: &[Mention],
    document: &SbomDocument,
) -> SbomAccuracy {
    let image = ImagePackages::new(packages, mentioned);
    let judged = judge(document, &image, &mut Files::default(), &ABOUT);
    judged.1.unwrap()
}

fn judged(
    packages: &[Package],
    document: &SbomDocument,
    about: &About<'_>,
) -> (SbomScope, Option<SbomAccuracy>) {
    let image = ImagePackages::new(packages, &[]);
    judge(document, &image, &mut Files::default(), about)
}

fn accuracy(packages: &[Package], document: &SbomDocument) -> SbomAccuracy {
    judged(packages, document, &ABOUT).1.unwrap()
}

/// Matched, missing, phantom, wrong version.
fn counts(accuracy: &SbomAccuracy) -> [u64; 4] {
    let counts = &accuracy.overall;
    [
        counts.matched,
        counts.missing,
        counts.phantom,
        counts.wrong_version,
    ]
}

fn names(differences: &[SbomDifference]) -> Vec<&str> {
    differences
        .iter()
        .map(|found| found.name.as_str())
        .collect()
}
