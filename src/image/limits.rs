//! Caps on everything read from an image.
//!
//! All are counted in work (bytes, entries, depth, ratio), never in time, so that results repeat.
//! A cap on one file makes a gap; a cap on a layer or on the image ends the scan, because a tree
//! that was only half read says nothing true.

/// Caps on reading layers. Each that has a flag is named by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Layers of one image (`--max-layers`). The overlay driver itself stops at 500 or fewer.
    pub max_layers: usize,
    /// Tar entries of all layers together, directories that are only implied by a path included
    /// (`--max-entries`). Each takes up to a kilobyte of memory.
    pub max_entries: u64,
    /// Bytes of all paths and link targets together (`--max-name-bytes`): they are held in memory
    /// until the layers are merged.
    pub max_name_bytes: u64,
    /// Path components walked in the targets of symbolic links, over all look-ups of a scan
    /// (`--max-link-steps`). One look-up is cheap; a million of them along the longest possible
    /// chain of links are not.
    pub max_link_steps: u64,
    /// Uncompressed bytes of all layers together (`--max-tar-bytes`).
    pub max_tar_bytes: u64,
    /// Uncompressed bytes for each stored byte of one layer, once it has given
    /// [`RATIO_FREE_BYTES`] (`--max-layer-ratio`).
    pub max_layer_ratio: u64,
    /// Bytes of one path (`--max-path-bytes`): what Linux takes in one call (`PATH_MAX`), so that a
    /// runtime could not unpack a longer one either.
    pub max_path_bytes: usize,
    /// Bytes of one extended header: a pax record set or a GNU long name (`--max-header-bytes`).
    pub max_header_bytes: u64,
    /// Bytes of one file kept for an extractor (`--max-file-bytes`). Beyond it the file is a gap.
    pub max_file_bytes: u64,
    /// Bytes of all kept files together (`--max-kept-bytes`).
    pub max_kept_bytes: u64,
    /// Bytes of them that stay in memory; the rest goes to an unlinked temporary file. Decides how
    /// much memory a scan takes and nothing else, so it has no flag.
    pub kept_in_memory: usize,
}

/// Uncompressed bytes a layer may give before its ratio is looked at: small layers of zeros are
/// common and harmless.
pub const RATIO_FREE_BYTES: u64 = 256 << 20;

/// Links followed in one look-up before it counts as a loop: Linux's own limit
/// (path_resolution(7), `ELOOP`).
pub const MAX_LINKS: usize = 40;

/// Components walked in one look-up, those of link targets included. Far above what a path of
/// `PATH_MAX` bytes through [`MAX_LINKS`] honest links has.
pub const MAX_STEPS: usize = 16_384;

/// Longest target of a symbolic link: symlink(2), `ENAMETOOLONG`.
pub const MAX_LINK_TARGET: usize = 4_095;

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_layers: 1_000,
            max_entries: 1_500_000,
            max_name_bytes: 256 << 20,
            max_link_steps: 20_000_000,
            max_tar_bytes: 64 << 30,
            max_layer_ratio: 200,
            max_path_bytes: 4_096,
            max_header_bytes: 1 << 20,
            max_file_bytes: 48 << 20,
            max_kept_bytes: 256 << 20,
            kept_in_memory: 64 << 20,
        }
    }
}
