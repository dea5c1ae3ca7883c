//! Lays layers over one another, as the OCI image specification (layer.md, "Whiteouts") and
//! overlayfs do.
//!
//! Each layer is first built as a tree of its own, the way it would be unpacked into an empty
//! upper directory: entries in order, a later one replacing an earlier one of another type, an
//! entry below the layer's own symbolic link landing in the link's target. That tree is then laid
//! over the layers below by literal paths: a directory over a directory joins it, anything else
//! replaces what was there, and no lower symbolic link is ever followed. A whiteout removes lower
//! entries only, wherever in the layer it stands.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;

use super::entry::{LayerRecord, RawEntry, RawKind};
use super::error::LayerFault;
use super::limits::Limits;
use super::names::Names;
use super::tree::{
    ContentId, FileTree, LayerContents, Node, NodeId, NodeKind, ROOT, ReplacedLink, parts,
};
use super::upper::{EntryIndex, Upper, UpperDirectory, UpperId, WHITEOUT};
use super::{Image, LayerCount};

/// Something in a layer that leads nowhere and was left out of the tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anomaly {
    /// Layer, from 1.
    pub layer: u32,
    /// Path as stored.
    pub path: Vec<u8>,
    /// What is wrong.
    pub kind: AnomalyKind,
}

/// Kinds of [`Anomaly`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnomalyKind {
    /// The name climbs out with `..`, is empty or holds a NUL.
    RefusedName,
    /// A hard link to nothing.
    DanglingHardLink,
    /// The parents are links that go in circles.
    LinkLoop,
    /// A regular file stored with its holes left out: it is in the tree, its content unread.
    Sparse,
}

/// Something of a lower layer that a whiteout or an opaque directory took away.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Removal {
    /// What was taken away, with all that was below it. For an opaque directory, the directory.
    pub path: Vec<u8>,
    /// Layer of the whiteout.
    pub layer: u32,
}

/// Builds the tree by laying one layer after another.
pub(super) struct Squash<V> {
    nodes: Vec<Node>,
    contents: Vec<LayerContents<V>>,
    layers: Vec<LayerCount>,
    replaced_links: Vec<ReplacedLink>,
    anomalies: Vec<Anomaly>,
    removals: Vec<Removal>,
    layer: u32,
    limits: Limits,
    link_steps: u64,
}

