//! One layer as a tree of its own, the way it would be unpacked into an empty upper directory.
//!
//! Entries are taken in order; a later one replaces an earlier one of another type, and one below
//! the layer's own symbolic link lands in the link's target. Whiteouts are kept beside the entries,
//! by literal paths, for when the tree is laid over the layers below.

use super::entry::{RawEntry, RawKind};
use super::limits::{MAX_LINKS, MAX_STEPS};
use super::names::Names;
use super::squash::AnomalyKind;
use super::tree::{NodeId, parts};

pub(super) const WHITEOUT: &[u8] = b".wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";
/// AUFS kept its own files under this prefix; they are no whiteouts and no content.
const WHITEOUT_META: &[u8] = b".wh..wh.";

/// Number of a node of the layer's own tree.
pub(super) type UpperId = u32;

/// Place of an entry in its layer.
pub(super) type EntryIndex = u32;

/// A layer's own tree. All names are parts of its entries' paths and targets.
pub(super) struct Upper<'e> {
    pub(super) nodes: Vec<UpperNode<'e>>,
    entries: &'e [RawEntry],
    /// Components of link targets walked so far.
    pub(super) link_steps: u64,
}

pub(super) struct UpperNode<'e> {
    kind: UpperKind<'e>,
    /// The entry that made it; `None` for a directory only implied by what is below it.
    entry: Option<EntryIndex>,
    /// The last entry that set its mode and owner: a later hard link sets those of the file. `None`
    /// where that is the entry which made it.
    attributes: Option<EntryIndex>,
}

pub(super) enum UpperKind<'e> {
    Directory(Box<UpperDirectory<'e>>),
    /// Anything but a directory; a hard link into lower layers names the lower node.
    Leaf(Option<NodeId>),
}

#[derive(Default)]
pub(super) struct UpperDirectory<'e> {
    pub(super) entries: Names<&'e [u8], UpperId>,
    /// Names hidden below, in the order they came.
    pub(super) whiteouts: Vec<&'e [u8]>,
    pub(super) opaque: bool,
}

impl<'e> Upper<'e> {
    pub(super) const ROOT: UpperId = 0;

    /// An empty directory, for these entries to be put into.
    pub(super) fn new(entries: &'e [RawEntry]) -> Self {
        Self {
            nodes: vec![UpperNode {
                kind: UpperKind::Directory(Box::default()),
                entry: None,
                attributes: None,
            }],
            entries,
            link_steps: 0,
        }
    }

