//! Probes: one file's first bytes in, a small value out, during the layer pass.

mod elf;
mod jar;
mod private_key;
mod script;

pub use elf::{
    Contents, DynamicSection, Elf, ElfKind, GoBuild, GoModule, Language, LanguageBasis, Linkage,
    PackageNote, Relro, RustBuild, SymbolVersion, SymbolVersions, Unread,
};
pub use jar::{Artifact, JavaArchive, WITHIN};
pub use private_key::PrivateKey;

use super::contract::Probe;
use serde::{Deserialize, Serialize};

/// Every probe. Of those that want a file the first with an answer has it, so a private key that
/// calls itself a script is a private key.
pub const PROBES: &[&dyn Probe] = &[
    &elf::ElfProbe,
    &private_key::PrivateKeyProbe,
    &jar::JarProbe,
    &script::ScriptProbe,
    &script::ArchiveProbe,
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
    /// A Java archive.
    Java(Box<JavaArchive>),
}

impl Probed {
    /// Bytes of memory it takes for what files say of themselves.
    pub fn weight(&self) -> u64 {
        match self {
            Self::Elf(elf) => elf
                .contents
                .as_ref()
                .map_or(0, |contents| contents.weight()),
            Self::Java(archive) => archive.weight(),
            _ => 0,
        }
    }

    /// Whether the file starts like ELF, whatever follows.
    pub fn is_elf(&self) -> bool {
        matches!(self, Self::Elf(_) | Self::BrokenElf)
    }
}
