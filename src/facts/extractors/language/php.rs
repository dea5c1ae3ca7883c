//! PHP packages: Composer's list of what it installed.
//!
//! Format: Composer, `InstalledFilesystemRepository` and `FilesystemRepository`: `installed.json`
//! in `vendor/composer` is a list of packages (Composer 1), or an object that holds it as
//! `packages` with an `install-path` each (Composer 2).

use serde::Deserialize;
use serde_json::Value;

use super::{Claims, above, described, joined, no_package, plain_name, readable, short_text};
use crate::facts::contract::{Extraction, Extractor, FileList, Installed, Want};
use crate::facts::model::{Package, PackageType, Topic};
use crate::facts::wanted::{Files, Found};

/// `vendor` may be called otherwise.
const INSTALLED: &str = "composer/installed.json";

/// Reads Composer's `installed.json`.
pub struct PhpExtractor;

impl Extractor for PhpExtractor {
    fn name(&self) -> &'static str {
        "php"
    }

    fn wants(&self) -> Vec<Want> {
        vec![Want::Anywhere(INSTALLED)]
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        let mut claims = Claims::default();
        for file in files.anywhere(INSTALLED, Topic::Packages, &mut out) {
            if !readable(&file, &mut out) {
                continue;
            }
            match serde_json::from_slice::<List>(&file.bytes) {
                Ok(List::Composer1(entries) | List::Composer2 { packages: entries }) => {
                    let mut unnamed = 0u64;
                    for entry in entries {
                        match entry.installed(&file, &mut claims) {
                            Some(installed) => out.described.push(installed),
                            None => unnamed = unnamed.saturating_add(1),
                        }
                    }
                    if unnamed > 0 {
                        let detail = format!("{unnamed} entries lack a name or a version");
                        no_package(&file, &detail, &mut out);
                    }
                }
                Err(_) => no_package(&file, "it is not Composer's list of packages", &mut out),
            }
        }
        claims.note("PHP packages", &mut out);
        out
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum List {
    Composer1(Vec<Entry>),
    Composer2 { packages: Vec<Entry> },
}

/// The fields read of an entry. Any of them may be of another type in the wild.
#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    name: Value,
    #[serde(default)]
    version: Value,
    #[serde(default)]
    license: Value,
    #[serde(default)]
    authors: Value,
    #[serde(default)]
    bin: Value,
    #[serde(default, rename = "install-path")]
    install_path: Value,
}

impl Entry {
    fn installed(&self, file: &Found<'_>, counter: &mut Claims) -> Option<Installed> {
        let names = (self.name.as_str()?, self.version.as_str()?);
        let (vendor, project) = names.0.split_once('/')?;
        if !plain_name(vendor) || !plain_name(project) {
            return None;
        }
        let package = described(PackageType::Composer, names, file)?;
        let mut claims = Vec::new();
        let home = above(&file.path, 2);
        for program in texts(&self.bin).filter_map(|path| path.rsplit('/').next()) {
            if plain_name(program) {
                // A small script of Composer, or a link.
                counter.add(format!("{home}/bin/{program}").into_bytes(), &mut claims);
            }
        }
        let author = self.authors.get(0).and_then(|author| author.get("name"));
        Some(Installed {
            package: Package {
                licenses: texts(&self.license).map(str::to_owned).collect(),
                maintainer: author.and_then(short_text).map(str::to_owned),
                ..package
            },
            claims,
            list: FileList::None,
            trees: self.directory(file, names.0).into_iter().collect(),
        })
    }

    /// The package's directory: in the project that has the list, and not the project itself.
    fn directory(&self, file: &Found<'_>, name: &str) -> Option<Vec<u8>> {
        let home = above(&file.path, 2);
        let project = above(home, 1);
        let path = match &self.install_path {
            Value::String(path) => joined(above(&file.path, 1), path.as_bytes())?,
            // A package that only names others has none.
            Value::Null => format!("{home}/{name}").into_bytes(),
            _ => return None,
        };
        let around = if project.is_empty() { home } else { project };
        path.strip_prefix(around.as_bytes())
            .is_some_and(|rest| rest.len() > 1 && rest.starts_with(b"/"))
            .then_some(path)
    }
}

/// A text, or the texts of a list.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = value.as_array().into_iter().flatten();
    std::iter::once(value).chain(list).filter_map(short_text)
}