    fn node(&self, node: UpperId) -> Option<&UpperNode<'e>> {
        self.nodes.get(node as usize)
    }

    fn node_mut(&mut self, node: UpperId) -> Option<&mut UpperNode<'e>> {
        self.nodes.get_mut(node as usize)
    }

    fn entry(&self, index: Option<EntryIndex>) -> Option<&'e RawEntry> {
        self.entries.get(index? as usize)
    }

    pub(super) fn as_directory(&self, node: UpperId) -> Option<&UpperDirectory<'e>> {
        match &self.node(node)?.kind {
            UpperKind::Directory(directory) => Some(directory),
            UpperKind::Leaf(_) => None,
        }
    }

    /// A directory taken out, for the last time it is looked at.
    pub(super) fn take_directory(&mut self, node: UpperId) -> Option<Box<UpperDirectory<'e>>> {
        match &mut self.node_mut(node)?.kind {
            UpperKind::Directory(directory) => Some(std::mem::take(directory)),
            UpperKind::Leaf(_) => None,
        }
    }

    /// Whether a leaf has several names in this layer.
    pub(super) fn is_shared(&self, node: UpperId) -> bool {
        self.node(node)
            .is_some_and(|node| node.attributes.is_some())
    }

    pub(super) fn as_directory_mut(&mut self, node: UpperId) -> Option<&mut UpperDirectory<'e>> {
        match &mut self.node_mut(node)?.kind {
            UpperKind::Directory(directory) => Some(directory),
            UpperKind::Leaf(_) => None,
        }
    }

    pub(super) fn lower_of(&self, node: UpperId) -> Option<NodeId> {
        match self.node(node)?.kind {
            UpperKind::Leaf(lower) => lower,
            UpperKind::Directory(_) => None,
        }
    }

    /// The entry that made a node.
    pub(super) fn entry_of(&self, node: UpperId) -> Option<&'e RawEntry> {
        self.entry(self.node(node)?.entry)
    }

    /// The entry that set a node's mode and owner.
    pub(super) fn attributes_of(&self, node: UpperId) -> Option<&'e RawEntry> {
        let node = self.node(node)?;
        self.entry(node.attributes.or(node.entry))
    }

    pub(super) fn set_attributes(&mut self, node: UpperId, index: EntryIndex) {
        if let Some(node) = self.node_mut(node) {
            node.attributes = Some(index);
        }
    }

    pub(super) fn child(&self, node: UpperId, name: &[u8]) -> Option<UpperId> {
        self.as_directory(node)?.entries.get(name).copied()
    }

    pub(super) fn describe_root(&mut self, index: EntryIndex) {
        if let Some(root) = self.node_mut(Self::ROOT) {
            root.entry = Some(index);
        }
    }

    pub(super) fn put(&mut self, parent: UpperId, name: &'e [u8], node: UpperId) {
        if let Some(directory) = self.as_directory_mut(parent) {
            directory.entries.insert(name, node);
        }
    }

    pub(super) fn push(&mut self, kind: UpperKind<'e>, entry: Option<EntryIndex>) -> UpperId {
        let id = UpperId::try_from(self.nodes.len()).unwrap_or(UpperId::MAX);
        self.nodes.push(UpperNode {
            kind,
            entry,
            attributes: None,
        });
        id
    }

    pub(super) fn put_leaf(
        &mut self,
        parent: UpperId,
        name: &'e [u8],
        index: EntryIndex,
        lower: Option<NodeId>,
    ) {
        let node = self.push(UpperKind::Leaf(lower), Some(index));
        self.put(parent, name, node);
    }

    /// A directory entry joins a directory that is already there and replaces anything else.
    pub(super) fn put_directory(&mut self, parent: UpperId, name: &'e [u8], index: EntryIndex) {
        let existing = self
            .child(parent, name)
            .filter(|&node| self.as_directory(node).is_some());
        match existing.and_then(|node| self.node_mut(node)) {
            Some(node) => node.entry = Some(index),
            None => {
                let node = self.push(UpperKind::Directory(Box::default()), Some(index));
                self.put(parent, name, node);
            }
        }
    }

    /// The directory at `path`, through this layer's own links, made where it is missing.
    pub(super) fn directory(&mut self, path: &'e [u8]) -> Result<UpperId, AnomalyKind> {
        let mut way = Way::along(path);
        let found = self.make_along(&mut way);
        self.link_steps = self.link_steps.saturating_add(way.link_steps);
        found
    }

    fn make_along(&mut self, way: &mut Way<'e>) -> Result<UpperId, AnomalyKind> {
        while let Some(part) = way.next_part()? {
            let here = way.here();
            let child = self.child(here, part);
            if let Some(target) = child.and_then(|node| self.link_of(node)) {
                way.follow(target)?;
                continue;
            }
            let next = child.filter(|&node| self.as_directory(node).is_some());
            way.enter(next.unwrap_or_else(|| {
                let node = self.push(UpperKind::Directory(Box::default()), None);
                self.put(here, part, node);
                node
            }));
        }
        Ok(way.here())
    }

    /// The leaf at `path` in this layer; its parents may be the layer's own links.
    pub(super) fn find_leaf(&mut self, path: &'e [u8]) -> Option<UpperId> {
        let mut way = Way::along(path);
        let found = self.find_along(&mut way);
        self.link_steps = self.link_steps.saturating_add(way.link_steps);
        found
    }

    fn find_along(&self, way: &mut Way<'e>) -> Option<UpperId> {
        while let Some(part) = way.next_part().ok()? {
            let child = self.child(way.here(), part)?;
            match self.link_of(child) {
                Some(target) if !way.is_done() => way.follow(target).ok()?,
                _ => way.enter(child),
            }
        }
        Some(way.here()).filter(|&node| node != Self::ROOT && self.as_directory(node).is_none())
    }

    fn link_of(&self, node: UpperId) -> Option<&'e [u8]> {
        let entry = self.entry_of(node)?;
        (entry.kind == RawKind::Symlink).then(|| entry.target())
    }

    /// Notes a whiteout. Its parents are taken literally: below a link there is nothing to remove,
    /// since the link itself hides what was there.
    pub(super) fn whiteout(&mut self, parent: &'e [u8], name: &'e [u8], hidden: &'e [u8]) {
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
                    let node = self.push(UpperKind::Directory(Box::default()), None);
                    self.put(at, part, node);
                    node
                }
            };
        }
        if let Some(directory) = self.as_directory_mut(at) {
            if name == OPAQUE {
                directory.opaque = true;
            } else {
                directory.whiteouts.push(hidden);
            }
        }
    }
}

/// A walk along a path through a layer's own links.
struct Way<'e> {
    /// Components still to walk, last one first; a link's target is pushed on top.
    todo: Vec<&'e [u8]>,
    /// Nodes from the root to where the walk is.
    trail: Vec<UpperId>,
    links: usize,
    steps: usize,
    /// Components of all link targets on the way.
    link_steps: u64,
}

impl<'e> Way<'e> {
    fn along(path: &'e [u8]) -> Self {
        Self {
            todo: parts(path).rev().collect(),
            trail: vec![Upper::ROOT],
            links: 0,
            steps: 0,
            link_steps: 0,
        }
    }

    fn here(&self) -> UpperId {
        self.trail.last().copied().unwrap_or(Upper::ROOT)
    }

    fn is_done(&self) -> bool {
        self.todo.is_empty()
    }

    /// The next component to walk; `..` is walked here, and stays at the root.
    fn next_part(&mut self) -> Result<Option<&'e [u8]>, AnomalyKind> {
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

    fn enter(&mut self, node: UpperId) {
        self.trail.push(node);
    }

    fn follow(&mut self, target: &'e [u8]) -> Result<(), AnomalyKind> {
        self.links = self.links.saturating_add(1);
        if self.links > MAX_LINKS {
            return Err(AnomalyKind::LinkLoop);
        }
        if target.starts_with(b"/") {
            self.trail.truncate(1);
        }
        let before = self.todo.len();
        self.todo.extend(parts(target).rev());
        let added = self.todo.len().saturating_sub(before);
        self.link_steps = self.link_steps.saturating_add(added as u64);
        Ok(())
    }
}
