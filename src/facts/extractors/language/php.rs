//! PHP packages: Composer's list of what it installed.
//!
//! Format: Composer, `InstalledFilesystemRepository` and `FilesystemRepository`: `installed.json`
//! in `vendor/composer` is a list of packages (Composer 1), or an object that holds it as
//! `packages` with an `install-path` each (Composer 2).

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor, value};

use super::json::{AtMost, Text, Texts};
use super::{Claims, above, described, joined, no_package, plain_name, readable};
use crate::facts::contract::{Extraction, Extractor, FileList, Installed, MAX_PACKAGES, Want};
use crate::facts::model::{GapKind, Package, PackageType, Topic};
use crate::facts::shared_directories::is_shared;
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
        for file in files.anywhere(INSTALLED, Topic::LanguagePackages, &mut out) {
            if !readable(&file, &mut out) {
                continue;
            }
            match serde_json::from_slice::<List>(&file.bytes) {
                Ok(List(entries)) => take(&entries, &file, &mut claims, &mut out),
                Err(_) => no_package(&file, "it is not Composer's list of packages", &mut out),
            }
        }
        claims.note("PHP packages", &mut out);
        out
    }
}

/// Adds the packages of a list.
fn take(entries: &Entries, file: &Found<'_>, claims: &mut Claims, out: &mut Extraction) {
    let mut unnamed = 0u64;
    for entry in &entries.items {
        match entry.installed(file, claims) {
            Some(installed) => out.describe(installed),
            None => unnamed = unnamed.saturating_add(1),
        }
    }
    if unnamed > 0 {
        let detail = format!("{unnamed} entries lack a name or a version");
        no_package(file, &detail, out);
    }
    if entries.more {
        let at = (file.path.as_str(), file.layer);
        let detail = format!("only the first {MAX_PACKAGES} packages were read");
        out.gap(Topic::LanguagePackages, GapKind::Limit, at, &detail);
    }
}

type Entries = AtMost<Entry, MAX_PACKAGES>;

/// The packages of either format.
struct List(Entries);

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(OfList).map(Self)
    }
}

/// Reads a list, or the list in an object.
struct OfList;

impl<'de> Visitor<'de> for OfList {
    type Value = Entries;

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("a list of packages")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Entries, A::Error> {
        Deserialize::deserialize(value::SeqAccessDeserializer::new(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == "packages" {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        found.ok_or_else(|| serde::de::Error::missing_field("packages"))
    }
}

/// The fields read of an entry. Any of them may be of another type in the wild.
#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    name: Text,
    #[serde(default)]
    version: Text,
    #[serde(default)]
    license: Texts,
    #[serde(default)]
    authors: Texts,
    #[serde(default)]
    bin: Texts,
    /// Null for a package that only names others.
    #[serde(default, rename = "install-path")]
    install_path: Option<Text>,
}

impl Entry {
    fn installed(&self, file: &Found<'_>, counter: &mut Claims) -> Option<Installed> {
        let names = (self.name.get()?, self.version.get()?);
        let (vendor, project) = names.0.split_once('/')?;
        if !plain_name(vendor) || !plain_name(project) {
            return None;
        }
        let package = described(PackageType::Composer, names, file)?;
        let mut claims = Vec::new();
        let home = above(&file.path, 2);
        for program in self.bin.iter().filter_map(|path| path.rsplit('/').next()) {
            if plain_name(program) && !is_shared(home.as_bytes()) {
                // A small script of Composer, or a link.
                counter.add(format!("{home}/bin/{program}").into_bytes(), &mut claims);
            }
        }
        Some(Installed {
            package: Package {
                licenses: self.license.iter().map(str::to_owned).collect(),
                maintainer: self.authors.first().map(str::to_owned),
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
            Some(path) => joined(above(&file.path, 1), path.get()?.as_bytes())?,
            None => format!("{home}/{name}").into_bytes(),
        };
        let around = if project.is_empty() { home } else { project };
        path.strip_prefix(around.as_bytes())
            .is_some_and(|rest| rest.len() > 1 && rest.starts_with(b"/"))
            .then_some(path)
    }
}
