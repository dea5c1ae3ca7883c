//! Flags of `init`, `schema` and `completions`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::Shell;

/// Flags of `init`.
#[derive(Debug, Args)]
pub(crate) struct InitFlags {
    /// File to write; one that is there is left alone
    #[arg(value_name = "FILE", default_value = "freehold.yaml")]
    pub(crate) file: PathBuf,
}

/// Documents with a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaName {
    /// What `freehold facts` prints, and what rules see as `input`
    Facts,
    /// What `-f json` prints
    Report,
    /// freehold.yaml
    Config,
    /// A file of waivers
    Waivers,
    /// A profile
    Profile,
}

/// Flags of `schema`.
#[derive(Debug, Args)]
pub(crate) struct SchemaFlags {
    /// The document
    #[arg(value_name = "NAME")]
    pub(crate) name: SchemaName,
}

/// Flags of `completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsFlags {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}
