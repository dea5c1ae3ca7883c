//! Hands extractors the files they asked for, and nothing else.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::anywhere::{MAX_FOUND, Matches, Patterns};
use super::contract::{Extraction, Want};
use super::model::{GapKind, Topic};
use super::probes::Probed;
use super::text::{display_path, lossless};
use crate::image::{FileTree, Kept, NodeId, Unresolved};

/// Bytes of a file that is asked for by the end of its path: anybody may call any file so. The
/// longest real list of a package's files has some megabytes.
const MAX_DESCRIPTION_BYTES: u64 = 16 << 20;

/// The wants of all extractors, ready to be asked about a path in the layer pass.
#[derive(Debug, Default)]
pub struct WantList {
    paths: BTreeSet<&'static [u8]>,
    directories: BTreeMap<&'static [u8], Vec<&'static [u8]>>,
    folders: BTreeMap<&'static [u8], &'static [&'static str]>,
    anywhere: Patterns,
    all: Vec<Want>,
}

impl WantList {
    /// Collects wants.
    pub fn new(wants: impl IntoIterator<Item = Want>) -> Self {
        let mut list = Self::default();
        for want in wants {
            match want {
                Want::Path(path) => drop(list.paths.insert(path.as_bytes())),
                Want::In(directory, suffix) => list
                    .directories
                    .entry(directory.as_bytes())
                    .or_default()
                    .push(suffix.as_bytes()),
                Want::Below(directory, names) => {
                    list.folders.insert(directory.as_bytes(), names);
                }
                Want::Anywhere(pattern) => list.anywhere.add(pattern),
            }
            list.all.push(want);
        }
        list
    }

    /// Bytes up to which the file at a path is asked for; 0 for one that is not. What lies behind links
    /// shows when the layers are merged, see [`WantList::unread`].
    pub fn most(&self, path: &[u8]) -> u64 {
        let (directory, name) = split_last(path);
        let in_directory = self.directories.get(directory);
        let (folders, _) = split_last(directory);
        let below = self.folders.get(folders);
        let is_database = self.paths.contains(path)
            || in_directory.is_some_and(|suffixes| suffixes.iter().any(|end| name.ends_with(end)))
            || below.is_some_and(|names| names.iter().any(|wanted| wanted.as_bytes() == name));
        if is_database {
            u64::MAX
        } else if self.anywhere.matching(path).next().is_some() {
            MAX_DESCRIPTION_BYTES
        } else {
            0
        }
    }

    /// The files of a tree that are asked for by the end of their path.
    pub fn find(&self, tree: &FileTree<Probed>) -> Matches {
        self.anywhere.find(tree)
    }

    /// Files that are asked for, exist, and were not kept in the first pass.
    pub fn unread(&self, tree: &FileTree<Probed>, matches: &Matches) -> BTreeSet<NodeId> {
        self.kept(tree, matches, |kept| matches!(kept, Kept::NotAsked))
    }

    /// Files that are asked for and were too large to be kept in the first pass, as many as have
    /// `most` bytes together.
    pub fn large(&self, tree: &FileTree<Probed>, matches: &Matches, most: u64) -> BTreeSet<NodeId> {
        let mut all = self.kept(tree, matches, |kept| matches!(kept, Kept::TooLarge));
        let mut left = most;
        all.retain(|&id| {
            let size = tree.node(id).map_or(u64::MAX, |node| node.size);
            let rest = left.checked_sub(size);
            left = rest.unwrap_or(left);
            rest.is_some()
        });
        all
    }

    fn kept(
        &self,
        tree: &FileTree<Probed>,
        matches: &Matches,
        is: impl Fn(&Kept) -> bool,
    ) -> BTreeSet<NodeId> {
        let files = Files { tree, matches };
        self.all
            .iter()
            .flat_map(|want| files.nodes(*want))
            .filter_map(|found| found.ok())
            .filter(|found| {
                let content = tree.node(found.id).and_then(|node| node.content());
                content
                    .and_then(|id| tree.content(id))
                    .is_some_and(|content| is(&content.kept))
            })
            .map(|found| found.id)
            .collect()
    }
}

/// A path as its directory and its last component.
fn split_last(path: &[u8]) -> (&[u8], &[u8]) {
    let slash = path.iter().rposition(|&b| b == b'/').unwrap_or(0);
    let (directory, name) = path.split_at_checked(slash).unwrap_or((path, &[]));
    (directory, name.strip_prefix(b"/").unwrap_or(name))
}

/// A file an extractor asked for.
#[derive(Debug, Clone)]
pub struct Found<'a> {
    /// Path as asked for, with a slash in front.
    pub path: String,
    /// Where it really is, with a slash in front.
    pub real_path: String,
    /// Layer its content came from.
    pub layer: u32,
    /// Its bytes.
    pub bytes: Cow<'a, [u8]>,
    /// Last component of the path asked for.
    pub name: String,
}

