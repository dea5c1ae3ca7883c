//! The single directory that explains most unowned executables, such as `/opt/vendor`.

use std::collections::{BTreeMap, HashMap};

use super::executables::share;
use super::{Draft, Owner};
use crate::facts::model::{MainTree, Side};
use crate::facts::text::display_path;
use crate::image::{NodeId, ROOT};

/// The main tree of each side. What was added to a base says nothing of what came with it.
pub(super) fn main_trees(draft: &Draft<'_>) -> BTreeMap<Side, MainTree> {
    let sides = match draft.facts.image.base.layers {
        Some(_) => &[Side::Base, Side::Added][..],
        None => &[Side::Unknown],
    };
    let trees = sides.iter().map(|side| (*side, main_tree(draft, *side)));
    trees
        .filter_map(|(side, tree)| Some((side, tree?)))
        .collect()
}

/// The deepest directory below the root with at least half the bytes.
fn main_tree(draft: &Draft<'_>, side: Side) -> Option<MainTree> {
    let totals = totals(draft, side);
    let (_, all) = totals.get(&ROOT).copied()?;
    let mut here = ROOT;
    let mut path = Vec::new();
    let holds_half = |id: &NodeId| {
        let bytes = totals.get(id).map_or(0, |(_, bytes)| *bytes);
        bytes > 0 && bytes.saturating_mul(2) >= all
    };
    while let Some((name, next)) = draft
        .tree
        .entries(here)
        .find(|(_, child)| holds_half(child))
    {
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        here = next;
    }
    let (executables, bytes) = totals.get(&here).copied()?;
    (here != ROOT).then(|| MainTree {
        path: display_path(&path),
        executables,
        bytes,
        share: share(bytes, all).unwrap_or(0.0),
    })
}

/// Unowned executables of a side below each directory that has any, and their bytes.
fn totals(draft: &Draft<'_>, side: Side) -> HashMap<NodeId, (u64, u64)> {
    let mut totals: HashMap<NodeId, (u64, u64)> = HashMap::new();
    // Directories with their parents, parents first.
    let mut order = vec![(ROOT, None)];
    let mut next = 0usize;
    while let Some(&(directory, _)) = order.get(next) {
        next = next.saturating_add(1);
        for (_, id) in draft.tree.entries(directory) {
            let Some(node) = draft.tree.node(id) else {
                continue;
            };
            if node.is_directory() {
                order.push((id, Some(directory)));
            } else if draft.owners.of(id) == Owner::Nobody
                && draft.side(node.layer) == side
                && draft.is_executable(node)
            {
                add(&mut totals, directory, (1, node.size));
            }
        }
    }
    for (directory, parent) in order.into_iter().rev() {
        if let (Some(parent), Some(&below)) = (parent, totals.get(&directory)) {
            add(&mut totals, parent, below);
        }
    }
    totals
}

fn add(totals: &mut HashMap<NodeId, (u64, u64)>, to: NodeId, (files, bytes): (u64, u64)) {
    let total = totals.entry(to).or_default();
    total.0 = total.0.saturating_add(files);
    total.1 = total.1.saturating_add(bytes);
}
