//! Digests of files' content, computed while it streams by.

use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use super::entry::{Algorithms, Digests};
use super::md5_batch::Md5Batch;

/// The digests of one layer's files, each with the place of its file and sorted by it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct FileDigests {
    md5: Vec<(u32, [u8; 16])>,
    sha1: Vec<(u32, [u8; 20])>,
    sha256: Vec<(u32, [u8; 32])>,
}

impl FileDigests {
    /// Those of the file at a place.
    pub(super) fn of(&self, ordinal: u32) -> Digests {
        Digests {
            md5: of(&self.md5, ordinal),
            sha1: of(&self.sha1, ordinal),
            sha256: of(&self.sha256, ordinal),
        }
    }

    /// Adds what another pass computed.
    pub(super) fn join(&mut self, other: Self) {
        join(&mut self.md5, other.md5);
        join(&mut self.sha1, other.sha1);
        join(&mut self.sha256, other.sha256);
    }
}

fn of<T: Copy>(list: &[(u32, T)], ordinal: u32) -> Option<T> {
    let at = list.binary_search_by_key(&ordinal, |(place, _)| *place);
    list.get(at.ok()?).map(|(_, digest)| *digest)
}

fn join<T>(list: &mut Vec<(u32, T)>, other: Vec<(u32, T)>) {
    list.extend(other);
    list.sort_by_key(|(place, _)| *place);
    list.dedup_by_key(|(place, _)| *place);
}

/// Computes the digests of one layer's files, one file after another.
#[derive(Default)]
pub(super) struct Digesting {
    /// Place of the current file.
    ordinal: u32,
    /// SHA-1 of the current file; processors have instructions for it.
    sha1: Option<Sha1>,
    /// SHA-256 of the current file; likewise.
    sha256: Option<Sha256>,
    /// Whether the current file's MD5 is asked for.
    md5: bool,
    batch: Md5Batch,
    done: FileDigests,
}

impl Digesting {
    /// A file begins, and these of its digests are asked for.
    pub(super) fn begin(&mut self, ordinal: u32, asked: Algorithms) {
        self.ordinal = ordinal;
        self.sha1 = asked.sha1.then(Sha1::new);
        self.sha256 = asked.sha256.then(Sha256::new);
        self.md5 = asked.md5;
        if self.md5 {
            self.batch.begin(ordinal);
        }
    }

    /// Whether any is asked for of the current file.
    pub(super) fn any(&self) -> bool {
        self.md5 || self.sha1.is_some() || self.sha256.is_some()
    }

    /// Takes the next piece of the current file.
    pub(super) fn update(&mut self, piece: &[u8]) {
        if let Some(hash) = &mut self.sha1 {
            hash.update(piece);
        }
        if let Some(hash) = &mut self.sha256 {
            hash.update(piece);
        }
        if self.md5 {
            self.batch.update(piece);
        }
    }

    /// The current file has ended.
    pub(super) fn end(&mut self) {
        if self.md5 {
            self.batch.end();
        }
        self.md5 = false;
        let place = self.ordinal;
        let sha1 = self.sha1.take().map(|hash| hash.finalize().into());
        self.done.sha1.extend(sha1.map(|digest| (place, digest)));
        let sha256 = self.sha256.take().map(|hash| hash.finalize().into());
        self.done
            .sha256
            .extend(sha256.map(|digest| (place, digest)));
    }

    /// All of them.
    pub(super) fn finish(mut self) -> FileDigests {
        self.done.md5 = self.batch.finish();
        self.done.md5.sort_by_key(|(place, _)| *place);
        self.done
    }
}