impl<V> Squash<V> {
    /// Starts with an empty root; at most `max_entries` nodes are made.
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            nodes: vec![Node {
                kind: NodeKind::Directory(Names::default()),
                mode: 0o755,
                uid: 0,
                gid: 0,
                size: 0,
                layer: 1,
                capability: false,
            }],
            contents: Vec::new(),
            layers: Vec::new(),
            replaced_links: Vec::new(),
            anomalies: Vec::new(),
            removals: Vec::new(),
            layer: 0,
            limits: limits.clone(),
            link_steps: 0,
        }
    }

    /// The finished image.
    pub(super) fn finish(self) -> Image<V> {
        Image {
            tree: FileTree {
                nodes: self.nodes,
                contents: self.contents,
                replaced_links: self.replaced_links,
                link_steps: AtomicU64::new(self.link_steps),
                max_link_steps: self.limits.max_link_steps,
            },
            layers: self.layers,
            anomalies: self.anomalies,
            removals: self.removals,
        }
    }

    /// Lays the next layer on top. Of its record only the contents stay.
    pub(super) fn lay(&mut self, record: LayerRecord<V>) -> Result<(), LayerFault> {
        self.layer = self.layer.saturating_add(1);
        let walked = record.walked;
        for name in &walked.refused {
            self.report(name, AnomalyKind::RefusedName);
        }
        for name in &walked.sparse {
            self.report(name, AnomalyKind::Sparse);
        }
        self.layers.push(LayerCount {
            tar_bytes: record.tar_bytes,
            entries: walked.entries.len() as u64,
        });
        self.contents.push(LayerContents {
            files: walked.contents,
            digests: walked.digests,
        });
        let upper = self.build_upper(&walked.entries)?;
        self.merge(upper);
        Ok(())
    }

    fn report(&mut self, path: &[u8], kind: AnomalyKind) {
        self.anomalies.push(Anomaly {
            layer: self.layer,
            path: path.to_vec(),
            kind,
        });
    }

    fn build_upper<'e>(&mut self, entries: &'e [RawEntry]) -> Result<Upper<'e>, LayerFault> {
        let mut upper = Upper::new(entries);
        for (index, entry) in (0..).zip(entries) {
            if let Err(kind) = self.place(&mut upper, index, entry) {
                self.report(entry.path(), kind);
            }
            let made = self.nodes.len().saturating_add(upper.nodes.len());
            if made as u64 > self.limits.max_entries {
                return Err(LayerFault::Total(
                    "the number of entries in all layers",
                    self.limits.max_entries,
                    "--max-entries",
                ));
            }
            check_link_steps(
                self.link_steps.saturating_add(upper.link_steps),
                self.limits.max_link_steps,
            )?;
        }
        self.link_steps = self.link_steps.saturating_add(upper.link_steps);
        Ok(upper)
    }

    fn place<'e>(
        &self,
        upper: &mut Upper<'e>,
        index: EntryIndex,
        entry: &'e RawEntry,
    ) -> Result<(), AnomalyKind> {
        let (parent, name) = split_last(entry.path());
        if name.is_empty() {
            upper.describe_root(index);
            return Ok(());
        }
        if let Some(hidden) = name.strip_prefix(WHITEOUT) {
            upper.whiteout(parent, name, hidden);
            return Ok(());
        }
        let parent = upper.directory(parent)?;
        match &entry.kind {
            RawKind::Directory => upper.put_directory(parent, name, index),
            RawKind::HardLink => {
                let (node, entry) = self.hard_link(upper, entry.target())?;
                match (node, entry) {
                    (Some(same), _) => {
                        upper.put(parent, name, same);
                        upper.set_attributes(same, index);
                    }
                    (None, lower) => upper.put_leaf(parent, name, index, lower),
                }
            }
            _ => upper.put_leaf(parent, name, index, None),
        }
        Ok(())
    }

    /// Where a hard link leads: a node of this layer, or a regular file of the layers below.
    fn hard_link<'e>(
        &self,
        upper: &mut Upper<'e>,
        target: &'e [u8],
    ) -> Result<(Option<UpperId>, Option<NodeId>), AnomalyKind> {
        if let Some(node) = upper.find_leaf(target) {
            return Ok((Some(node), None));
        }
        let lower = parts(target)
            .try_fold(ROOT, |at, part| self.child(at, part))
            .filter(|&id| self.is_file(id))
            .ok_or(AnomalyKind::DanglingHardLink)?;
        Ok((None, Some(lower)))
    }

    fn child(&self, directory: NodeId, name: &[u8]) -> Option<NodeId> {
        match &self.nodes.get(directory as usize)?.kind {
            NodeKind::Directory(entries) => entries.get(name).copied(),
            _ => None,
        }
    }

    fn is_directory(&self, id: NodeId) -> bool {
        self.nodes.get(id as usize).is_some_and(Node::is_directory)
    }

    fn is_file(&self, id: NodeId) -> bool {
        let node = self.nodes.get(id as usize);
        node.is_some_and(|node| matches!(node.kind, NodeKind::File(_)))
    }

    fn merge(&mut self, mut upper: Upper<'_>) {
        // Hard links within the layer share one node, so each upper node is made once.
        let mut made: BTreeMap<UpperId, NodeId> = BTreeMap::new();
        let mut todo = vec![(Upper::ROOT, ROOT, Vec::new())];
        while let Some((from, onto, path)) = todo.pop() {
            // Each is laid once, and gone then.
            let Some(directory) = upper.take_directory(from) else {
                continue;
            };
            self.clear_hidden(onto, &directory, &path);
            if let Some(entry) = upper.entry_of(from) {
                self.describe(onto, entry);
            }
            let mut laid = Vec::new();
            for (&name, &child) in directory.entries.iter() {
                let existing = self.child(onto, name);
                if upper.as_directory(child).is_some() {
                    let mut child_path = path.clone();
                    push_part(&mut child_path, name);
                    let target = match existing.filter(|&id| self.is_directory(id)) {
                        Some(id) => id,
                        None => {
                            self.note_replaced_link(existing, &child_path);
                            let id = self.push(implied_directory(self.layer));
                            laid.push((name.into(), id));
                            id
                        }
                    };
                    todo.push((child, target, child_path));
                } else {
                    let id = match made.get(&child) {
                        Some(&id) => Some(id),
                        None => self.make_leaf(&upper, child),
                    };
                    if let Some(id) = id {
                        if upper.is_shared(child) {
                            made.insert(child, id);
                        }
                        laid.push((name.into(), id));
                    }
                }
            }
            if let Some(Node {
                kind: NodeKind::Directory(entries),
                ..
            }) = self.nodes.get_mut(onto as usize)
            {
                entries.insert_all(laid);
            }
        }
    }

    fn clear_hidden(&mut self, onto: NodeId, directory: &UpperDirectory<'_>, path: &[u8]) {
        let Some(Node {
            kind: NodeKind::Directory(lower),
            ..
        }) = self.nodes.get_mut(onto as usize)
        else {
            return;
        };
        let mut removed = Vec::new();
        if directory.opaque && !lower.is_empty() {
            *lower = Names::default();
            removed.push(path.to_vec());
        }
        for name in &directory.whiteouts {
            if lower.remove(name).is_some() {
                let mut gone = path.to_vec();
                push_part(&mut gone, name);
                removed.push(gone);
            }
        }
        let layer = self.layer;
        self.removals
            .extend(removed.into_iter().map(|path| Removal { path, layer }));
    }

    fn describe(&mut self, id: NodeId, entry: &RawEntry) {
        let layer = self.layer;
        if let Some(node) = self.nodes.get_mut(id as usize) {
            node.mode = entry.mode;
            node.uid = entry.uid;
            node.gid = entry.gid;
            node.layer = layer;
        }
    }

    fn note_replaced_link(&mut self, existing: Option<NodeId>, path: &[u8]) {
        let target = existing
            .and_then(|id| self.nodes.get(id as usize))
            .and_then(Node::link_target);
        if let Some(target) = target {
            let link = ReplacedLink {
                path: path.to_vec(),
                target: target.to_vec(),
                layer: self.layer,
            };
            self.replaced_links.push(link);
        }
    }

    fn make_leaf(&mut self, upper: &Upper<'_>, child: UpperId) -> Option<NodeId> {
        let entry = upper.entry_of(child)?;
        let attributes = upper.attributes_of(child).unwrap_or(entry);
        let kind = match &entry.kind {
            RawKind::File(ordinal) => NodeKind::File(ContentId {
                layer: self.layer,
                ordinal: *ordinal,
            }),
            RawKind::Symlink => NodeKind::Symlink(entry.target().into()),
            RawKind::CharacterDevice => NodeKind::CharacterDevice,
            RawKind::BlockDevice => NodeKind::BlockDevice,
            RawKind::Fifo => NodeKind::Fifo,
            // A hard link to a lower file is a copy of it made by this layer.
            RawKind::HardLink => {
                let lower = self.nodes.get(upper.lower_of(child)? as usize)?.clone();
                return Some(self.push(Node {
                    layer: self.layer,
                    mode: attributes.mode,
                    uid: attributes.uid,
                    gid: attributes.gid,
                    capability: lower.capability || attributes.capability,
                    ..lower
                }));
            }
            RawKind::Directory => return None,
        };
        Some(self.push(Node {
            kind,
            mode: attributes.mode,
            uid: attributes.uid,
            gid: attributes.gid,
            size: entry.size,
            layer: self.layer,
            capability: entry.capability || attributes.capability,
        }))
    }

    fn push(&mut self, node: Node) -> NodeId {
        let id = NodeId::try_from(self.nodes.len()).unwrap_or(NodeId::MAX);
        self.nodes.push(node);
        id
    }
}

/// Refuses an image whose links lead through more components than `limit`.
pub(super) fn check_link_steps(steps: u64, limit: u64) -> Result<(), LayerFault> {
    if steps > limit {
        let what = "the number of path components walked through symbolic links";
        return Err(LayerFault::Total(what, limit, "--max-link-steps"));
    }
    Ok(())
}

fn implied_directory(layer: u32) -> Node {
    Node {
        kind: NodeKind::Directory(Names::default()),
        mode: 0o755,
        uid: 0,
        gid: 0,
        size: 0,
        layer,
        capability: false,
    }
}

fn push_part(path: &mut Vec<u8>, part: &[u8]) {
    if !path.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(part);
}

fn split_last(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&b| b == b'/') {
        Some(at) => (
            path.get(..at).unwrap_or_default(),
            path.get(at.saturating_add(1)..).unwrap_or_default(),
        ),
        None => (&[], path),
    }
}
