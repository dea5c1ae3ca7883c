//! ELF files that say what they were built from.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Side;

/// What tells.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum BinaryBasis {
    /// Go's build information.
    GoBuildInfo,
    /// The list of crates that cargo-auditable writes.
    CargoAuditable,
    /// The note of its package (UAPI Group, "Package Metadata for Executable Files").
    PackageNote,
    /// A text with its version, which its product is known to write.
    StatedVersion,
}

/// An ELF file that says what it is or was built from. Of several things that tell, each has an
/// entry. A version that a file states is listed only where no package owns the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Binary {
    /// Path.
    pub path: String,
    /// What tells.
    pub basis: BinaryBasis,
    /// Its own module, crate, package or product.
    pub name: Option<String>,
    /// Version of that as written; Go writes `(devel)` where it knows none.
    pub version: Option<String>,
    /// Toolchain it was built with, such as `go1.22.3`.
    pub toolchain: Option<String>,
    /// Modules or crates it was built from, its own left out.
    pub modules: u64,
    /// Commit its source was at (`vcs.revision`).
    pub commit: Option<String>,
    /// Whether its source differed from that commit (`vcs.modified`).
    pub modified: Option<bool>,
    /// Settings of the build, by the names Go gives them: `-buildmode`, `-compiler`, `-trimpath`,
    /// `CGO_ENABLED`, `GOARCH`, `GOOS`, `vcs`, `vcs.time`. Flags of the compiler and linker are left
    /// out: they may hold secrets.
    pub settings: BTreeMap<String, String>,
    /// System package that owns the file.
    pub owner: Option<String>,
    /// Layer it came from.
    pub layer: u32,
    /// Base or added.
    pub side: Side,
}
