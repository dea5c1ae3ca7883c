//! Summary of the ELF files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Counts over all ELF files of the image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ElfSummary {
    /// ELF files.
    pub total: u64,
    /// Programs (with an interpreter, or executable without one).
    pub programs: u64,
    /// Of these, statically linked.
    pub static_programs: u64,
    /// Shared libraries.
    pub libraries: u64,
    /// Files that start like ELF and cannot be read as such.
    pub unreadable: u64,
    /// Interpreters programs ask for.
    pub interpreters: Vec<InterpreterUse>,
}

/// An ELF interpreter and how many programs ask for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InterpreterUse {
    /// Path as the programs state it.
    pub path: String,
    /// Programs that ask for it.
    pub programs: u64,
    /// Whether it is in the image.
    pub present: bool,
}
