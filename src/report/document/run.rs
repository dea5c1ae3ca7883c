//! What was run: enough to repeat it, and to know what it did not look at.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::waiver::WaiversReport;

/// The program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tool {
    /// `freehold`.
    pub name: String,
    /// Version (semver).
    pub version: String,
}

/// How the result came about.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Run {
    /// `scan`, `check` or `compare`.
    pub command: String,
    /// Arguments as given, without the program's name.
    pub arguments: Vec<String>,
    /// The profile the rules were weighed with.
    pub profile: ProfileReport,
    /// The rules.
    pub pack: PackReport,
    /// What the team says once for all its runs; null without a `freehold.yaml`.
    pub configuration: Option<ConfigurationReport>,
    /// Exceptions in force.
    pub waivers: WaiversReport,
    /// What findings were compared with; null without a baseline.
    pub baseline: Option<BaselineReport>,
    /// Data tables the rules read, by file.
    pub data: BTreeMap<String, DataTable>,
    /// The time judged at, RFC 3339 in UTC.
    pub judged_at: String,
    /// Whether anything was fetched over the network.
    pub network_used: bool,
    /// Limits on what is read from one image, by the name of their flag.
    pub limits: BTreeMap<String, u64>,
    /// Where evidence was looked for.
    pub searched: Vec<String>,
    /// What no rule judges.
    pub not_judged: Vec<String>,
}

/// The profile in force.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ProfileReport {
    /// Name.
    pub name: String,
    /// The shipped profile, or the file it was read from.
    pub origin: String,
    /// What differs from the shipped profile of that name; empty for a shipped one.
    pub changes: Vec<String>,
}

/// The rules in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PackReport {
    /// SHA-256 over the sorted paths and contents of its files, lower-case hex.
    pub digest: String,
    /// Rules it holds.
    pub rules: u64,
    /// What `--policy` and `--data` added, in that order.
    pub sources: Vec<PackPart>,
}

/// One source of rules or documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PackPart {
    /// `directory`, `file`, `bundle`, `oci` or `data`.
    pub kind: String,
    /// As given: a path, or `oci://` and a name in a registry.
    pub name: String,
    /// `sha256:` and hex: of an artifact's manifest, which pins it, of a bundle's bytes, else over
    /// paths and contents as for the whole pack.
    pub digest: String,
}

/// The configuration in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConfigurationReport {
    /// The file, as given.
    pub file: String,
    /// SHA-256 of it, lower-case hex.
    pub digest: String,
}

/// The report that findings were compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BaselineReport {
    /// The file, as given.
    pub file: String,
    /// SHA-256 of it, lower-case hex.
    pub digest: String,
    /// When that report was judged, RFC 3339.
    pub judged_at: String,
}

/// A data table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DataTable {
    /// SHA-256 of the file, lower-case hex.
    pub digest: String,
    /// The day its content was checked, as the table states it.
    pub as_of: Option<String>,
}
