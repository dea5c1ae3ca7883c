//! One layer as read: its entries in order, and what was kept of their content.

use std::ops::Range;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes as as_bytes;

use super::excerpts::Excerpts;
use super::kept::Kept;
use super::walk::Walked;

/// A layer as read, before it is laid over the layers below.
#[derive(Debug, Clone)]
pub(super) struct LayerRecord<V> {
    /// Its entries and contents.
    pub(super) walked: Walked<V>,
    /// Length of the tar stream, in bytes.
    pub(super) tar_bytes: u64,
}

impl<V> LayerRecord<V> {
    /// Adds what another pass over the same layer learnt; nothing is taken away.
    pub(super) fn learn(&mut self, other: Self) {
        let walked = &mut self.walked;
        walked.digests.join(other.walked.digests);
        learn(&mut walked.contents, other.walked.contents);
    }
}

/// Adds what another pass learnt of the same files.
pub(super) fn learn<V>(known: &mut [Content<V>], other: Vec<Content<V>>) {
    for (old, new) in known.iter_mut().zip(other) {
        if matches!(old.kept, Kept::NotAsked | Kept::TooLarge)
            && !matches!(new.kept, Kept::NotAsked)
        {
            old.kept = new.kept;
        }
        old.value = old.value.take().or(new.value);
    }
}

/// An entry with a cleaned name. There may be a million of them, so it is kept small.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RawEntry {
    /// Path and, right behind it, the target of a link.
    #[serde(with = "as_bytes")]
    text: Box<[u8]>,
    path_length: u32,
    pub(super) kind: RawKind,
    pub(super) size: u64,
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) capability: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum RawKind {
    /// Regular file and its place in `contents`.
    File(u32),
    HardLink,
    Symlink,
    Directory,
    CharacterDevice,
    BlockDevice,
    Fifo,
}

impl RawEntry {
    /// An entry at `path`, a link with its target as well; nothing else is known of it.
    pub(super) fn new(kind: RawKind, path: &[u8], target: &[u8]) -> Self {
        Self {
            text: [path, target].concat().into(),
            path_length: u32::try_from(path.len()).unwrap_or(u32::MAX),
            kind,
            size: 0,
            mode: 0,
            uid: 0,
            gid: 0,
            capability: false,
        }
    }

    /// Components joined by `/`, without one in front; empty for the root.
    pub(super) fn path(&self) -> &[u8] {
        self.text
            .get(..self.path_length as usize)
            .unwrap_or_default()
    }

    /// Where a link leads: for a hard link a cleaned path, for a symbolic one as written.
    pub(super) fn target(&self) -> &[u8] {
        self.text
            .get(self.path_length as usize..)
            .unwrap_or_default()
    }
}

/// What was learnt of one regular file's content.
#[derive(Debug, Clone)]
pub struct Content<V> {
    /// What the inspector's probe said.
    pub value: Option<Box<V>>,
    /// The bytes, where an extractor asked for them.
    pub kept: Kept,
}

/// Which digests of a file's content are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Algorithms {
    /// MD5, what dpkg records.
    pub md5: bool,
    /// SHA-1, what apk records.
    pub sha1: bool,
    /// SHA-256, what rpm and chisel record.
    pub sha256: bool,
}

impl Algorithms {
    /// Whether any is asked for.
    pub fn any(self) -> bool {
        self != Self::default()
    }

    /// What either asks for.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            md5: self.md5 || other.md5,
            sha1: self.sha1 || other.sha1,
            sha256: self.sha256 || other.sha256,
        }
    }

    /// What is asked for and not known yet.
    #[must_use]
    pub fn without(self, known: Digests) -> Self {
        Self {
            md5: self.md5 && known.md5.is_none(),
            sha1: self.sha1 && known.sha1.is_none(),
            sha256: self.sha256 && known.sha256.is_none(),
        }
    }
}

/// Digests of a file's content, each only if asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Digests {
    /// MD5 (RFC 1321), what dpkg records.
    pub md5: Option<[u8; 16]>,
    /// SHA-1 (FIPS 180-4), what apk records.
    pub sha1: Option<[u8; 20]>,
    /// SHA-256 (FIPS 180-4), what rpm and chisel record.
    pub sha256: Option<[u8; 32]>,
}

/// What to do with one file's content while it streams by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Plan {
    /// Keep all of it, if it has at most so many bytes and `max_file_bytes`; 0 to keep nothing.
    pub keep: u64,
    /// Collect so many bytes from the start for the probe; 0 for no probe.
    pub probe_bytes: usize,
    /// Offer the probe all of it, in a temporary file if need be; a very large file is not.
    pub whole: bool,
    /// Digests to compute of all of it.
    pub digests: Algorithms,
}

/// A regular file the inspector is asked about.
#[derive(Debug, Clone, Copy)]
pub struct FileView<'a> {
    /// Layer, from 1.
    pub layer: u32,
    /// Place among the regular files of its layer, from 0.
    pub ordinal: u32,
    /// Path as the layer has it, without a slash in front.
    pub path: &'a [u8],
    /// Permission bits.
    pub mode: u32,
    /// Size in bytes.
    pub size: u64,
    /// Its first bytes, up to [`PEEK_BYTES`].
    pub peek: &'a [u8],
}

/// Bytes of each file an inspector sees before it decides.
pub const PEEK_BYTES: usize = 64;

/// Decides what to keep of each file and turns first bytes into a small value.
///
/// Both are pure: the same file gives the same answer, whatever came before it. A plan may differ
/// in the digests it asks for, since what it did not ask for is asked for later.
pub trait Inspector: Sync {
    /// What a probe returns.
    type Value: Clone + Send + Sync + Serialize + DeserializeOwned;

    /// Told of every entry's path before it is read; a hint which package formats to expect.
    fn notice(&self, _path: &[u8]) {}

    /// What to do with this file.
    fn plan(&self, file: &FileView<'_>) -> Plan;

    /// Ranges of the file the probe needs beside its first bytes, seen those. They are kept within
    /// caps; one that touches the first bytes makes them longer.
    fn further(&self, _file: &FileView<'_>, _head: &[u8]) -> Vec<Range<u64>> {
        Vec::new()
    }

    /// Bytes of memory that a value takes beyond its own size: they count as kept content.
    fn weight(&self, _value: &Self::Value) -> u64 {
        0
    }

    /// The probe, with the first `probe_bytes` of the file or all of it, and what
    /// [`Inspector::further`] asked for.
    fn probe(&self, file: &FileView<'_>, excerpts: &Excerpts<'_>) -> Option<Self::Value>;
}

/// A stored name as components joined by `/`, or `None` when it must be refused: it climbs with
/// `..`, holds a NUL, or is empty. A slash in front means the image's own root.
pub(super) fn clean_path(stored: &[u8]) -> Option<Vec<u8>> {
    if stored.is_empty() || stored.contains(&0) {
        return None;
    }
    let mut path = Vec::with_capacity(stored.len());
    for part in stored.split(|&b| b == b'/') {
        match part {
            b"" | b"." => {}
            b".." => return None,
            part => {
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(part);
            }
        }
    }
    Some(path)
}
