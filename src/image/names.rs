//! The entries of one directory by name.
//!
//! Most directories have a handful of entries, and hostile images have millions of directories with
//! one each: few are kept in a sorted list, which costs what its entries cost; many in a B-tree.

use std::borrow::Borrow;
use std::collections::BTreeMap;

/// The longest list that is kept as one; also what a B-tree's smallest node has room for.
const FEW: usize = 11;

/// Entries by name, in byte order.
#[derive(Debug, Clone)]
pub struct Names<K, V>(Inner<K, V>);

#[expect(
    clippy::box_collection,
    reason = "a million directories are a third smaller for it"
)]
#[derive(Debug, Clone)]
enum Inner<K, V> {
    Few(Vec<(K, V)>),
    Many(Box<BTreeMap<K, V>>),
}

impl<K, V> Default for Names<K, V> {
    fn default() -> Self {
        Self(Inner::Few(Vec::new()))
    }
}

impl<K: Ord + Borrow<[u8]>, V> Names<K, V> {
    /// The entry of this name.
    pub fn get(&self, name: &[u8]) -> Option<&V> {
        match &self.0 {
            Inner::Few(list) => {
                let at = list.binary_search_by(|(key, _)| key.borrow().cmp(name));
                list.get(at.ok()?).map(|(_, value)| value)
            }
            Inner::Many(map) => map.get(name),
        }
    }

    /// Puts an entry in the place of any of this name.
    pub fn insert(&mut self, name: K, value: V) {
        let list = match &mut self.0 {
            Inner::Many(map) => {
                map.insert(name, value);
                return;
            }
            Inner::Few(list) => list,
        };
        match list.binary_search_by(|(key, _)| key.borrow().cmp(name.borrow())) {
            Ok(at) => {
                if let Some(entry) = list.get_mut(at) {
                    entry.1 = value;
                }
            }
            Err(at) => {
                if list.is_empty() {
                    list.reserve_exact(1);
                }
                list.insert(at, (name, value));
            }
        }
        if list.len() > FEW {
            self.0 = Inner::Many(Box::new(std::mem::take(list).into_iter().collect()));
        }
    }

    /// Puts many entries, which come sorted and each once.
    pub fn insert_all(&mut self, sorted: Vec<(K, V)>) {
        if self.is_empty() {
            // Built in one go, a B-tree's nodes are full.
            self.0 = if sorted.len() > FEW {
                Inner::Many(Box::new(sorted.into_iter().collect()))
            } else {
                let mut list = sorted;
                list.shrink_to_fit();
                Inner::Few(list)
            };
            return;
        }
        for (name, value) in sorted {
            self.insert(name, value);
        }
    }

    /// Takes the entry of this name away.
    pub fn remove(&mut self, name: &[u8]) -> Option<V> {
        match &mut self.0 {
            Inner::Few(list) => {
                let at = list.binary_search_by(|(key, _)| key.borrow().cmp(name));
                Some(list.remove(at.ok()?).1)
            }
            Inner::Many(map) => map.remove(name),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Inner::Few(list) => list.is_empty(),
            Inner::Many(map) => map.is_empty(),
        }
    }

    /// All of them, in byte order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let (list, map) = match &self.0 {
            Inner::Few(list) => (Some(list), None),
            Inner::Many(map) => (None, Some(map)),
        };
        let few = list
            .into_iter()
            .flatten()
            .map(|(name, value)| (name, value));
        few.chain(map.into_iter().flat_map(|map| map.iter()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_a_map(steps in prop::collection::vec((any::<bool>(), 0u8..40), 0..120)) {
            let mut ours: Names<Box<[u8]>, usize> = Names::default();
            let mut model = BTreeMap::new();
            for (at, (insert, name)) in steps.into_iter().enumerate() {
                let key: Box<[u8]> = vec![name; 1 + usize::from(name % 3)].into();
                if insert {
                    ours.insert(key.clone(), at);
                    model.insert(key, at);
                } else {
                    prop_assert_eq!(ours.remove(&key), model.remove(&key));
                }
                prop_assert!(ours.iter().eq(model.iter()));
                prop_assert_eq!(ours.is_empty(), model.is_empty());
                for name in 0..40u8 {
                    prop_assert_eq!(ours.get(&[name]), model.get(&[name][..]));
                }
            }
            let mut all: Names<Box<[u8]>, usize> = Names::default();
            all.insert_all(model.clone().into_iter().collect());
            prop_assert!(all.iter().eq(model.iter()));
        }
    }
}
