//! Summary of the ELF files: counts, interpreters, protections, symbol versions.

use std::collections::BTreeMap;

use super::elf_groups::{Groups, Versions};
use super::{Draft, Owner};
use crate::facts::LIST_LIMIT;
use crate::facts::model::{
    Capped, ElfOwner, ElfSummary, Gap, GapKind, InterpreterUse, Side, Topic,
};
use crate::facts::probes::{Elf, ElfKind, Linkage, Probed};
use crate::facts::text::display_path;
use crate::image::{Node, NodeId};

/// Whose a file is and where it came from, as the records of ELF files have it.
pub(super) struct Belongs {
    pub(super) owner: ElfOwner,
    pub(super) package_name: Option<String>,
    pub(super) layer: u32,
    pub(super) side: Side,
}

impl Belongs {
    /// Of a node.
    pub(super) fn of(draft: &Draft<'_>, id: NodeId, node: &Node) -> Self {
        Self {
            owner: owner(draft, id),
            package_name: draft.owner_name(id),
            layer: node.layer,
            side: draft.side(node.layer),
        }
    }
}

/// Whose a node is, in short.
pub(super) fn owner(draft: &Draft<'_>, id: NodeId) -> ElfOwner {
    match draft.owners.of(id) {
        Owner::Package(_) => ElfOwner::Package,
        Owner::Nobody => ElfOwner::Unowned,
        Owner::Undetermined => ElfOwner::Undetermined,
        Owner::Generated | Owner::Plumbing => ElfOwner::Other,
    }
}

/// `e_machine` of the image's platform (OCI image-spec, `architecture`, as Go's `GOARCH`).
pub(super) fn machine(draft: &Draft<'_>) -> Option<u16> {
    match draft.facts.image.platform.architecture.as_str() {
        "amd64" => Some(object::elf::EM_X86_64),
        "arm64" => Some(object::elf::EM_AARCH64),
        "386" => Some(object::elf::EM_386),
        "arm" => Some(object::elf::EM_ARM),
        "ppc64le" => Some(object::elf::EM_PPC64),
        "s390x" => Some(object::elf::EM_S390),
        "riscv64" => Some(object::elf::EM_RISCV),
        "loong64" => Some(object::elf::EM_LOONGARCH),
        _ => None,
    }
}

/// Whether the image's platform can run files of this machine and system; 64-bit x86 and Arm run
/// the 32-bit ones as well. Any machine will do where the platform is not known.
pub(super) fn is_native(draft: &Draft<'_>, elf: &Elf) -> bool {
    if !elf.is_linux {
        return false;
    }
    let Some(machine) = machine(draft) else {
        return true;
    };
    let older = match machine {
        object::elf::EM_X86_64 => object::elf::EM_386,
        object::elf::EM_AARCH64 => object::elf::EM_ARM,
        other => other,
    };
    elf.machine == machine || elf.machine == older
}

/// The interpreter the kernel starts for a program: only where a file can be executed at all
/// (execve(2)), and by this platform. Others are data, such as the samples of an ELF reader's tests.
pub(super) fn started_by<'e>(draft: &Draft<'_>, node: &Node, elf: &'e Elf) -> Option<&'e str> {
    let can_start = elf.kind == ElfKind::Program && node.mode & 0o111 != 0 && is_native(draft, elf);
    elf.interpreter.as_deref().filter(|_| can_start)
}

/// Fills in `elf`, but for libraries and paths.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let mut summary = ElfSummary::default();
    let mut interpreters: BTreeMap<&str, u64> = BTreeMap::new();
    let mut groups = Groups::default();
    let mut versions = Versions::default();
    let mut gaps = Vec::new();
    let mut gap = |path: &[u8], node: &Node, kind, detail: &str| {
        gaps.push(Gap {
            topic: Topic::Elf,
            path: Some(display_path(path)),
            layer: Some(node.layer),
            kind,
            detail: detail.to_owned(),
        });
    };
    let tree = draft.tree;
    let shared = &*draft;
    tree.walk(|path, id, node| match shared.probed(node) {
        Some(Probed::Elf(elf)) => {
            count(&mut summary, elf, is_native(shared, elf));
            if let Some(interpreter) = started_by(shared, node, elf) {
                bump(interpreters.entry(interpreter).or_default());
            }
            if elf.linkage == Linkage::Unread {
                let detail = "its dynamic section could not be read";
                gap(path, node, GapKind::Unresolvable, detail);
            }
            if elf.kind != ElfKind::Other {
                let belongs = Belongs::of(shared, id, node);
                versions.add(path, elf, &belongs);
                groups.add(path, elf, belongs);
            }
        }
        Some(Probed::BrokenElf) => {
            bump(&mut summary.total);
            bump(&mut summary.unreadable);
            let detail = "it starts like an ELF file and cannot be read as one";
            gap(path, node, GapKind::Corrupt, detail);
        }
        _ => {}
    });
    summary.interpreters = interpreters
        .into_iter()
        .map(|(path, programs)| InterpreterUse {
            present: tree.resolve(path.as_bytes(), true).is_ok(),
            path: path.to_owned(),
            programs,
        })
        .collect();
    let (groups, weak) = groups.into_facts();
    summary.groups = groups;
    summary.weak = Capped::new(weak, LIST_LIMIT);
    summary.symbol_versions = versions.into_facts();
    draft.facts.elf = summary;
    draft.facts.gaps.extend(gaps);
}

fn count(summary: &mut ElfSummary, elf: &Elf, native: bool) {
    bump(&mut summary.total);
    match elf.kind {
        ElfKind::Program => {
            bump(&mut summary.programs);
            if !elf.is_dynamic() {
                bump(&mut summary.static_programs);
            }
        }
        ElfKind::Library => bump(&mut summary.libraries),
        ElfKind::Other => return,
    }
    if !native {
        bump(&mut summary.other_machine);
    }
}

/// Adds one.
pub(super) fn bump(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}
