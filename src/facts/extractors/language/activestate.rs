//! SPDX documents of ActiveState's images.
//!
//! Place: `/opt/activestate/NAME.spdx.json` (Trivy's documentation, "ActiveState Images"). Packages
//! of ecosystems that describe themselves are found where they are; added is what has no other
//! description, such as the interpreter.

use super::{described, plain_name, spdx};
use crate::facts::contract::{Extraction, Extractor, FileList, Installed, Want};
use crate::facts::model::{Package, PackageType, Topic};
use crate::facts::wanted::Files;

const DIRECTORY: &str = "opt/activestate";
const SUFFIX: &str = ".spdx.json";

/// Reads ActiveState's documents.
pub struct ActiveStateExtractor;

impl Extractor for ActiveStateExtractor {
    fn name(&self) -> &'static str {
        "activestate"
    }

    fn wants(&self) -> Vec<Want> {
        vec![Want::In(DIRECTORY, SUFFIX)]
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        for file in files.within(DIRECTORY, SUFFIX, Topic::LanguagePackages, &mut out) {
            for listed in spdx::listed(&file, Topic::LanguagePackages, &mut out) {
                let names = (listed.name.as_str(), listed.version.as_str());
                if listed.kind != PackageType::Generic.name()
                    || !listed.name.split('/').all(plain_name)
                {
                    continue;
                }
                let package = described(PackageType::Generic, names, &file);
                out.describe_all(package.map(|package| Installed {
                    package: Package {
                        licenses: listed.license.iter().cloned().collect(),
                        ..package
                    },
                    claims: Vec::new(),
                    list: FileList::None,
                    trees: Vec::new(),
                }));
            }
        }
        out
    }
}
