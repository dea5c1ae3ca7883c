//! Where the layer cache is, and whether there is one.

use std::path::PathBuf;
use std::sync::Arc;

use super::args::CacheFlags;
use super::error::CliError;
use crate::image::{CacheRefused, LayerCache};

/// Bytes of the cache unless told otherwise.
const DEFAULT_BYTES: u64 = 2 << 30;
/// Name of our folder among those of other programs.
const OURS: &str = "freehold";

/// The cache, or why there is none although nobody said so.
pub(super) type Opened = (Option<Arc<LayerCache>>, Option<CacheRefused>);

/// Opens the cache. One that was named must work; without the usual one the scan is only slower.
///
/// # Errors
/// [`CliError::Cache`].
pub(super) fn open(flags: &CacheFlags) -> Result<Opened, CliError> {
    if flags.no_cache {
        return Ok((None, None));
    }
    let bytes = flags.cache_size.unwrap_or(DEFAULT_BYTES);
    if let Some(directory) = &flags.cache_dir {
        let cache = LayerCache::open(directory, bytes).map_err(CliError::Cache)?;
        return Ok((Some(Arc::new(cache)), None));
    }
    match usual().map(|directory| LayerCache::open(&directory, bytes)) {
        None => Ok((None, None)),
        Some(Ok(cache)) => Ok((Some(Arc::new(cache)), None)),
        Some(Err(refused)) => Ok((None, Some(refused))),
    }
}

/// Our folder in the user's cache directory (XDG Base Directory Specification; on macOS
/// `~/Library/Caches`).
#[expect(
    clippy::disallowed_methods,
    reason = "the environment is read in this room; these variables belong to the system, so they are no flags"
)]
fn usual() -> Option<PathBuf> {
    // The specification has relative paths ignored.
    let path = |name: &str| {
        let value = std::env::var_os(name).map(PathBuf::from);
        value.filter(|path| path.is_absolute())
    };
    let in_home = if cfg!(target_os = "macos") {
        "Library/Caches"
    } else {
        ".cache"
    };
    let caches = path("XDG_CACHE_HOME").or_else(|| Some(path("HOME")?.join(in_home)))?;
    Some(caches.join(OURS))
}
