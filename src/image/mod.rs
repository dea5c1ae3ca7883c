//! Layers in, one file tree out, with the layer each entry came from.
//!
//! Every layer is streamed once, several at a time; a second time only for files whose content the
//! merged tree shows to be needed after all ([`reread`]); never a third. Nothing is unpacked.

mod budget;
mod cache;
mod chunks;
mod decode;
mod entry;
mod error;
mod excerpts;
mod file_digests;
mod kept;
mod layer;
mod limits;
mod md5_batch;
mod md5_lanes;
mod names;
mod progress;
mod squash;
mod tar;
mod tree;
mod upper;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

pub use cache::{CacheRefused, LayerCache};
pub use entry::{Algorithms, Content, Digests, FileView, Inspector, PEEK_BYTES, Plan};
pub use error::ImageError;
pub use excerpts::Excerpts;
pub use kept::{Kept, KeptBytes};
pub use limits::{Limits, MAX_LINKS};
pub use names::Names;
pub use progress::{Progress, Silent, part};
pub use squash::{Anomaly, AnomalyKind, Removal};
pub use tree::{
    ContentId, FileTree, Node, NodeId, NodeKind, ROOT, ReplacedLink, Resolved, Unresolved,
};

use crate::source::SourceImage;
use budget::Budget;
use cache::Key;
use entry::{LayerRecord, learn};
use kept::Store;
use layer::Pass;
use squash::Squash;
use walk::Shared;

/// How layers are read.
#[derive(Clone, Copy)]
pub struct ReadOptions<'a> {
    /// Caps.
    pub limits: &'a Limits,
    /// Layers in flight at once, at least 1.
    pub threads: usize,
    /// Told of layers and stored bytes as they are read.
    pub progress: &'a dyn Progress,
    /// What earlier scans learnt of layers, and where this one leaves what it learns.
    pub cache: Option<&'a LayerCache>,
}

/// What was counted of one layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerCount {
    /// Length of the tar stream, in bytes.
    pub tar_bytes: u64,
    /// Entries.
    pub entries: u64,
}

/// The layers of an image laid over one another.
#[derive(Debug)]
pub struct Image<V> {
    /// What a container would see.
    pub tree: FileTree<V>,
    /// One for each layer, lowest first.
    pub layers: Vec<LayerCount>,
    /// What was left out of the tree, and why.
    pub anomalies: Vec<Anomaly>,
    /// What whiteouts took away, lowest layer first.
    pub removals: Vec<Removal>,
}

/// Reads all layers and merges them.
///
/// # Errors
/// Any [`ImageError`]: a layer that cannot be read in full, with its digests right and within the
/// limits, leaves no tree to speak of. Of several broken layers the lowest is named.
pub fn read<I: Inspector>(
    source: &SourceImage,
    inspector: &I,
    options: ReadOptions<'_>,
) -> Result<Image<I::Value>, ImageError> {
    let count = source.layers.len();
    if count > options.limits.max_layers {
        return Err(ImageError::Limit {
            what: "the number of layers",
            limit: options.limits.max_layers as u64,
            flag: "--max-layers",
        });
    }
    options.progress.expect(count, stored(source, 0..count));
    let (records, _) = read_layers(source, inspector, options, &(0..count).collect())?;
    let mut squash = Squash::new(options.limits);
    for (record, number) in records.into_values().zip(1u32..) {
        squash.lay(record).map_err(|fault| fault.in_layer(number))?;
    }
    Ok(squash.finish())
}

/// Reads some layers a second time for content that the first pass did not keep. What `inspector`
/// finds now is added to what is known; nothing is taken away.
///
/// # Errors
/// As [`read`].
pub fn reread<I: Inspector>(
    image: &mut Image<I::Value>,
    source: &SourceImage,
    inspector: &I,
    layers: &BTreeSet<u32>,
    options: ReadOptions<'_>,
) -> Result<(), ImageError> {
    let indexes: BTreeSet<usize> = layers
        .iter()
        .filter_map(|&number| (number as usize).checked_sub(1))
        .collect();
    let bytes = stored(source, indexes.iter().copied());
    options.progress.again(indexes.len(), bytes);
    let again = ReadOptions {
        cache: None,
        ..options
    };
    let (records, store) = read_layers(source, inspector, again, &indexes)?;
    for (index, record) in records {
        let Some(known) = image.tree.contents.get_mut(index) else {
            continue;
        };
        let blob = source.layers.get(index);
        let key = blob.and_then(|blob| Key::of(blob, options.limits));
        if let (Some(cache), Some(key)) = (options.cache, key) {
            cache.grow(&key, &record, &store);
        }
        known.digests.join(record.walked.digests);
        learn(&mut known.files, record.walked.contents);
    }
    Ok(())
}

/// Stored size of these layers (from 0) together, in bytes.
fn stored(source: &SourceImage, indexes: impl Iterator<Item = usize>) -> u64 {
    indexes
        .filter_map(|index| source.layers.get(index))
        .fold(0, |sum, blob| blob.stored_bytes.saturating_add(sum))
}

/// Layers as read, by their place (from 0).
type Records<V> = BTreeMap<usize, LayerRecord<V>>;

/// Reads these layers (from 0), at most `threads` at once.
fn read_layers<I: Inspector>(
    source: &SourceImage,
    inspector: &I,
    options: ReadOptions<'_>,
    indexes: &BTreeSet<usize>,
) -> Result<(Records<I::Value>, Store), ImageError> {
    let budget = Budget::new(options.limits);
    let store = Store::new(options.limits.kept_in_memory);
    let pass = Pass {
        source,
        inspector,
        progress: options.progress,
        shared: Shared {
            limits: options.limits,
            budget: &budget,
            store: &store,
        },
        cache: options.cache,
    };
    let queue: Vec<usize> = indexes.iter().copied().collect();
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let results = Mutex::new(BTreeMap::new());
    // Layers are taken in order and a started one is finished, so whichever thread fails first,
    // the lowest broken layer is among the results.
    let work = || {
        while !failed.load(Ordering::Relaxed) {
            let Some(&index) = queue.get(next.fetch_add(1, Ordering::Relaxed)) else {
                break;
            };
            let result = pass.layer(index);
            if result.is_err() {
                failed.store(true, Ordering::Relaxed);
            }
            match results.lock() {
                Ok(mut results) => drop(results.insert(index, result)),
                Err(_) => break,
            }
        }
    };
    let workers = options.threads.clamp(1, queue.len().max(1));
    std::thread::scope(|scope| {
        for _ in 1..workers {
            if std::thread::Builder::new()
                .spawn_scoped(scope, work)
                .is_err()
            {
                break;
            }
        }
        work();
    });
    let records = results
        .into_inner()
        .map_err(|_| ImageError::Thread("a layer's reader died".to_owned()))?
        .into_iter()
        .map(|(index, result)| result.map(|record| (index, record)))
        .collect::<Result<_, _>>()?;
    Ok((records, store))
}
