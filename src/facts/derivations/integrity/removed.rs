//! Which layer took a packaged file away.

use std::collections::HashMap;

use crate::facts::probes::Probed;
use crate::image::{FileTree, Removal};

/// What whiteouts took away (OCI image-spec, layer.md, "Whiteouts").
pub(super) struct Removed<'a> {
    tree: &'a FileTree<Probed>,
    /// The last layer that took a path away.
    layers: HashMap<&'a [u8], u32>,
}

impl<'a> Removed<'a> {
    /// By these whiteouts.
    pub(super) fn new(tree: &'a FileTree<Probed>, removals: &'a [Removal]) -> Self {
        let mut layers: HashMap<&[u8], u32> = HashMap::new();
        for removal in removals {
            let last = layers.entry(&removal.path).or_default();
            *last = removal.layer.max(*last);
        }
        Self { tree, layers }
    }

    /// The last layer that took away a recorded path or a directory it was in. `None` where no
    /// whiteout did: then it was gone before its layer was written, or never there.
    pub(super) fn layer(&self, path: &[u8]) -> Option<u32> {
        if self.layers.is_empty() {
            return None;
        }
        let path = self.real(path);
        let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        let above = ends.filter_map(|(at, _)| path.get(..at));
        above
            .chain([path.as_slice()])
            .filter_map(|place| self.layers.get(place).copied())
            .max()
    }

    /// The path through the links of those of its directories that are still there.
    fn real(&self, path: &[u8]) -> Vec<u8> {
        let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        for (at, _) in ends.rev() {
            let Some((parent, rest)) = path.split_at_checked(at) else {
                continue;
            };
            if let Ok(found) = self.tree.resolve(parent, true) {
                return [&found.path, rest].concat();
            }
        }
        path.to_vec()
    }
}
