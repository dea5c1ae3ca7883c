//! .NET packages: the dependency files of applications and shared frameworks.
//!
//! Format: .NET runtime, "Runtime configuration files" (`corehost/runtimeconfig` design note) and
//! `Microsoft.Extensions.DependencyModel`: `libraries` names what was put together, `targets` the
//! files each library brings to the directory of the file.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Claims, above, described, no_package, plain_name, readable, without_mark};
use crate::facts::contract::{Claim, Extraction, Extractor, FileList, Installed, Want};
use crate::facts::model::{PackageType, Topic};
use crate::facts::shared_directories::is_shared;
use crate::facts::wanted::{Files, Found};

const DEPENDENCIES: &str = "*.deps.json";
/// In front of the name of the runtime that a self-contained application carries.
const RUNTIME_PACK: &str = "runtimepack.";

/// Reads `*.deps.json`.
pub struct DotnetExtractor;

impl Extractor for DotnetExtractor {
    fn name(&self) -> &'static str {
        "dotnet"
    }

    fn wants(&self) -> Vec<Want> {
        vec![Want::Anywhere(DEPENDENCIES)]
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        let mut claims = Claims::default();
        for file in files.anywhere(DEPENDENCIES, Topic::LanguagePackages, &mut out) {
            if !readable(&file, &mut out) {
                continue;
            }
            match serde_json::from_slice::<Document>(without_mark(&file.bytes)) {
                Ok(document) => document.packages(&file, &mut claims, &mut out),
                Err(_) => no_package(&file, "it is not a list of .NET libraries", &mut out),
            }
        }
        claims.note(".NET packages", &mut out);
        out
    }
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    targets: BTreeMap<String, BTreeMap<String, Assets>>,
    libraries: BTreeMap<String, Library>,
}

#[derive(Deserialize)]
struct Library {
    #[serde(default, rename = "type")]
    kind: String,
}

/// The files a library brings, by their path in its package.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Assets {
    runtime: BTreeMap<String, IgnoredAny>,
    native: BTreeMap<String, IgnoredAny>,
    resources: BTreeMap<String, Resource>,
    runtime_targets: BTreeMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    locale: String,
}

impl Document {
    fn packages(&self, file: &Found<'_>, counter: &mut Claims, out: &mut Extraction) {
        let mut brought: BTreeMap<&str, Vec<&Assets>> = BTreeMap::new();
        for (key, assets) in self.targets.values().flatten() {
            brought.entry(key).or_default().push(assets);
        }
        let mut unnamed = 0u64;
        for (key, library) in &self.libraries {
            // The application itself is of type `project`; a `reference` is a file without a package.
            if !matches!(library.kind.as_str(), "package" | "runtimepack") {
                continue;
            }
            let names = key
                .split_once('/')
                .map(|(name, version)| (name.strip_prefix(RUNTIME_PACK).unwrap_or(name), version))
                .filter(|(name, _)| plain_name(name));
            let package = names.and_then(|names| described(PackageType::Nuget, names, file));
            let Some(package) = package else {
                unnamed = unnamed.saturating_add(1);
                continue;
            };
            out.describe(Installed {
                package,
                claims: self.claims(brought.get(key.as_str()), file, counter),
                list: FileList::None,
                trees: Vec::new(),
            });
        }
        if unnamed > 0 {
            let detail = format!("{unnamed} libraries lack a name or a version");
            no_package(file, &detail, out);
        }
    }

    /// Files that a library brought. Those of one platform lie beside the file under their own
    /// names, those for several keep the path they have in the package.
    fn claims(
        &self,
        brought: Option<&Vec<&Assets>>,
        file: &Found<'_>,
        counter: &mut Claims,
    ) -> Vec<Claim> {
        let directory = above(&file.path, 1);
        let mut claims = Vec::new();
        let mut add = |path: &str| {
            // An application has a directory of its own.
            if !is_shared(directory.as_bytes()) && !path.split('/').any(|part| part == "..") {
                let path = path.trim_start_matches('/').as_bytes();
                counter.add_joined(directory, path, &mut claims);
            }
        };
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        for assets in brought.into_iter().flatten() {
            for path in assets.runtime.keys().chain(assets.native.keys()) {
                add(&last(path));
            }
            for (path, resource) in &assets.resources {
                add(&format!("{}/{}", resource.locale, last(path)));
            }
            for path in assets.runtime_targets.keys() {
                add(path);
            }
        }
        // A shared framework is one package, and the file describes nothing else.
        if self.libraries.len() == 1 {
            add(&file.name);
        }
        claims
    }
}
