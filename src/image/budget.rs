//! What one scan has used up of its limits, shared by all layers.

use std::sync::atomic::{AtomicU64, Ordering};

use super::entry::LayerRecord;
use super::error::LayerFault;
use super::limits::Limits;

/// Counts what all layers together have taken.
#[derive(Debug)]
pub(super) struct Budget<'a> {
    limits: &'a Limits,
    entries: AtomicU64,
    name_bytes: AtomicU64,
    tar_bytes: AtomicU64,
    kept_bytes: AtomicU64,
}

impl<'a> Budget<'a> {
    /// Nothing taken yet.
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            entries: AtomicU64::new(0),
            name_bytes: AtomicU64::new(0),
            tar_bytes: AtomicU64::new(0),
            kept_bytes: AtomicU64::new(0),
        }
    }

    /// One more entry.
    pub(super) fn take_entry(&self) -> Result<(), LayerFault> {
        self.take_entries(1)
    }

    fn take_entries(&self, entries: u64) -> Result<(), LayerFault> {
        let of = ("the number of entries in all layers", "--max-entries");
        take(&self.entries, entries, self.limits.max_entries, of)
    }

    /// All that a layer which was read before takes.
    pub(super) fn take_layer<V>(&self, layer: &LayerRecord<V>) -> Result<(), LayerFault> {
        let walked = &layer.walked;
        let entries = walked.entries.len().saturating_add(walked.refused.len());
        self.take_tar(layer.tar_bytes)?;
        self.take_entries(entries as u64)?;
        self.take_names(walked.name_bytes)?;
        self.take_kept(walked.kept_bytes)
    }

    /// More bytes of paths and link targets.
    pub(super) fn take_names(&self, bytes: u64) -> Result<(), LayerFault> {
        let of = ("the size of all names in bytes", "--max-name-bytes");
        take(&self.name_bytes, bytes, self.limits.max_name_bytes, of)
    }

    /// More bytes of tar.
    pub(super) fn take_tar(&self, bytes: u64) -> Result<(), LayerFault> {
        let of = ("the size of all layers in bytes", "--max-tar-bytes");
        take(&self.tar_bytes, bytes, self.limits.max_tar_bytes, of)
    }

    /// More bytes of files that are kept.
    pub(super) fn take_kept(&self, bytes: u64) -> Result<(), LayerFault> {
        let of = ("the size of all kept files in bytes", "--max-kept-bytes");
        take(&self.kept_bytes, bytes, self.limits.max_kept_bytes, of)
    }
}

fn take(
    counter: &AtomicU64,
    amount: u64,
    limit: u64,
    (what, flag): (&'static str, &'static str),
) -> Result<(), LayerFault> {
    let before = counter.fetch_add(amount, Ordering::Relaxed);
    if before.saturating_add(amount) > limit {
        return Err(LayerFault::Total(what, limit, flag));
    }
    Ok(())
}
