//! From a path in a package's file list to the node it means.

use std::collections::HashMap;

use super::probes::Probed;
use crate::image::{FileTree, NodeId};

/// Finds the nodes of recorded paths, remembering the directories it has been to.
pub struct Places<'a> {
    tree: &'a FileTree<Probed>,
    directories: HashMap<Vec<u8>, Option<NodeId>>,
}

impl<'a> Places<'a> {
    /// In this tree.
    pub fn new(tree: &'a FileTree<Probed>) -> Self {
        Self {
            tree,
            directories: HashMap::new(),
        }
    }

    /// The node at `path`, through its parents' links.
    pub fn node(&mut self, path: &[u8]) -> Option<NodeId> {
        let split = path.iter().rposition(|&b| b == b'/');
        let (directory, name) = match split {
            Some(at) => (path.get(..at)?, path.get(at.checked_add(1)?..)?),
            None => (&[][..], path),
        };
        let directory = match self.directories.get(directory) {
            Some(known) => *known,
            None => {
                let found = self
                    .tree
                    .resolve(directory, true)
                    .ok()
                    .map(|found| found.id);
                self.directories.insert(directory.to_vec(), found);
                found
            }
        };
        self.tree.child(directory?, name)
    }
}
