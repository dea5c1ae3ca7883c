//! A set of the tree's nodes: one bit each.

use crate::image::NodeId;

/// Bits of one word.
const WORD: u32 = 64;

/// Some nodes of a tree.
#[derive(Debug, Default)]
pub struct NodeSet(Vec<u64>);

impl NodeSet {
    /// Adds a node. False when it was there already.
    pub fn insert(&mut self, id: NodeId) -> bool {
        let (at, bit) = place(id);
        if self.0.len() <= at {
            self.0.resize(at.saturating_add(1), 0);
        }
        let Some(word) = self.0.get_mut(at) else {
            return false;
        };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Whether no node is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a node is in it.
    pub fn contains(&self, id: NodeId) -> bool {
        let (at, bit) = place(id);
        self.0.get(at).is_some_and(|word| word & bit != 0)
    }
}

fn place(id: NodeId) -> (usize, u64) {
    ((id / WORD) as usize, 1 << (id % WORD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_node_is_added_once() {
        let mut set = NodeSet::default();
        for id in [0, 63, 64, 1_000] {
            assert!(!set.contains(id));
            assert!(set.insert(id));
            assert!(!set.insert(id));
            assert!(set.contains(id));
        }
        assert!(!set.contains(65));
    }
}
