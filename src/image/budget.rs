//! What one scan has used up of its limits, shared by all layers.

use std::sync::atomic::{AtomicU64, Ordering};

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
        let of = ("the number of entries in all layers", "--max-entries");
        take(&self.entries, 1, self.limits.max_entries, of)
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
