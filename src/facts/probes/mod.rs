//! Probes: one file's first bytes in, a small value out, during the layer pass.

mod elf;
mod private_key;
mod sbom;
mod script;

pub use elf::{
    DynamicSection, Elf, ElfKind, Language, LanguageBasis, Linkage, Relro, SymbolVersion,
    SymbolVersions,
};
pub use private_key::PrivateKey;
pub use sbom::SbomHead;

use super::contract::Probe;
use serde::{Deserialize, Serialize};

/// Every probe. Of those that want a file the first with an answer has it, so a private key that
/// calls itself a script is a private key.
pub const PROBES: &[&dyn Probe] = &[
    &elf::ElfProbe,
    &private_key::PrivateKeyProbe,
    &script::ScriptProbe,
    &script::ArchiveProbe,
    &sbom::SbomProbe,
];

/// What a probe says of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Probed {
    /// An ELF file.
    Elf(Box<Elf>),
    /// Starts like ELF and makes no sense beyond that.
    BrokenElf,
    /// Starts with `#!`; the interpreter it names.
    Script(String),
    /// An `ar` archive, such as a static library.
    Archive,
    /// Holds a private key.
    PrivateKey(Box<PrivateKey>),
    /// Named like an SBOM.
    Sbom(Box<SbomHead>),
}

impl Probed {
    /// Whether the file starts like ELF, whatever follows.
    pub fn is_elf(&self) -> bool {
        matches!(self, Self::Elf(_) | Self::BrokenElf)
    }
}
