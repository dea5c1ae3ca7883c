//! Programs that build, debug, talk to the network or look after other things of the image.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Side;

/// What a tool is for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ToolKind {
    /// Compiler or assembler.
    Compiler,
    /// Linker.
    Linker,
    /// Build driver such as make.
    Build,
    /// Debugger or tracer.
    Debugger,
    /// Header an interpreter's extensions are compiled against.
    Headers,
    /// Client or server for the network.
    Network,
    /// Process supervisor: starts several processes and restarts those that end.
    Supervisor,
    /// Rebuilds the store of trusted CA certificates.
    TrustStore,
}

/// A well-known program found in the image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// What it is for.
    pub kind: ToolKind,
    /// Path.
    pub path: String,
    /// Name of the program without a target prefix and a version: `gcc` for
    /// `x86_64-linux-gnu-gcc-14`.
    pub program: String,
    /// Package that owns it; null when none does or when that cannot be said.
    pub owner: Option<String>,
    /// Whether package databases are complete enough for a null `owner` to mean "no package".
    pub owner_known: bool,
    /// Layer it came from.
    pub layer: u32,
    /// Base or added.
    pub side: Side,
}
