//! Conda packages: the records in an environment's `conda-meta`.
//!
//! Format: conda's documentation, "Managing environments"; conda, `PrefixRecord`: one JSON object a
//! package, with the files it linked into the environment.

use serde::Deserialize;

use super::json::{AtMost, Text};
use super::{Claims, above, described, no_longer_than, no_package, plain_name, purl};
use crate::facts::contract::{Extraction, Extractor, FileList, Installed, MAX_CLAIMS, Want};
use crate::facts::model::{Package, PackageType, Topic};
use crate::facts::wanted::{Files, Found};

const RECORD: &str = "conda-meta/*.json";
/// Bytes of one record. Those of packages with tens of thousands of headers have some.
const MAX_RECORD: usize = 16 << 20;
/// Endings of conda's archives, which purl calls their type.
const ARCHIVES: [&str; 2] = ["tar.bz2", "conda"];

/// Reads records of conda environments.
pub struct CondaExtractor;

impl Extractor for CondaExtractor {
    fn name(&self) -> &'static str {
        "conda"
    }

    fn wants(&self) -> Vec<Want> {
        vec![Want::Anywhere(RECORD)]
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        let mut claims = Claims::default();
        for file in files.anywhere(RECORD, Topic::LanguagePackages, &mut out) {
            if !no_longer_than(MAX_RECORD, &file, &mut out) {
                continue;
            }
            let record = serde_json::from_slice::<Record>(&file.bytes).ok();
            let installed = record.and_then(|record| record.installed(&file, &mut claims));
            match installed {
                Some(installed) => out.describe(installed),
                None => no_package(&file, "it is not the record of a conda package", &mut out),
            }
        }
        claims.note("conda packages", &mut out);
        out
    }
}

/// The fields read of a record.
#[derive(Deserialize)]
struct Record {
    name: String,
    version: String,
    #[serde(default)]
    build: Text,
    #[serde(default)]
    channel: Text,
    #[serde(default)]
    subdir: Text,
    #[serde(default, rename = "fn")]
    archive: Text,
    #[serde(default)]
    license: Text,
    #[serde(default)]
    files: AtMost<String, MAX_CLAIMS>,
}

impl Record {
    fn installed(&self, file: &Found<'_>, counter: &mut Claims) -> Option<Installed> {
        if !plain_name(&self.name) {
            return None;
        }
        let package = described(PackageType::Conda, (&self.name, &self.version), file)?;
        let environment = above(&file.path, 2);
        let mut claims = Vec::new();
        counter.add(
            file.path.trim_start_matches('/').as_bytes().to_vec(),
            &mut claims,
        );
        // No environment is the root of the system.
        let inside = |path: &&String| {
            !environment.is_empty()
                && !path.starts_with('/')
                && !path.split('/').any(|part| part == "..")
        };
        for path in self.files.items.iter().filter(inside) {
            counter.add_joined(environment, path.as_bytes(), &mut claims);
        }
        let subdir = self.subdir();
        Some(Installed {
            package: Package {
                purl: Some(self.url()),
                arch: subdir.map(str::to_owned),
                licenses: self.license.get().map(str::to_owned).into_iter().collect(),
                ..package
            },
            claims,
            list: FileList::Full,
            trees: Vec::new(),
        })
    }

    /// purl-spec, type `conda`: `build`, `channel`, `subdir` and `type` are qualifiers.
    fn url(&self) -> String {
        let archive = self.archive.or_empty();
        let archive_type = ARCHIVES.into_iter().find(|ending| {
            archive
                .strip_suffix(ending)
                .is_some_and(|rest| rest.ends_with('.'))
        });
        let qualifiers = [
            ("build", self.build.or_empty()),
            ("channel", self.channel().unwrap_or_default()),
            ("subdir", self.subdir().unwrap_or_default()),
            ("type", archive_type.unwrap_or_default()),
        ];
        purl::language_url(PackageType::Conda, &self.name, &self.version, &qualifiers)
    }

    fn subdir(&self) -> Option<&str> {
        self.subdir.get().filter(|name| plain_name(name))
    }

    /// Name of the channel: recorded as such, or as the address of the channel or of its `subdir`.
    /// Of an address only the last component is taken; the others may hold a token.
    fn channel(&self) -> Option<&str> {
        let address = self.channel.get()?.trim_end_matches('/');
        let address = self
            .subdir()
            .and_then(|subdir| address.strip_suffix(subdir)?.strip_suffix('/'))
            .unwrap_or(address);
        address.rsplit('/').next().filter(|name| plain_name(name))
    }
}
