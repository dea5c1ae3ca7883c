//! Digests of one file's content, computed while it streams by.

use md5::{Digest as _, Md5};
use sha1::Sha1;

use super::entry::{Digests, Plan};

/// The digests a plan asks for, under way.
pub(super) struct FileDigests {
    md5: Option<Md5>,
    sha1: Option<Sha1>,
}

impl FileDigests {
    /// Starts those that `plan` asks for.
    pub(super) fn new(plan: Plan) -> Self {
        Self {
            md5: plan.md5.then(Md5::new),
            sha1: plan.sha1.then(Sha1::new),
        }
    }

    /// Whether there is any.
    pub(super) fn any(&self) -> bool {
        self.md5.is_some() || self.sha1.is_some()
    }

    /// Takes the next piece.
    pub(super) fn update(&mut self, piece: &[u8]) {
        if let Some(hash) = &mut self.md5 {
            hash.update(piece);
        }
        if let Some(hash) = &mut self.sha1 {
            hash.update(piece);
        }
    }

    /// All of them.
    pub(super) fn finish(self) -> Digests {
        Digests {
            md5: self.md5.map(|hash| hash.finalize().into()),
            sha1: self.sha1.map(|hash| hash.finalize().into()),
        }
    }
}
