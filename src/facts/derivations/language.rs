//! Files of language packages: what system packages leave.
//!
//! A package's own word is enough for the directory it lies in, and for no other: a link does not make
//! it the owner of what the link leads to, and no package owns a directory that all share.

use std::cmp::Reverse;

use super::{Draft, NodeSet, Owner, Owners};
use crate::facts::model::Topic;
use crate::facts::places::Places;
use crate::facts::shared_directories::{is_shared, is_system};
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
            let own = directory(draft, tree).filter(|(path, _)| !is_shared(path));
            trees.extend(own.map(|(path, root)| (path, root, index)));
        }
    }
    // The directories furthest down come first, so that a package within a package has its own; one
    // that was seen to is not entered again.
    trees.sort_by_key(|(path, _, index)| (Reverse(path.len()), *index));
    let mut done = NodeSet::default();
    for (_, root, index) in trees {
        claim_tree(draft, root, &mut done, |id| {
            owners.claim(id, Owner::Language(index));
        });
    }
}

/// Whose the files are that lie where a package could not be read cannot be said.
pub(super) fn doubt_undescribed(draft: &Draft<'_>, owners: &mut Owners) {
    let mut done = NodeSet::default();
    let gaps = draft.facts.gaps.iter();
    let unread = gaps.filter(|gap| gap.topic == Topic::LanguagePackages);
    for path in unread.filter_map(|gap| gap.path.as_deref()) {
        let tree = around(path.trim_start_matches('/'));
        let found = directory(draft, tree.as_bytes());
        if let Some((_, root)) = found.filter(|(path, _)| !is_system(path)) {
            claim_tree(draft, root, &mut done, |id| {
                owners.claim(id, Owner::Undetermined);
            });
        }
    }
}

/// The directory that a description speaks of: its own, or the one in which the directory of
/// descriptions lies.
fn around(path: &str) -> &str {
    let above = |path: &'_ str| path.rfind('/').unwrap_or(0);
    let own = path.get(..above(path)).unwrap_or_default();
    let in_own = ["package.json", ".deps.json", "release"];
    if in_own.iter().any(|ending| path.ends_with(ending)) {
        own
    } else {
        own.get(..above(own)).unwrap_or_default()
    }
}

/// Where a directory really is; a link to one is none.
fn directory(draft: &Draft<'_>, path: &[u8]) -> Option<(Vec<u8>, NodeId)> {
    let found = draft.tree.resolve(path, false).ok()?;
    let is_directory = draft.tree.node(found.id)?.is_directory();
    is_directory.then_some((found.path, found.id))
}

fn claim_tree(draft: &Draft<'_>, root: NodeId, done: &mut NodeSet, mut claim: impl FnMut(NodeId)) {
    let mut todo = vec![root];
    while let Some(id) = todo.pop() {
        if is_file(draft, id) {
            claim(id);
        } else if done.insert(id) {
            todo.extend(draft.tree.entries(id).map(|(_, child)| child));
        }
    }
}

fn is_file(draft: &Draft<'_>, id: NodeId) -> bool {
    draft.tree.node(id).is_some_and(|node| !node.is_directory())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_speaks_of_the_directory_it_is_in_or_the_one_above() {
        for (path, expected) in [
            ("a/node_modules/b/package.json", "a/node_modules/b"),
            ("app/x.deps.json", "app"),
            ("lib/a-1.dist-info/METADATA", "lib"),
            ("vendor/composer/installed.json", "vendor"),
            ("conda-meta/a.json", ""),
            ("a", ""),
        ] {
            assert_eq!(around(path), expected, "{path}");
        }
    }
}
