//! Node packages: the `package.json` right below `node_modules` or a scope in it.
//!
//! Format: npm's documentation, "package.json" and "folders": a package is a directory in
//! `node_modules`, or in an `@scope` there; other directories with a `package.json` are parts of
//! packages, test data or the program itself: those are only mentioned. Debian keeps its packages in `nodejs` directories
//! (Debian JavaScript policy).

use std::collections::BTreeSet;

use serde::Deserialize;

use super::json::{Text, Texts};
use super::{MAX_DESCRIPTION, above, described, no_package, owning, readable, without_mark};
use crate::facts::contract::{Extraction, Extractor, Mention, Want};
use crate::facts::model::{Package, PackageType, Topic};
use crate::facts::wanted::{Files, Found};

const PATTERNS: [&str; 4] = [
    "node_modules/*/package.json",
    "node_modules/@*/*/package.json",
    "nodejs/*/package.json",
    "nodejs/@*/*/package.json",
];
/// Any description; those that the patterns above find among them.
const ANY: &str = "package.json";

/// Where Debian's `nodejs` directories are.
const DEBIAN: [&str; 2] = ["/usr/share/nodejs/", "/usr/lib/"];

/// Reads `package.json` of installed packages.
pub struct NodeExtractor;

impl Extractor for NodeExtractor {
    fn name(&self) -> &'static str {
        "node"
    }

    fn wants(&self) -> Vec<Want> {
        let patterns = PATTERNS.into_iter().chain([ANY]);
        patterns.map(Want::Anywhere).collect()
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        let mut installed: BTreeSet<String> = BTreeSet::new();
        for pattern in PATTERNS {
            for file in files.anywhere(pattern, Topic::LanguagePackages, &mut out) {
                let directory = above(&file.path, 1);
                // `node_modules/@scope/package.json` names no package of this depth.
                let scope_itself = directory
                    .rsplit('/')
                    .next()
                    .is_some_and(|name| name.starts_with('@'));
                let elsewhere = pattern.starts_with("nodejs")
                    && !DEBIAN.iter().any(|place| file.path.starts_with(place));
                if scope_itself || elsewhere {
                    continue;
                }
                installed.insert(file.path.clone());
                if !readable(&file, &mut out) {
                    continue;
                }
                match serde_json::from_slice::<Description>(without_mark(&file.bytes)) {
                    Ok(description) => {
                        let package = description.package(&file);
                        let trees = vec![directory.as_bytes().to_vec()];
                        out.describe_all(package.map(|package| owning(package, trees)));
                    }
                    Err(_) => no_package(&file, "it is not the JSON of a package", &mut out),
                }
            }
        }
        mention(files, &installed, &mut out);
        out
    }
}

/// Notes what descriptions that are none of installed packages name. What cannot be read of them is no
/// gap: no file's owner depends on it.
fn mention(files: &Files<'_>, installed: &BTreeSet<String>, out: &mut Extraction) {
    let mut unread = Extraction::default();
    let all = files.anywhere(ANY, Topic::LanguagePackages, &mut unread);
    let too_many = unread.gaps.into_iter().filter(|gap| gap.path.is_none());
    out.gaps.extend(too_many);
    for file in all {
        if installed.contains(&file.path) || file.bytes.len() > MAX_DESCRIPTION {
            continue;
        }
        let description: Option<Description> =
            serde_json::from_slice(without_mark(&file.bytes)).ok();
        if let Some(package) = description.and_then(|it| it.package(&file)) {
            out.mention(Mention {
                package,
                is_there: true,
            });
        }
    }
}

/// The fields read of a `package.json`. Any of them may be of another type in the wild.
#[derive(Deserialize)]
struct Description {
    #[serde(default)]
    name: Text,
    #[serde(default)]
    version: Text,
    #[serde(default)]
    license: Texts,
    #[serde(default)]
    licenses: Texts,
    #[serde(default)]
    author: Texts,
}

impl Description {
    /// `None` for a directory whose `package.json` names no package: it only sets options.
    fn package(&self, file: &Found<'_>) -> Option<Package> {
        let names = (self.name.get()?, self.version.get()?);
        let package = described(PackageType::Npm, names, file)?;
        Some(Package {
            licenses: self.licenses(),
            maintainer: self.author.first().map(str::to_owned),
            ..package
        })
    }

    /// `license` as text, or of old an object with a `type`, or `licenses` as a list of either.
    fn licenses(&self) -> Vec<String> {
        let all = self.license.first().into_iter().chain(self.licenses.iter());
        all.map(str::to_owned).collect()
    }
}
