//! Summary of the ELF files.

use std::collections::BTreeMap;

use super::Draft;
use crate::facts::model::{ElfSummary, Gap, GapKind, InterpreterUse, Topic};
use crate::facts::probes::{ElfKind, Probed};
use crate::facts::text::display_path;

/// Fills in `elf`.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let mut summary = ElfSummary::default();
    let mut interpreters: BTreeMap<String, u64> = BTreeMap::new();
    let mut gaps = Vec::new();
    let bump = |counter: &mut u64| *counter = counter.saturating_add(1);
    draft.tree.walk(|path, _, node| match draft.probed(node) {
        Some(Probed::Elf(elf)) => {
            bump(&mut summary.total);
            match elf.kind {
                ElfKind::Program => {
                    bump(&mut summary.programs);
                    if !elf.dynamic {
                        bump(&mut summary.static_programs);
                    }
                }
                ElfKind::Library => bump(&mut summary.libraries),
                ElfKind::Other => {}
            }
            if let (ElfKind::Program, Some(interpreter)) = (elf.kind, &elf.interpreter) {
                bump(interpreters.entry(interpreter.clone()).or_default());
            }
        }
        Some(Probed::BrokenElf) => {
            bump(&mut summary.total);
            bump(&mut summary.unreadable);
            gaps.push(Gap {
                topic: Topic::Elf,
                path: Some(display_path(path)),
                layer: Some(node.layer),
                kind: GapKind::Corrupt,
                detail: "it starts like an ELF file and cannot be read as one".to_owned(),
            });
        }
        _ => {}
    });
    summary.interpreters = interpreters
        .into_iter()
        .map(|(path, programs)| InterpreterUse {
            present: draft.tree.resolve(path.as_bytes(), true).is_ok(),
            path,
            programs,
        })
        .collect();
    draft.facts.elf = summary;
    draft.facts.gaps.extend(gaps);
}
