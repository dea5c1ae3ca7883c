//! Flags of `policy`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Commands about rules.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// List the rules with severity, axis and title
    List(PolicyListFlags),
    /// Run the tests (`*_test.rego`) of a directory of rules
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
    /// Add the rules of a directory, or of one .rego file; may be repeated
    #[arg(short, long, value_name = "DIR", env = "FREEHOLD_POLICY")]
    pub(crate) policy: Vec<PathBuf>,
}

/// Flags of `policy test`.
#[derive(Debug, Args)]
pub(crate) struct PolicyTestFlags {
    /// Directory of rules and their tests
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
}
