//! Totals of ownership: files, bytes, executables, and the files nobody owns.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use super::best::Best;
use super::main_tree::main_trees;
use super::rungs::Rungs;
use super::two_levels::Directories;
use super::{Draft, NodeSet, Owner};
use crate::facts::model::{
    ExecutableTotals, FileKind, Ownership, Rung, Side, SideTotals, SizeTotals, Totals, UnownedFile,
};
use crate::facts::text::display_path;
use crate::image::{NodeId, NodeKind};

/// The largest sizes of the ranges in `by_size`, in bytes; one more range is open.
const SIZES: [u64; 4] = [1 << 10, 64 << 10, 1 << 20, 16 << 20];

/// Fills in `ownership`, but for what `integrity` filled in.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let mut count = Count::new();
    draft.tree.walk(|path, id, node| {
        if matches!(node.kind, NodeKind::File(_) | NodeKind::Symlink(_)) {
            count.file(draft, path, id);
        }
    });
    if count.executables.unowned > 0 {
        draft.facts.ownership.main_trees = main_trees(draft);
    }
    count.into_facts(&mut draft.facts.ownership);
}

struct Count {
    all: Totals,
    by_side: BTreeMap<Side, Totals>,
    by_layer: BTreeMap<u32, Totals>,
    by_kind: BTreeMap<FileKind, Totals>,
    by_size: [Totals; 5],
    executables: ExecutableTotals,
    executable_bytes: u64,
    traceable_bytes: u64,
    rungs: Rungs,
    unowned: Best<UnownedFile>,
    unowned_by_kind: BTreeMap<FileKind, u64>,
    directories: Directories,
    /// Nodes that were counted: of one with several names the bytes count once.
    counted: NodeSet,
}

impl Count {
    fn new() -> Self {
        Self {
            all: Totals::default(),
            by_side: BTreeMap::new(),
            by_layer: BTreeMap::new(),
            by_kind: BTreeMap::new(),
            by_size: Default::default(),
            executables: ExecutableTotals::default(),
            executable_bytes: 0,
            traceable_bytes: 0,
            rungs: Rungs::default(),
            unowned: Best::new(executables_first),
            unowned_by_kind: BTreeMap::new(),
            directories: Directories::new(),
            counted: NodeSet::default(),
        }
    }

    fn file(&mut self, draft: &Draft<'_>, path: &[u8], id: NodeId) {
        let Some(node) = draft.tree.node(id) else {
            return;
        };
        let owner = draft.owners.of(id);
        let bytes = if self.counted.insert(id) {
            node.size
        } else {
            0
        };
        let side = draft.side(node.layer);
        let kind = draft.file_kind(node);
        let range = SIZES.iter().take_while(|&&size| node.size > size).count();
        for totals in [
            Some(&mut self.all),
            Some(self.by_side.entry(side).or_default()),
            Some(self.by_layer.entry(node.layer).or_default()),
            Some(self.by_kind.entry(kind).or_default()),
            self.by_size.get_mut(range),
        ]
        .into_iter()
        .flatten()
        {
            add(&mut totals.files, owner, 1);
            add(&mut totals.bytes, owner, bytes);
        }
        let executable = draft.is_executable(node);
        if executable {
            let rung = draft.rung(id, owner);
            self.executable(rung, side, bytes);
            if let Some(rung) = rung {
                self.rungs.add(rung, side, bytes);
            }
        }
        if owner == Owner::Nobody {
            bump(self.unowned_by_kind.entry(kind).or_default(), 1);
            self.directories.add(path, executable, bytes);
            self.unowned.add(UnownedFile {
                path: display_path(path),
                kind,
                executable,
                size: node.size,
                layer: node.layer,
                side,
            });
        }
    }

    fn executable(&mut self, rung: Option<Rung>, side: Side, bytes: u64) {
        let totals = &mut self.executables;
        let traceable = rung >= Some(Rung::PackageOwned);
        bump(&mut totals.total, 1);
        bump(&mut self.executable_bytes, bytes);
        if traceable {
            bump(&mut totals.traceable, 1);
            bump(&mut self.traceable_bytes, bytes);
        }
        match rung {
            Some(Rung::Unowned) => bump(&mut totals.unowned, 1),
            None => bump(&mut totals.undetermined, 1),
            _ => {}
        }
        if side == Side::Base {
            bump(&mut totals.base_total, 1);
            bump(&mut totals.base_traceable, u64::from(traceable));
        }
    }

    fn into_facts(mut self, ownership: &mut Ownership) {
        let executables = &mut self.executables;
        let at_most = executables
            .traceable
            .saturating_add(executables.undetermined);
        executables.share = share(executables.traceable, executables.total);
        executables.share_max = share(at_most, executables.total);
        executables.share_of_bytes = share(self.traceable_bytes, self.executable_bytes);
        executables.rungs = self.rungs.into_facts();
        ownership.files = self.all.files;
        ownership.bytes = self.all.bytes;
        ownership.by_side = self.by_side;
        ownership.by_layer = self.by_layer;
        ownership.by_kind = self.by_kind;
        let up_to = SIZES.into_iter().map(Some).chain([None]);
        ownership.by_size = up_to
            .zip(self.by_size)
            .map(|(up_to, totals)| SizeTotals { up_to, totals })
            .collect();
        ownership.executables = self.executables;
        ownership.unowned = self.unowned.into_capped();
        ownership.unowned_by_kind = self.unowned_by_kind;
        ownership.unowned_by_directory = self.directories.into_capped();
    }
}

/// Executables first, then by size.
fn executables_first(a: &UnownedFile, b: &UnownedFile) -> Ordering {
    let rank = |file: &UnownedFile| (!file.executable, Reverse(file.size));
    (rank(a), &a.path).cmp(&(rank(b), &b.path))
}

fn add(totals: &mut SideTotals, owner: Owner, amount: u64) {
    bump(&mut totals.total, amount);
    let part = match owner {
        Owner::Package(_) => &mut totals.owned,
        Owner::Language(_) => &mut totals.language,
        Owner::Generated => &mut totals.generated,
        Owner::SelfDescribed => &mut totals.self_described,
        Owner::Plumbing => &mut totals.plumbing,
        Owner::Nobody => &mut totals.unowned,
        Owner::Undetermined => &mut totals.undetermined,
    };
    bump(part, amount);
}

fn bump(counter: &mut u64, amount: u64) {
    *counter = counter.saturating_add(amount);
}

/// A share from 0 to 1, rounded to four decimals so that documents repeat.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * 10_000.0).round() / 10_000.0)
}