/// The merged tree, as extractors see it.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a> {
    tree: &'a FileTree<Probed>,
    matches: &'a Matches,
}

/// A node behind a want, before its content is looked at.
struct Node {
    id: NodeId,
    path: Vec<u8>,
    real_path: Vec<u8>,
}

impl<'a> Files<'a> {
    /// Looks at this tree; `matches` are the files in it that are asked for by the end of their path.
    pub fn new(tree: &'a FileTree<Probed>, matches: &'a Matches) -> Self {
        Self { tree, matches }
    }

    /// Whether anything is at this path, after links.
    pub fn exists(&self, path: &str) -> bool {
        self.tree.resolve(path.as_bytes(), true).is_ok()
    }

    /// Whether there is a regular file at this path, after links.
    pub fn is_file(&self, path: &str) -> bool {
        let found = self.tree.resolve(path.as_bytes(), true).ok();
        let node = found.and_then(|found| self.tree.node(found.id));
        node.is_some_and(|node| node.content().is_some())
    }

    /// Layer of what is at this path, after links.
    pub fn layer(&self, path: &str) -> Option<u32> {
        let resolved = self.tree.resolve(path.as_bytes(), true).ok()?;
        Some(self.tree.node(resolved.id)?.layer)
    }

    /// The file at `path`. A file that is there and cannot be read is a gap of `topic`.
    pub fn one(&self, path: &'static str, topic: Topic, out: &mut Extraction) -> Option<Found<'a>> {
        self.all(Want::Path(path), topic, out).pop()
    }

    /// The files directly in `directory` whose names end with `suffix`, sorted by name.
    pub fn within(
        &self,
        directory: &'static str,
        suffix: &'static str,
        topic: Topic,
        out: &mut Extraction,
    ) -> Vec<Found<'a>> {
        self.all(Want::In(directory, suffix), topic, out)
    }

