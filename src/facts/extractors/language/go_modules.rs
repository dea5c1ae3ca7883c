//! Go modules that the source of a program says it needs. What was built into a program is read from
//! the program; these are only what an SBOM may list as well.
//!
//! Formats: Go Modules Reference, "go.mod files" (directive `require`) and "go.sum files" (lines of a
//! module's path, its version, for the `go.mod` alone with `/go.mod` behind it, and a hash).

use super::{MAX_DESCRIPTION, described};
use crate::facts::contract::{Extraction, Extractor, Mention, Want};
use crate::facts::model::{PackageType, Topic};
use crate::facts::wanted::{Files, Found};

const REQUIREMENTS: &str = "go.mod";
const SUMS: &str = "go.sum";

/// Reads `go.mod` and `go.sum`.
pub struct GoModulesExtractor;

impl Extractor for GoModulesExtractor {
    fn name(&self) -> &'static str {
        "go-modules"
    }

    fn wants(&self) -> Vec<Want> {
        vec![Want::Anywhere(REQUIREMENTS), Want::Anywhere(SUMS)]
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        // What cannot be read of them is no gap: they describe nothing that is installed.
        let mut unread = Extraction::default();
        for pattern in [REQUIREMENTS, SUMS] {
            for file in files.anywhere(pattern, Topic::LanguagePackages, &mut unread) {
                let text = str::from_utf8(&file.bytes).unwrap_or_default();
                if text.len() > MAX_DESCRIPTION {
                    continue;
                }
                match pattern {
                    SUMS => text.lines().for_each(|line| module(line, &file, &mut out)),
                    _ => requirements(text, &file, &mut out),
                }
            }
        }
        out
    }
}

/// What the directive `require` names, on its own line or in a block.
fn requirements(text: &str, file: &Found<'_>, out: &mut Extraction) {
    let mut in_block = false;
    for line in text.lines() {
        let line = line.trim();
        let rest = line.strip_prefix("require").map(str::trim_start);
        match rest {
            _ if in_block && line.starts_with(')') => in_block = false,
            _ if in_block => module(line, file, out),
            Some(rest) if rest.starts_with('(') => in_block = true,
            Some(rest) => module(rest, file, out),
            None => {}
        }
    }
}

/// A module's path and version at the beginning of a line. Versions begin with `v`.
fn module(line: &str, file: &Found<'_>, out: &mut Extraction) {
    let mut words = line.split_whitespace();
    let (Some(path), Some(version)) = (words.next(), words.next()) else {
        return;
    };
    let version = version.strip_suffix("/go.mod").unwrap_or(version);
    if !version.starts_with('v') {
        return;
    }
    if let Some(package) = described(PackageType::Golang, (path, version), file) {
        out.mention(Mention {
            package,
            is_there: false,
        });
    }
}
