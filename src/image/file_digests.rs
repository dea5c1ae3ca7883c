//! Digests of files' content, computed while it streams by.

use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use super::entry::{Algorithms, Digests};
use super::md5_batch::Md5Batch;

/// The digests of one layer's files.
#[derive(Default)]
pub(super) struct FileDigests {
    /// SHA-1 of the current file; processors have instructions for it.
    sha1: Option<Sha1>,
    /// SHA-256 of the current file; likewise.
    sha256: Option<Sha256>,
    /// Whether the current file's MD5 is asked for.
    md5: bool,
    batch: Md5Batch,
}

impl FileDigests {
    /// A file begins, and these of its digests are asked for.
    pub(super) fn begin(&mut self, ordinal: u32, asked: Algorithms) {
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

    /// The current file has ended. Its MD5 comes with those of all files, at the end.
    pub(super) fn end(&mut self) -> Option<Box<Digests>> {
        if self.md5 {
            self.batch.end();
        }
        self.md5 = false;
        let digests = Digests {
            md5: None,
            sha1: self.sha1.take().map(|hash| hash.finalize().into()),
            sha256: self.sha256.take().map(|hash| hash.finalize().into()),
        };
        (digests != Digests::default()).then(|| Box::new(digests))
    }

    /// The MD5 of every file it was asked for, with its place.
    pub(super) fn finish(self) -> Vec<(u32, [u8; 16])> {
        self.batch.finish()
    }
}
