//! One layer as a tree of its own, the way it would be unpacked into an empty upper directory.
//!
//! Entries are taken in order; a later one replaces an earlier one of another type, and one below
//! the layer's own symbolic link lands in the link's target. Whiteouts are kept beside the entries,
//! by literal paths, for when the tree is laid over the layers below.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{RawEntry, RawKind};
use super::limits::{MAX_LINKS, MAX_STEPS};
use super::squash::AnomalyKind;
use super::tree::{NodeId, parts};

pub(super) const WHITEOUT: &[u8] = b".wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";
/// AUFS kept its own files under this prefix; they are no whiteouts and no content.
const WHITEOUT_META: &[u8] = b".wh..wh.";

/// A layer's own tree.
pub(super) struct Upper {
    pub(super) nodes: Vec<UpperNode>,
    /// Components of link targets walked so far.
    pub(super) link_steps: u64,
}

pub(super) struct UpperNode {
    kind: UpperKind,
    /// The entry that made it; `None` for a directory only implied by what is below it.
    entry: Option<usize>,
    /// The last entry that set its mode and owner: a later hard link sets those of the file.
    attributes: Option<usize>,
}

pub(super) enum UpperKind {
    Directory(UpperDirectory),
    /// Anything but a directory; a hard link into lower layers names the lower node.
    Leaf(Option<NodeId>),
}

#[derive(Default)]
pub(super) struct UpperDirectory {
    pub(super) entries: BTreeMap<Box<[u8]>, usize>,
    pub(super) whiteouts: BTreeSet<Box<[u8]>>,
    pub(super) opaque: bool,
}

impl Upper {
    pub(super) const ROOT: usize = 0;

    pub(super) fn new() -> Self {
        Self {
            nodes: vec![UpperNode {
                kind: UpperKind::Directory(UpperDirectory::default()),
                entry: None,
                attributes: None,
            }],
            link_steps: 0,
        }
    }

    pub(super) fn as_directory(&self, node: usize) -> Option<&UpperDirectory> {
        match &self.nodes.get(node)?.kind {
            UpperKind::Directory(directory) => Some(directory),
            UpperKind::Leaf(_) => None,
        }
    }

    pub(super) fn as_directory_mut(&mut self, node: usize) -> Option<&mut UpperDirectory> {
        match &mut self.nodes.get_mut(node)?.kind {
            UpperKind::Directory(directory) => Some(directory),
            UpperKind::Leaf(_) => None,
        }
    }

    pub(super) fn lower_of(&self, node: usize) -> Option<NodeId> {
        match self.nodes.get(node)?.kind {
            UpperKind::Leaf(lower) => lower,
            UpperKind::Directory(_) => None,
        }
    }

