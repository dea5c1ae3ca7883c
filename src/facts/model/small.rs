//! Small topics: shells, private keys.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Side;

/// A command shell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shell {
    /// Path as a user would type it.
    pub path: String,
    /// Name of the program behind it, after links (`busybox`, `dash`, `bash`).
    pub program: String,
    /// Layer of the program.
    pub layer: u32,
    /// Package that owns the program, when one does.
    pub owner: Option<String>,
}

/// A file that begins a private key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrivateKeyFile {
    /// Path.
    pub path: String,
    /// Label of the block, such as `RSA PRIVATE KEY`.
    pub label: String,
    /// Whether the block is encrypted, as far as its header says.
    pub encrypted: bool,
    /// Package that owns it; null when none does or when that cannot be said.
    pub owner: Option<String>,
    /// Whether package databases are complete enough for a null `owner` to mean "no package".
    pub owner_known: bool,
    /// Layer it came from.
    pub layer: u32,
    /// Base or added.
    pub side: Side,
}
