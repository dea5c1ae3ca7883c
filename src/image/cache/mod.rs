//! What earlier scans learnt of a layer, kept on disk between them.
//!
//! An entry is named by the digest of the layer's stored bytes, the build of this program and the
//! limits; never by the diff ID that an image claims. It is written only after both digests were
//! verified and nothing was cut by a limit, and counts only for an image whose configuration states
//! the diff ID that was verified then. So an image is read the same with and without it.
//!
//! Whatever goes wrong with the cache itself makes the layer be read, and nothing else.

mod folder;
mod record;

use std::io;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

pub use folder::CacheRefused;

use self::folder::Folder;
use super::entry::LayerRecord;
use super::kept::Store;
use super::limits::Limits;
use crate::source::{Digest, LayerBlob};

/// Kept content of one layer that is still worth an entry, in bytes.
const MAX_KEPT: u64 = 64 << 20;

/// The cache of layers. Processes may share one.
#[derive(Debug)]
pub struct LayerCache {
    folder: Folder,
}

/// Names the entry of one layer, and says what its diff ID must be.
pub(super) struct Key<'a> {
    name: String,
    diff_id: &'a Digest,
}

impl LayerCache {
    /// Opens the cache in a directory, made if need be, of at most `max_bytes` bytes.
    ///
    /// # Errors
    /// [`CacheRefused`] when the directory cannot be made, or others could write to it.
    pub fn open(directory: &Path, max_bytes: u64) -> Result<Self, CacheRefused> {
        let folder = Folder::open(directory, max_bytes)?;
        Ok(Self { folder })
    }

    /// What is known of a layer.
    pub(super) fn get<V: DeserializeOwned>(
        &self,
        key: &Key<'_>,
        store: &Store,
    ) -> Option<LayerRecord<V>> {
        let bytes = self.folder.read(&key.name)?;
        let record = record::decode(&bytes, key.diff_id, store);
        if record.is_none() {
            self.folder.remove(&key.name);
        }
        record
    }

    /// Keeps what was learnt of a layer whose digests are right.
    pub(super) fn put<V: Serialize>(&self, key: &Key<'_>, layer: &LayerRecord<V>) {
        if !is_complete(layer) {
            return;
        }
        // A full disk, say, leaves no entry: the next scan reads the layer again.
        let write = |out: &mut dyn io::Write| record::encode(layer, key.diff_id, out);
        let _ = self.folder.write(&key.name, write);
    }

    /// Adds what a second pass learnt to the entry of a layer, if it has one.
    pub(super) fn grow<V: Clone + Serialize + DeserializeOwned>(
        &self,
        key: &Key<'_>,
        learnt: &LayerRecord<V>,
        store: &Store,
    ) {
        if let Some(mut known) = self.get::<V>(key, store) {
            known.learn(learnt.clone());
            self.put(key, &known);
        }
    }
}

impl<'a> Key<'a> {
    /// `None` for a layer that has no digest of its own or no diff ID to be checked against.
    pub(super) fn of(blob: &'a LayerBlob, limits: &Limits) -> Option<Self> {
        let digest = blob.digest.as_ref()?;
        // All of `limits` decides what is read of a layer; its `Debug` form names every field.
        let about = format!("{} {digest} {limits:?}", env!("FREEHOLD_BUILD_ID"));
        Some(Self {
            name: data_encoding::HEXLOWER.encode(&Sha256::digest(about)),
            diff_id: blob.diff_id.as_ref()?,
        })
    }
}

/// Whether nothing of a layer was cut by a limit, and an entry would not be absurdly large.
fn is_complete<V>(layer: &LayerRecord<V>) -> bool {
    let walked = &layer.walked;
    let cut = |content: &super::Content<V>| matches!(content.kept, super::Kept::TooLarge);
    walked.kept_bytes <= MAX_KEPT && !walked.contents.iter().any(cut)
}
