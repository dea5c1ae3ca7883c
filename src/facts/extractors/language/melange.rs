//! SPDX documents that melange puts into each apk package it builds.
//!
//! Format: melange, `pkg/sbom`: `/var/lib/db/sbom/NAME-VERSION.spdx.json`. As a rule apk's database
//! lists the same packages, and says more: then nothing is added. A package that was copied into
//! an image with its document and without the database is known by the document alone.

use std::collections::BTreeSet;

use super::{plain_name, spdx};
use crate::facts::contract::{Claim, Extraction, Extractor, FileList, Installed, Want};
use crate::facts::model::{Package, PackageType, Topic};
use crate::facts::text::{lines, lossless};
use crate::facts::wanted::{Files, Found};

const DIRECTORY: &str = "var/lib/db/sbom";
const SUFFIX: &str = ".spdx.json";
/// apk's database, in both places.
const DATABASES: [&str; 2] = ["lib/apk/db/installed", "usr/lib/apk/db/installed"];

/// Reads melange's documents.
pub struct MelangeExtractor;

impl Extractor for MelangeExtractor {
    fn name(&self) -> &'static str {
        "melange"
    }

    fn wants(&self) -> Vec<Want> {
        let databases = DATABASES.into_iter().map(Want::Path);
        databases.chain([Want::In(DIRECTORY, SUFFIX)]).collect()
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        let documents = files.within(DIRECTORY, SUFFIX, Topic::Sboms, &mut out);
        let Some(mut known) = installed(files).filter(|_| !documents.is_empty()) else {
            return out;
        };
        for file in &documents {
            for listed in spdx::listed(file, Topic::Sboms, &mut out) {
                let name = listed.last_name();
                // The document also names the package's sources, which are not in the image.
                if listed.kind != PackageType::Apk.name() || !plain_name(name) {
                    continue;
                }
                if !known.insert((name.to_owned(), listed.version.clone())) {
                    continue;
                }
                let found_in = (file.path.clone(), file.layer);
                let (name, version) = (name.to_owned(), listed.version.clone());
                let package = Package::new(PackageType::Apk, name, version, found_in);
                out.describe(Installed {
                    package: Package {
                        installed: false,
                        purl: Some(listed.url.clone()),
                        arch: Some(listed.qualifier("arch").to_owned()).filter(|a| !a.is_empty()),
                        licenses: listed.license.iter().cloned().collect(),
                        ..package
                    },
                    claims: vec![Claim::new(file.path.trim_start_matches('/').into())],
                    list: FileList::None,
                    trees: Vec::new(),
                });
            }
        }
        out
    }
}

/// Names and versions in apk's database. `None` when it is there and cannot be read, which another
/// extractor says: then nobody knows what it lists.
fn installed(files: &Files<'_>) -> Option<BTreeSet<(String, String)>> {
    let mut all = BTreeSet::new();
    for path in DATABASES {
        let mut problems = Extraction::default();
        let file = files.one(path, Topic::Packages, &mut problems);
        if !problems.gaps.is_empty() {
            return None;
        }
        all.extend(file.iter().flat_map(names));
    }
    Some(all)
}

fn names(file: &Found<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut name = None;
    for line in lines(&file.bytes) {
        if let Some(text) = line.strip_prefix(b"P:") {
            name = Some(lossless(text));
        } else if let Some(version) = line.strip_prefix(b"V:") {
            found.extend(name.take().map(|name| (name, lossless(version))));
        }
    }
    found
}
