//! Flags of `policy`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::reading::NetworkFlags;
use crate::policy::origin::PackSource;

/// Commands about rules.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// List the rules with severity, axis and title
    List(PolicyListFlags),
    /// Run the tests (`*_test.rego`) of rules
    Test(PolicyTestFlags),
}

/// Formats of the list of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people
    Table,
    /// For programs
    Json,
    /// The reference page of all rules
    Markdown,
}

/// Flags of `policy list`.
#[derive(Debug, Args)]
pub(crate) struct PolicyListFlags {
    /// Format of the list
    #[arg(
        short,
        long,
        value_enum,
        default_value = "table",
        env = "FREEHOLD_FORMAT"
    )]
    pub(crate) format: ListFormat,
    /// Add rules: a directory, one .rego file, an OPA bundle (.tar.gz), or oci:// and a name in a
    /// registry; may be repeated
    #[arg(short, long, value_name = "SOURCE", env = "FREEHOLD_POLICY")]
    pub(crate) policy: Vec<PackSource>,
    /// Add documents for rules to read: a JSON or YAML file, or a directory of them; may be
    /// repeated
    #[arg(short, long, value_name = "FILE|DIR", env = "FREEHOLD_DATA")]
    pub(crate) data: Vec<PathBuf>,
    /// How registries are reached.
    #[command(flatten)]
    pub(crate) network: NetworkFlags,
}

/// Flags of `policy test`.
#[derive(Debug, Args)]
pub(crate) struct PolicyTestFlags {
    /// Rules and their tests: a directory, an OPA bundle (.tar.gz), or oci:// and a name in a
    /// registry
    #[arg(value_name = "SOURCE")]
    pub(crate) source: PackSource,
    /// How registries are reached.
    #[command(flatten)]
    pub(crate) network: NetworkFlags,
}

/// Flags of `policy-worker`.
#[derive(Debug, Args)]
pub(crate) struct WorkerFlags {
    /// Address space it may use
    #[arg(value_name = "BYTES")]
    pub(crate) memory_bytes: u64,
    /// Processor time it may use
    #[arg(value_name = "SECONDS")]
    pub(crate) seconds: u64,
}
