//! Files of language packages: what system packages leave.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::{Draft, Owner, Owners};
use crate::facts::places::Places;
use crate::image::NodeId;

/// Gives language packages the files they list, and then those in their directories.
pub(super) fn claim_described(draft: &Draft<'_>, owners: &mut Owners) {
    let mut places = Places::new(draft.tree);
    let mut trees = Vec::new();
    for (index, described) in (0u32..).zip(&draft.described) {
        for claim in &described.claims {
            let file = places.node(&claim.path).filter(|&id| is_file(draft, id));
            if let Some(id) = file {
                owners.claim(id, Owner::Language(index));
            }
        }
        for tree in &described.trees {
            if let Ok(found) = draft.tree.resolve(tree, true) {
                trees.push((found.path, found.id, index));
            }
        }
    }
    // The directories furthest down come first, so that a package within a package has its own; one
    // that was seen to is not entered again.
    trees.sort_by_key(|(path, _, index)| (Reverse(path.len()), *index));
    let mut done = HashSet::new();
    for (_, root, index) in trees {
        let mut todo = vec![root];
        while let Some(id) = todo.pop() {
            if is_file(draft, id) {
                owners.claim(id, Owner::Language(index));
            } else if done.insert(id) {
                todo.extend(draft.tree.entries(id).map(|(_, child)| child));
            }
        }
    }
}

fn is_file(draft: &Draft<'_>, id: NodeId) -> bool {
    draft.tree.node(id).is_some_and(|node| !node.is_directory())
}
