//! Derivations: pure functions over the merged tree's shape, what extractors gave and the topics
//! already finished. They run in the order of this list and see no bytes.

mod best;
mod binaries;
mod contents;
mod databases;
mod elf;
mod elf_groups;
mod elf_libraries;
mod elf_paths;
mod evidence;
mod executables;
mod integrity;
mod language;
mod layout;
mod libc;
mod link_budget;
mod loader;
mod main_tree;
mod managers;
mod node_set;
mod owned_records;
mod ownership;
mod packages;
mod programs;
mod role;
mod rungs;
mod sbom_accuracy;
mod shared_claims;
mod tools;
mod two_levels;

use std::collections::BTreeSet;

pub use self::node_set::NodeSet;
use super::contract::{Installed, LoaderPaths, Mention};
use super::evidence::ReadSbom;
use super::exclusions::Exclusion;
use super::model::{Facts, FileKind, Gap, GapKind, Side, Topic};
use super::probes::{ElfKind, Probed};
use crate::image::{FileTree, Node, NodeId, NodeKind, Removal};

/// Builds topics from finished ones.
pub struct Derivation {
    /// Stable name.
    pub name: &'static str,
    /// The function.
    pub run: fn(&mut Draft<'_>),
}

/// Every derivation, in dependency order.
pub const DERIVATIONS: &[Derivation] = &[
    Derivation {
        name: "databases",
        run: databases::derive,
    },
    Derivation {
        name: "contents",
        run: contents::derive,
    },
    Derivation {
        name: "ownership",
        run: ownership::derive,
    },
    Derivation {
        name: "binaries",
        run: binaries::derive,
    },
    Derivation {
        name: "packages",
        run: packages::derive,
    },
    Derivation {
        name: "integrity",
        run: integrity::derive,
    },
    Derivation {
        name: "owned-records",
        run: owned_records::derive,
    },
    Derivation {
        name: "executables",
        run: executables::derive,
    },
    Derivation {
        name: "layout",
        run: layout::derive,
    },
    Derivation {
        name: "tools",
        run: tools::derive,
    },
    Derivation {
        name: "elf-summary",
        run: elf::derive,
    },
    Derivation {
        name: "libc",
        run: libc::derive,
    },
    Derivation {
        name: "elf-libraries",
        run: elf_libraries::derive,
    },
    Derivation {
        name: "elf-paths",
        run: elf_paths::derive,
    },
    Derivation {
        name: "managers",
        run: managers::derive,
    },
    Derivation {
        name: "evidence",
        run: evidence::derive,
    },
    Derivation {
        name: "role",
        run: role::derive,
    },
];

/// The document being made, with what its parts are made from.
pub struct Draft<'a> {
    /// What a container would see.
    pub tree: &'a FileTree<Probed>,
    /// System packages with the files they claim.
    pub installed: Vec<Installed>,
    /// Language packages with the files and directories they claim.
    pub described: Vec<Installed>,
    /// Packages that files name and nothing installed.
    pub mentioned: Vec<Mention>,
    /// SBOMs that were found or given.
    pub sboms: Vec<ReadSbom>,
    /// What whiteouts took away.
    pub removals: &'a [Removal],
    /// Paths package tools say they put in place.
    pub generated: Vec<Vec<u8>>,
    /// What package tools were told to leave out.
    pub excluded: Vec<Exclusion>,
    /// User names and numbers.
    pub users: Vec<(String, u64)>,
    /// Paths whose mode and owner the administrator set.
    pub overridden: BTreeSet<Vec<u8>>,
    /// Group names and numbers.
    pub groups: Vec<(String, u64)>,
    /// By node, whether its digest is the one its package recorded; filled in by `integrity`.
    pub matched: NodeSet,
    /// Where the loaders look for libraries.
    pub loader_paths: LoaderPaths,
    /// ELF files that say what they were built from; filled in by `contents`.
    pub self_described: NodeSet,
    /// Who each node belongs to; filled in by `ownership`.
    pub owners: Owners,
    /// The document.
    pub facts: Facts,
}

