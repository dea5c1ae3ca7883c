//! The merged file tree: what a container started from the image would see.

use std::sync::atomic::{AtomicU64, Ordering};

use super::entry::{Content, Digests};
use super::error::ImageError;
use super::file_digests::FileDigests;
use super::limits::{MAX_LINKS, MAX_STEPS};
use super::names::Names;
use super::squash::check_link_steps;

/// Number of a node in its tree.
pub type NodeId = u32;

/// Where a regular file's content was read: its layer (from 1) and place among that layer's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentId {
    /// Layer, from 1.
    pub layer: u32,
    /// Place among the regular files of that layer, from 0.
    pub ordinal: u32,
}

/// Kind of a node with what only that kind has.
#[derive(Debug, Clone)]
pub enum NodeKind {
    /// Directory and its entries by name.
    Directory(Names<Box<[u8]>, NodeId>),
    /// Regular file. Hard links share the node.
    File(ContentId),
    /// Symbolic link and its target as written.
    Symlink(Box<[u8]>),
    /// Character device.
    CharacterDevice,
    /// Block device.
    BlockDevice,
    /// Named pipe.
    Fifo,
}

/// One file-system object.
#[derive(Debug, Clone)]
pub struct Node {
    /// Kind.
    pub kind: NodeKind,
    /// Permission bits, setuid and the like included.
    pub mode: u32,
    /// Owning user.
    pub uid: u32,
    /// Owning group.
    pub gid: u32,
    /// Size in bytes; 0 for all but regular files.
    pub size: u64,
    /// Layer it came from, from 1. For a directory, the highest layer that has an entry for it.
    pub layer: u32,
    /// Whether it carries file capabilities (capabilities(7)).
    pub capability: bool,
}

impl Node {
    /// Whether this is a directory.
    pub fn is_directory(&self) -> bool {
        matches!(self.kind, NodeKind::Directory(_))
    }

    /// The content's place, for a regular file.
    pub fn content(&self) -> Option<ContentId> {
        match self.kind {
            NodeKind::File(id) => Some(id),
            _ => None,
        }
    }

    /// Target of a symbolic link.
    pub fn link_target(&self) -> Option<&[u8]> {
        match &self.kind {
            NodeKind::Symlink(target) => Some(target),
            _ => None,
        }
    }
}

/// A link of a lower layer that a directory of a higher layer replaced.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReplacedLink {
    /// Path of the link.
    pub path: Vec<u8>,
    /// Its target as written.
    pub target: Vec<u8>,
    /// Layer of the directory that replaced it.
    pub layer: u32,
}

/// Why a path leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unresolved {
    /// No such entry.
    Missing,
    /// More than [`MAX_LINKS`] links or [`MAX_STEPS`] components: a loop, or as good as one. Also
    /// every look-up through a link once the limit on them all is reached.
    Loop,
}

/// Where a path leads after following links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The node.
    pub id: NodeId,
    /// Its path without links, without a slash in front.
    pub path: Vec<u8>,
}

/// What was learnt of the contents of one layer's files.
#[derive(Debug)]
pub(super) struct LayerContents<V> {
    pub(super) files: Vec<Content<V>>,
    pub(super) digests: FileDigests,
}

/// The tree. Paths have no slash in front; the root is the empty path.
#[derive(Debug)]
pub struct FileTree<V> {
    pub(super) nodes: Vec<Node>,
    pub(super) contents: Vec<LayerContents<V>>,
    pub(super) replaced_links: Vec<ReplacedLink>,
    /// Components of link targets walked so far, while the tree was built included.
    pub(super) link_steps: AtomicU64,
    pub(super) max_link_steps: u64,
}

/// Number of the root node.
pub const ROOT: NodeId = 0;

impl<V> FileTree<V> {
    /// The node with this number.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    /// What was learnt of a file's content.
    pub fn content(&self, id: ContentId) -> Option<&Content<V>> {
        self.contents
            .get((id.layer as usize).checked_sub(1)?)?
            .files
            .get(id.ordinal as usize)
    }

    /// The digests computed of a file's content; all `None` when none was asked for.
    pub fn digests(&self, id: ContentId) -> Digests {
        let layer = (id.layer as usize).checked_sub(1);
        let contents = layer.and_then(|layer| self.contents.get(layer));
        contents.map_or_else(Digests::default, |of| of.digests.of(id.ordinal))
    }

    /// Links of lower layers that became directories.
    pub fn replaced_links(&self) -> &[ReplacedLink] {
        &self.replaced_links
    }

    /// An entry of a directory.
    pub fn child(&self, directory: NodeId, name: &[u8]) -> Option<NodeId> {
        match &self.node(directory)?.kind {
            NodeKind::Directory(entries) => entries.get(name).copied(),
            _ => None,
        }
    }

    /// The entries of a directory, sorted by name.
    pub fn entries(&self, directory: NodeId) -> impl Iterator<Item = (&[u8], NodeId)> {
        let entries = match self.node(directory).map(|node| &node.kind) {
            Some(NodeKind::Directory(entries)) => Some(entries),
            _ => None,
        };
        entries
            .into_iter()
            .flat_map(Names::iter)
            .map(|(name, id)| (name.as_ref(), *id))
    }