    pub(super) fn entry_of<'e>(
        &self,
        node: usize,
        entries: &'e [RawEntry],
    ) -> Option<&'e RawEntry> {
        entries.get(self.nodes.get(node)?.entry?)
    }

    pub(super) fn attributes_of<'e>(
        &self,
        node: usize,
        entries: &'e [RawEntry],
    ) -> Option<&'e RawEntry> {
        entries.get(self.nodes.get(node)?.attributes?)
    }

    pub(super) fn set_attributes(&mut self, node: usize, index: usize) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.attributes = Some(index);
        }
    }

    pub(super) fn child(&self, node: usize, name: &[u8]) -> Option<usize> {
        self.as_directory(node)?.entries.get(name).copied()
    }

    pub(super) fn describe_root(&mut self, index: usize) {
        if let Some(root) = self.nodes.get_mut(Self::ROOT) {
            root.entry = Some(index);
        }
    }

    pub(super) fn put(&mut self, parent: usize, name: &[u8], node: usize) {
        if let Some(directory) = self.as_directory_mut(parent) {
            directory.entries.insert(name.into(), node);
        }
    }

    pub(super) fn push(&mut self, kind: UpperKind, entry: Option<usize>) -> usize {
        self.nodes.push(UpperNode {
            kind,
            entry,
            attributes: entry,
        });
        self.nodes.len().saturating_sub(1)
    }

    pub(super) fn put_leaf(
        &mut self,
        parent: usize,
        name: &[u8],
        index: usize,
        lower: Option<NodeId>,
    ) {
        let node = self.push(UpperKind::Leaf(lower), Some(index));
        self.put(parent, name, node);
    }

    /// A directory entry joins a directory that is already there and replaces anything else.
    pub(super) fn put_directory(&mut self, parent: usize, name: &[u8], index: usize) {
        let existing = self
            .child(parent, name)
            .filter(|&node| self.as_directory(node).is_some());
        match existing.and_then(|node| self.nodes.get_mut(node)) {
            Some(node) => node.entry = Some(index),
            None => {
                let node = self.push(UpperKind::Directory(UpperDirectory::default()), Some(index));
                self.put(parent, name, node);
            }
        }
    }

    /// The directory at `path`, through this layer's own links, made where it is missing.
    pub(super) fn directory(
        &mut self,
        entries: &[RawEntry],
        path: &[u8],
    ) -> Result<usize, AnomalyKind> {
        let mut way = Way::along(path);
        let found = self.make_along(&mut way, entries);
        self.link_steps = self.link_steps.saturating_add(way.link_steps);
        found
    }

    fn make_along(&mut self, way: &mut Way, entries: &[RawEntry]) -> Result<usize, AnomalyKind> {
        while let Some(part) = way.next_part()? {
            let here = way.here();
            let child = self.child(here, &part);
            if let Some(target) = child.and_then(|node| self.link_of(node, entries)) {
                way.follow(target)?;
                continue;
            }
            let next = child.filter(|&node| self.as_directory(node).is_some());
            way.enter(next.unwrap_or_else(|| {
                let node = self.push(UpperKind::Directory(UpperDirectory::default()), None);
                self.put(here, &part, node);
                node
            }));
        }
        Ok(way.here())
    }

    /// The leaf at `path` in this layer; its parents may be the layer's own links.
    pub(super) fn find_leaf(&mut self, entries: &[RawEntry], path: &[u8]) -> Option<usize> {
        let mut way = Way::along(path);
        let found = self.find_along(&mut way, entries);
        self.link_steps = self.link_steps.saturating_add(way.link_steps);
        found
    }

    fn find_along(&self, way: &mut Way, entries: &[RawEntry]) -> Option<usize> {
        while let Some(part) = way.next_part().ok()? {
            let child = self.child(way.here(), &part)?;
            match self.link_of(child, entries) {
                Some(target) if !way.is_done() => way.follow(target).ok()?,
                _ => way.enter(child),
            }
        }
        Some(way.here()).filter(|&node| node != Self::ROOT && self.as_directory(node).is_none())
    }

    pub(super) fn link_of<'e>(&self, node: usize, entries: &'e [RawEntry]) -> Option<&'e [u8]> {
        match &self.entry_of(node, entries)?.kind {
            RawKind::Symlink(target) => Some(target),
            _ => None,
        }
    }

    /// Notes a whiteout. Its parents are taken literally: below a link there is nothing to remove,
    /// since the link itself hides what was there.
    pub(super) fn whiteout(&mut self, parent: &[u8], name: &[u8], hidden: &[u8]) {
        let meta = name.starts_with(WHITEOUT_META) && name != OPAQUE;
        // `.wh.`, `.wh..` and `.wh...` would name the directory itself or its parent.
        if meta || matches!(hidden, b"" | b"." | b"..") {
            return;
        }
        let mut at = Self::ROOT;
        for part in parts(parent) {
            at = match self.child(at, part) {
                Some(child) if self.as_directory(child).is_some() => child,
                Some(_) => return,
                None => {
                    let node = self.push(UpperKind::Directory(UpperDirectory::default()), None);
                    self.put(at, part, node);
                    node
                }
            };
        }
        if let Some(directory) = self.as_directory_mut(at) {
            if name == OPAQUE {
                directory.opaque = true;
            } else {
                directory.whiteouts.insert(hidden.into());
            }
        }
    }
}

/// A walk along a path through a layer's own links.
struct Way {
    /// Components still to walk, last one first; a link's target is pushed on top.
    todo: Vec<Vec<u8>>,
    /// Nodes from the root to where the walk is.
    trail: Vec<usize>,
    links: usize,
    steps: usize,
    /// Components of all link targets on the way.
    link_steps: u64,
}

impl Way {
    fn along(path: &[u8]) -> Self {
        Self {
            todo: parts(path).rev().map(<[u8]>::to_vec).collect(),
            trail: vec![Upper::ROOT],
            links: 0,
            steps: 0,
            link_steps: 0,
        }
    }

    fn here(&self) -> usize {
        self.trail.last().copied().unwrap_or(Upper::ROOT)
    }

    fn is_done(&self) -> bool {
        self.todo.is_empty()
    }

    /// The next component to walk; `..` is walked here, and stays at the root.
    fn next_part(&mut self) -> Result<Option<Vec<u8>>, AnomalyKind> {
        while let Some(part) = self.todo.pop() {
            self.steps = self.steps.saturating_add(1);
            if self.steps > MAX_STEPS {
                return Err(AnomalyKind::LinkLoop);
            }
            if part != b".." {
                return Ok(Some(part));
            }
            if self.trail.len() > 1 {
                self.trail.pop();
            }
        }
        Ok(None)
    }

    fn enter(&mut self, node: usize) {
        self.trail.push(node);
    }

    fn follow(&mut self, target: &[u8]) -> Result<(), AnomalyKind> {
        self.links = self.links.saturating_add(1);
        if self.links > MAX_LINKS {
            return Err(AnomalyKind::LinkLoop);
        }
        if target.starts_with(b"/") {
            self.trail.truncate(1);
        }
        let before = self.todo.len();
        self.todo.extend(parts(target).rev().map(<[u8]>::to_vec));
        let added = self.todo.len().saturating_sub(before);
        self.link_steps = self.link_steps.saturating_add(added as u64);
        Ok(())
    }
}