impl Draft<'_> {
    /// Says that language packages were left out, if any were.
    fn describe_no_more(&mut self, left_out: u64) {
        self.facts.gaps.extend((left_out > 0).then(|| Gap {
            topic: Topic::LanguagePackages,
            path: None,
            layer: None,
            kind: GapKind::Limit,
            detail: format!("{left_out} packages were left out"),
        }));
    }

    /// Base or added, for something that came from layer `layer`.
    pub fn side(&self, layer: u32) -> Side {
        match self.facts.image.base.layers {
            Some(base) if layer <= base => Side::Base,
            Some(_) => Side::Added,
            None => Side::Unknown,
        }
    }

    /// Name of the package that owns a node.
    pub fn owner_name(&self, id: NodeId) -> Option<String> {
        match self.owners.of(id) {
            Owner::Package(index) => {
                let installed = self.installed.get(index as usize)?;
                Some(installed.package.name.clone())
            }
            _ => None,
        }
    }

    /// What the probe said of a node.
    pub fn probed(&self, node: &Node) -> Option<&Probed> {
        self.tree.content(node.content()?)?.value.as_deref()
    }

    /// Kind of a file by its content.
    pub fn file_kind(&self, node: &Node) -> FileKind {
        if matches!(node.kind, NodeKind::Symlink(_)) {
            return FileKind::Symlink;
        }
        match self.probed(node) {
            Some(Probed::Elf(elf)) => match elf.kind {
                ElfKind::Program => FileKind::ElfProgram,
                ElfKind::Library => FileKind::ElfLibrary,
                ElfKind::Other => FileKind::ElfOther,
            },
            Some(Probed::BrokenElf) => FileKind::ElfOther,
            Some(Probed::Script(_)) => FileKind::Script,
            Some(Probed::Archive) => FileKind::Archive,
            Some(Probed::Java(archive)) if archive.starts_itself => FileKind::Script,
            _ => FileKind::Data,
        }
    }

    /// Whether a node counts as an executable: an ELF file, or a script with an execute bit.
    pub fn is_executable(&self, node: &Node) -> bool {
        match self.file_kind(node) {
            FileKind::ElfProgram | FileKind::ElfLibrary | FileKind::ElfOther => true,
            FileKind::Script => node.mode & 0o111 != 0,
            _ => false,
        }
    }
}

/// Who a node belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Owner {
    /// No package owns it and no tool generates it.
    #[default]
    Nobody,
    /// The package at this place of [`Draft::installed`].
    Package(u32),
    /// The language package at this place of [`Draft::described`].
    Language(u32),
    /// A package tool made it.
    Generated,
    /// It says itself what it was built from.
    SelfDescribed,
    /// The runtime or image builder puts it there.
    Plumbing,
    /// It cannot be said.
    Undetermined,
}

/// Owners of the tree's nodes, by number of the node.
#[derive(Debug, Default)]
pub struct Owners(Vec<Option<Owner>>);

impl Owners {
    /// Owner of a node.
    pub fn of(&self, id: NodeId) -> Owner {
        self.settled(id).unwrap_or_default()
    }

    /// Sets the owner of a node unless it has one.
    pub fn claim(&mut self, id: NodeId, owner: Owner) {
        let at = id as usize;
        if self.0.len() <= at {
            self.0.resize(at.saturating_add(1), None);
        }
        if let Some(place) = self.0.get_mut(at) {
            place.get_or_insert(owner);
        }
    }

    /// Sets the owner of a node, whoever had it.
    pub fn give(&mut self, id: NodeId, owner: Owner) {
        if let Some(place) = self.0.get_mut(id as usize) {
            *place = Some(owner);
        }
    }

    /// Whether a node has an owner or a verdict already.
    pub fn is_settled(&self, id: NodeId) -> bool {
        self.settled(id).is_some()
    }

    fn settled(&self, id: NodeId) -> Option<Owner> {
        self.0.get(id as usize).copied().flatten()
    }
}