    /// Looks a path up as written, following no link.
    pub fn lookup(&self, path: &[u8]) -> Option<NodeId> {
        parts(path).try_fold(ROOT, |at, part| self.child(at, part))
    }

    /// Follows a path as a process in the image would: links lead inside the image only, `..` at
    /// the root stays there. With `last` false a link at the very end is not followed.
    ///
    /// # Errors
    /// [`Unresolved`] when the path leads nowhere or in circles.
    pub fn resolve(&self, path: &[u8], last: bool) -> Result<Resolved, Unresolved> {
        let mut walk = Resolution::new(self);
        walk.follow(path, last)?;
        Ok(Resolved {
            id: walk.trail.last().map_or(ROOT, |step| step.0),
            path: walk.path,
        })
    }

    /// Whether all look-ups up to now stayed within `max_link_steps`. Beyond it they gave up, so
    /// that nothing that rests on them can be trusted.
    ///
    /// # Errors
    /// [`ImageError::Limit`].
    pub fn check_link_steps(&self) -> Result<(), ImageError> {
        let steps = self.link_steps.load(Ordering::Relaxed);
        // A fault of the whole image names no layer.
        check_link_steps(steps, self.max_link_steps).map_err(|fault| fault.in_layer(0))
    }

    /// Components of link targets that look-ups may still walk.
    pub fn link_steps_left(&self) -> u64 {
        let steps = self.link_steps.load(Ordering::Relaxed);
        self.max_link_steps.saturating_sub(steps)
    }

    /// Visits every entry below the root, parents before children, names in byte order.
    pub fn walk(&self, mut visit: impl FnMut(&[u8], NodeId, &Node)) {
        let mut path = Vec::new();
        let mut stack: Vec<(NodeId, usize, &[u8])> = Vec::new();
        let push_children = |stack: &mut Vec<_>, id, depth: usize| {
            let start = stack.len();
            stack.extend(self.entries(id).map(|(name, child)| (child, depth, name)));
            if let Some(added) = stack.get_mut(start..) {
                added.reverse();
            }
        };
        push_children(&mut stack, ROOT, 0);
        while let Some((id, parent_length, name)) = stack.pop() {
            path.truncate(parent_length);
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(name);
            if let Some(node) = self.node(id) {
                visit(&path, id, node);
                push_children(&mut stack, id, path.len());
            }
        }
    }
}

/// A walk along a path that follows links, with the way back kept for `..`.
struct Resolution<'a, V> {
    tree: &'a FileTree<V>,
    /// Nodes from the root, each with the length of the path before it.
    trail: Vec<(NodeId, usize)>,
    path: Vec<u8>,
    links: usize,
}

impl<'a, V> Resolution<'a, V> {
    fn new(tree: &'a FileTree<V>) -> Self {
        Self {
            tree,
            trail: Vec::new(),
            path: Vec::new(),
            links: 0,
        }
    }

    /// Counts components of a link's target: those that lead nowhere, which are read as well.
    fn charge(&self, target: &[u8]) -> Result<(), Unresolved> {
        let components = target.split(|&b| b == b'/').count() as u64;
        let before = self
            .tree
            .link_steps
            .fetch_add(components, Ordering::Relaxed);
        if before.saturating_add(components) > self.tree.max_link_steps {
            return Err(Unresolved::Loop);
        }
        Ok(())
    }

    fn follow(&mut self, path: &[u8], last: bool) -> Result<(), Unresolved> {
        // What is found from here on counts for nothing, see `check_link_steps`.
        if self.tree.link_steps_left() == 0 {
            return Err(Unresolved::Loop);
        }
        // Components still to walk, last one first; a link's target is pushed on top.
        let mut todo: Vec<Vec<u8>> = parts(path).rev().map(<[u8]>::to_vec).collect();
        let mut steps = 0usize;
        while let Some(part) = todo.pop() {
            steps = steps.saturating_add(1);
            if steps > MAX_STEPS {
                return Err(Unresolved::Loop);
            }
            if part == b".." {
                if let Some((_, length)) = self.trail.pop() {
                    self.path.truncate(length);
                }
                continue;
            }
            let here = self.trail.last().map_or(ROOT, |step| step.0);
            let id = self.tree.child(here, &part).ok_or(Unresolved::Missing)?;
            let target = self.tree.node(id).and_then(Node::link_target);
            match target {
                Some(target) if last || !todo.is_empty() => {
                    self.links = self.links.saturating_add(1);
                    if self.links > MAX_LINKS {
                        return Err(Unresolved::Loop);
                    }
                    if target.starts_with(b"/") {
                        self.trail.clear();
                        self.path.clear();
                    }
                    self.charge(target)?;
                    todo.extend(parts(target).rev().map(<[u8]>::to_vec));
                }
                _ => {
                    self.trail.push((id, self.path.len()));
                    if !self.path.is_empty() {
                        self.path.push(b'/');
                    }
                    self.path.extend_from_slice(&part);
                }
            }
        }
        Ok(())
    }
}

/// The components of a path, `.` and empty ones left out.
pub(super) fn parts(path: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    path.split(|&b| b == b'/')
        .filter(|part| !part.is_empty() && *part != b".")
}