    /// The files called `names` in each directory directly in `directory`, sorted by directory.
    pub fn below(
        &self,
        directory: &'static str,
        names: &'static [&'static str],
        topic: Topic,
        out: &mut Extraction,
    ) -> Vec<Found<'a>> {
        self.all(Want::Below(directory, names), topic, out)
    }

    /// Names of the directories directly in `directory`, sorted, as paths print them.
    pub fn folders(&self, directory: &'static str) -> Vec<String> {
        let Ok(resolved) = self.tree.resolve(directory.as_bytes(), true) else {
            return Vec::new();
        };
        let entries = self.tree.entries(resolved.id);
        let is_directory = |name: &[u8]| {
            let path = [directory.as_bytes(), b"/", name].concat();
            let found = self.tree.resolve(&path, true).ok();
            found
                .and_then(|found| self.tree.node(found.id))
                .is_some_and(|node| node.is_directory())
        };
        entries
            .filter(|(name, _)| is_directory(name))
            .map(|(name, _)| lossless(name))
            .collect()
    }

    /// The files anywhere whose paths end so, sorted by path.
    pub fn anywhere(
        &self,
        pattern: &'static str,
        topic: Topic,
        out: &mut Extraction,
    ) -> Vec<Found<'a>> {
        if self.matches.of(pattern).1 {
            out.gaps.push(super::model::Gap {
                topic,
                path: None,
                layer: None,
                kind: GapKind::Limit,
                detail: format!("only the first {MAX_FOUND} files {pattern} were read"),
            });
        }
        let mut all = self.all(Want::Anywhere(pattern), topic, out);
        // Where such a file lies matters, and a path that is no text cannot be said exactly.
        all.retain(|file| {
            let is_text = !file.path.contains('\\');
            if !is_text {
                let at = (file.path.as_str(), file.layer);
                let detail = "its path is not UTF-8, or holds a backslash";
                out.gap(topic, GapKind::Unsupported, at, detail);
            }
            is_text
        });
        all
    }

    fn all(&self, want: Want, topic: Topic, out: &mut Extraction) -> Vec<Found<'a>> {
        let mut found = Vec::new();
        for node in self.nodes(want) {
            match node {
                Ok(node) => found.extend(self.content(&node, topic, out)),
                Err(path) => out.gaps.push(super::model::Gap {
                    topic,
                    path: Some(display_path(&path)),
                    layer: None,
                    kind: GapKind::Unresolvable,
                    detail: "its links go in circles".to_owned(),
                }),
            }
        }
        found
    }

    fn content(&self, node: &Node, topic: Topic, out: &mut Extraction) -> Option<Found<'a>> {
        let layer = self.tree.node(node.id)?.layer;
        let content = self.tree.content(self.tree.node(node.id)?.content()?)?;
        let path = display_path(&node.path);
        let mut gap = |kind, detail: &str| out.gap(topic, kind, (&path, layer), detail);
        match &content.kept {
            Kept::Whole(kept) => match kept.read() {
                Ok(bytes) => Some(Found {
                    name: path.rsplit('/').next().unwrap_or_default().to_owned(),
                    path,
                    real_path: display_path(&node.real_path),
                    layer,
                    bytes,
                }),
                Err(_) => {
                    let detail = "it could not be read back from the temporary file";
                    gap(GapKind::Unresolvable, detail);
                    None
                }
            },
            Kept::TooLarge => {
                gap(
                    GapKind::Limit,
                    "it is too large to be read (see --max-file-bytes)",
                );
                None
            }
            Kept::Sparse => {
                gap(GapKind::Unsupported, "it is stored as a sparse file");
                None
            }
            Kept::NotAsked => {
                gap(GapKind::Unresolvable, "its content was not read");
                None
            }
        }
    }

    /// Regular files behind a want; a path whose links loop is an error that names it.
    fn nodes(&self, want: Want) -> Vec<Result<Node, Vec<u8>>> {
        match want {
            Want::Path(path) => self.regular(path.as_bytes().to_vec()).into_iter().collect(),
            Want::In(directory, suffix) => match self.tree.resolve(directory.as_bytes(), true) {
                Ok(resolved) => self
                    .tree
                    .entries(resolved.id)
                    .filter(|(name, _)| name.ends_with(suffix.as_bytes()))
                    .filter_map(|(name, _)| {
                        self.regular([directory.as_bytes(), b"/", name].concat())
                    })
                    .collect(),
                Err(Unresolved::Loop) => vec![Err(directory.as_bytes().to_vec())],
                Err(Unresolved::Missing) => Vec::new(),
            },
            Want::Below(directory, names) => match self.tree.resolve(directory.as_bytes(), true) {
                Ok(resolved) => self
                    .tree
                    .entries(resolved.id)
                    .flat_map(|(folder, _)| names.iter().map(move |name| (folder, name)))
                    .filter_map(|(folder, name)| {
                        let path = [directory.as_bytes(), folder, name.as_bytes()];
                        self.regular(path.join(&b'/'))
                    })
                    .collect(),
                Err(Unresolved::Loop) => vec![Err(directory.as_bytes().to_vec())],
                Err(Unresolved::Missing) => Vec::new(),
            },
            Want::Anywhere(pattern) => {
                let (found, _) = self.matches.of(pattern);
                let nodes = found.iter().map(|(path, id)| Node {
                    id: *id,
                    path: path.to_vec(),
                    real_path: path.to_vec(),
                });
                nodes.map(Ok).collect()
            }
        }
    }

    fn regular(&self, path: Vec<u8>) -> Option<Result<Node, Vec<u8>>> {
        match self.tree.resolve(&path, true) {
            Ok(resolved) => {
                self.tree.node(resolved.id)?.content()?;
                Some(Ok(Node {
                    id: resolved.id,
                    path,
                    real_path: resolved.path,
                }))
            }
            Err(Unresolved::Loop) => Some(Err(path)),
            Err(Unresolved::Missing) => None,
        }
    }
}
