//! The C library programs of the image run on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Capped, ElfOwner, Side};

/// C libraries.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LibcFamily {
    /// The GNU C library.
    Glibc,
    /// musl.
    Musl,
    /// Android's.
    Bionic,
    /// Another, such as uClibc.
    Other,
    /// None: no file of a C library, and no program asks for one.
    #[default]
    None,
    /// Several.
    Mixed,
}

/// What the family was told by.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LibcBasis {
    /// The C library is in the image.
    Files,
    /// It is not; programs ask for its loader.
    Interpreters,
    /// Neither.
    #[default]
    None,
}

/// What the version was told by.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LibcVersionBasis {
    /// The package that owns it.
    Package,
    /// The highest symbol version it defines: the library may be newer.
    SymbolVersions,
}

/// The C library.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Libc {
    /// Which one.
    pub family: LibcFamily,
    /// What that was told by.
    pub basis: LibcBasis,
    /// Its version; null where nothing says, or where there are several.
    pub version: Option<String>,
    /// What that was told by.
    pub version_basis: Option<LibcVersionBasis>,
    /// Its files, sorted by path.
    pub files: Capped<LibcFile>,
    /// The family most dynamic programs ask for by their interpreter; null without one.
    pub main: Option<LibcFamily>,
    /// Programs whose interpreter belongs to another family than `main`, sorted by path.
    pub other_programs: Capped<LibcProgram>,
}

/// A C library's file: the library itself, or musl's loader, which is one with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LibcFile {
    /// Path.
    pub path: String,
    /// Of which C library.
    pub family: LibcFamily,
    /// Version, with what the fact as a whole says of it.
    pub version: Option<String>,
    /// What that was told by.
    pub version_basis: Option<LibcVersionBasis>,
    /// Whose it is.
    pub owner: ElfOwner,
    /// Name of the package it belongs to.
    pub package_name: Option<String>,
    /// Layer it came from.
    pub layer: u32,
    /// Base or added.
    pub side: Side,
}

/// A program that runs on another C library than most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LibcProgram {
    /// Path.
    pub path: String,
    /// Its interpreter.
    pub interpreter: String,
    /// Whose loader that is: by the file it leads to, or by its name where it is not there.
    pub family: LibcFamily,
    /// Whether the interpreter is in the image.
    pub present: bool,
    /// Whose the program is.
    pub owner: ElfOwner,
    /// Name of the package it belongs to.
    pub package_name: Option<String>,
    /// Layer it came from.
    pub layer: u32,
    /// Base or added.
    pub side: Side,
}
