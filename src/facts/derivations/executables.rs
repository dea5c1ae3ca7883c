//! Totals of ownership: files, bytes, executables, and the files nobody owns.

use std::collections::{BTreeMap, BTreeSet};

use super::{Draft, Owner};
use crate::facts::LIST_LIMIT;
use crate::facts::model::{
    Capped, DirectoryTotal, ExecutableTotals, Ownership, Side, SideTotals, UnownedFile,
};
use crate::facts::text::display_path;
use crate::image::{NodeId, NodeKind};

/// Fills in `ownership`, but for what `integrity` filled in.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let mut count = Count::default();
    draft.tree.walk(|path, id, node| {
        if matches!(node.kind, NodeKind::File(_) | NodeKind::Symlink(_)) {
            count.file(draft, path, id);
        }
    });
    count.into_facts(&mut draft.facts.ownership);
}

#[derive(Default)]
struct Count {
    files: SideTotals,
    bytes: SideTotals,
    executables: ExecutableTotals,
    executable_bytes: u64,
    traceable_bytes: u64,
    unowned: Vec<UnownedFile>,
    by_kind: BTreeMap<crate::facts::model::FileKind, u64>,
    by_directory: BTreeMap<Vec<u8>, DirectoryTotal>,
    /// Nodes with several names: their bytes count once.
    counted: BTreeSet<NodeId>,
}

impl Count {
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
        add(&mut self.files, owner, 1);
        add(&mut self.bytes, owner, bytes);
        let side = draft.side(node.layer);
        let executable = draft.is_executable(node);
        if executable {
            self.executable(owner, side, bytes);
        }
        if owner == Owner::Nobody {
            let kind = draft.file_kind(node);
            bump(self.by_kind.entry(kind).or_default(), 1);
            self.directory(path, executable, bytes);
            self.unowned.push(UnownedFile {
                path: display_path(path),
                kind,
                executable,
                size: node.size,
                layer: node.layer,
                side,
            });
        }
    }

    fn executable(&mut self, owner: Owner, side: Side, bytes: u64) {
        let totals = &mut self.executables;
        let traceable = matches!(
            owner,
            Owner::Package(_) | Owner::Language(_) | Owner::Generated
        );
        bump(&mut totals.total, 1);
        bump(&mut self.executable_bytes, bytes);
        match owner {
            Owner::Nobody | Owner::Plumbing => bump(&mut totals.unowned, 1),
            Owner::Undetermined => bump(&mut totals.undetermined, 1),
            Owner::SelfDescribed => {}
            Owner::Package(_) | Owner::Language(_) | Owner::Generated => {
                bump(&mut totals.traceable, 1);
                bump(&mut self.traceable_bytes, bytes);
            }
        }
        if side == Side::Base {
            bump(&mut totals.base_total, 1);
            bump(&mut totals.base_traceable, u64::from(traceable));
        }
    }

    /// Adds to the first two levels of the file's directory.
    fn directory(&mut self, path: &[u8], executable: bool, bytes: u64) {
        let parents = path.iter().rposition(|&b| b == b'/').unwrap_or(0);
        let parent = path.get(..parents).unwrap_or_default();
        let key = parent
            .iter()
            .enumerate()
            .filter(|(_, b)| **b == b'/')
            .nth(1)
            .and_then(|(at, _)| parent.get(..at))
            .unwrap_or(parent);
        let total = self
            .by_directory
            .entry(key.to_vec())
            .or_insert_with(|| DirectoryTotal {
                path: display_path(key),
                files: 0,
                executables: 0,
                bytes: 0,
            });
        bump(&mut total.files, 1);
        bump(&mut total.executables, u64::from(executable));
        bump(&mut total.bytes, bytes);
    }

    fn into_facts(mut self, ownership: &mut Ownership) {
        self.unowned.sort_by(|a, b| {
            (!a.executable, std::cmp::Reverse(a.size), &a.path).cmp(&(
                !b.executable,
                std::cmp::Reverse(b.size),
                &b.path,
            ))
        });
        let mut directories: Vec<DirectoryTotal> = self.by_directory.into_values().collect();
        directories.sort_by(|a, b| {
            let rank =
                |d: &DirectoryTotal| (std::cmp::Reverse(d.executables), std::cmp::Reverse(d.bytes));
            (rank(a), &a.path).cmp(&(rank(b), &b.path))
        });
        let executables = &mut self.executables;
        let at_most = executables
            .traceable
            .saturating_add(executables.undetermined);
        executables.share = share(executables.traceable, executables.total);
        executables.share_max = share(at_most, executables.total);
        executables.share_of_bytes = share(self.traceable_bytes, self.executable_bytes);
        ownership.files = self.files;
        ownership.bytes = self.bytes;
        ownership.executables = self.executables;
        ownership.unowned = Capped::new(self.unowned, LIST_LIMIT);
        ownership.unowned_by_kind = self.by_kind;
        ownership.unowned_by_directory = Capped::new(directories, LIST_LIMIT);
    }
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
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * 10_000.0).round() / 10_000.0)
}
