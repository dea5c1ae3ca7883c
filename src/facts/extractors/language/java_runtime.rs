//! Java runtimes that were unpacked and not installed: the `release` file in their directory.
//!
//! Format: OpenJDK, JEP 220 and JEP 223: lines `KEY="value"`.

use super::{above, described, owning, readable, text};
use crate::facts::contract::{Extraction, Extractor, Want};
use crate::facts::model::{Package, PackageType, Topic};
use crate::facts::text::lines;
use crate::facts::wanted::{Files, Found};

const RELEASE: &str = "*/release";
/// Lines read of one file.
const MAX_LINES: usize = 200;
/// Files that only a runtime has, one of them: its modules, or of old its class library.
const PROOFS: [&str; 3] = ["lib/modules", "lib/rt.jar", "jre/lib/rt.jar"];

/// Reads `release` files of Java runtimes.
pub struct JavaRuntimeExtractor;

impl Extractor for JavaRuntimeExtractor {
    fn name(&self) -> &'static str {
        "java-runtime"
    }

    fn wants(&self) -> Vec<Want> {
        vec![Want::Anywhere(RELEASE)]
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        for file in files.anywhere(RELEASE, Topic::LanguagePackages, &mut out) {
            let home = above(&file.path, 1);
            let is_runtime = PROOFS
                .iter()
                .any(|proof| files.is_file(&format!("{home}/{proof}")));
            if !is_runtime || !readable(&file, &mut out) {
                continue;
            }
            let trees = vec![home.as_bytes().to_vec()];
            let package = package(&file);
            out.describe_all(package.map(|package| owning(package, trees)));
        }
        out
    }
}

/// The runtime. `IMPLEMENTOR` says who built it.
fn package(file: &Found<'_>) -> Option<Package> {
    let value = |wanted: &str| {
        lines(&file.bytes).take(MAX_LINES).find_map(|line| {
            let rest = line.strip_prefix(wanted.as_bytes())?.strip_prefix(b"=")?;
            text(rest.trim_ascii().strip_prefix(b"\"")?.strip_suffix(b"\"")?)
        })
    };
    let version = value("JAVA_VERSION")?;
    let package = described(PackageType::Generic, ("openjdk", &version), file)?;
    Some(Package {
        vendor: value("IMPLEMENTOR"),
        ..package
    })
}
