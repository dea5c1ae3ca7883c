//! The directory of the cache: private, bounded, and safe for several processes at once.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use miette::Diagnostic;
use thiserror::Error;

/// Ending of the names of entries; what ends otherwise is not ours.
const ENTRY: &str = ".layer";
/// Beginning of the names of entries that are being written.
const UNFINISHED: &str = ".unfinished-";
/// Bytes of one entry that are read; no longer one is written.
const MAX_ENTRY: u64 = 256 << 20;
/// An unfinished entry of this age was left behind by a process that is gone.
const FORSAKEN: Duration = Duration::from_secs(24 * 60 * 60);
/// Permission bits that let others write.
const OTHERS_WRITE: u32 = 0o022;

/// The cache cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub enum CacheRefused {
    /// It cannot be made or looked at.
    #[error("the layer cache {} cannot be used: {error}", directory.display())]
    Io {
        /// Its directory.
        directory: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Others could put entries into it.
    #[error("the layer cache {} is not used: it is not this user's alone", directory.display())]
    NotPrivate {
        /// Its directory.
        directory: PathBuf,
    },
}

/// The directory.
#[derive(Debug)]
pub(super) struct Folder {
    directory: PathBuf,
    max_bytes: u64,
}

impl Folder {
    /// Opens it, and makes it if need be.
    pub(super) fn open(directory: &Path, max_bytes: u64) -> Result<Self, CacheRefused> {
        let refused = |error| CacheRefused::Io {
            directory: directory.to_owned(),
            error,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(refused)?;
        let metadata = fs::symlink_metadata(directory).map_err(refused)?;
        // A process's own folder belongs to its user.
        let user = fs::metadata("/proc/self").map(|own| own.uid()).ok();
        let ours = user.is_none_or(|user| user == metadata.uid());
        if !metadata.is_dir() || !ours || metadata.mode() & OTHERS_WRITE != 0 {
            let directory = directory.to_owned();
            return Err(CacheRefused::NotPrivate { directory });
        }
        Ok(Self {
            directory: directory.to_owned(),
            max_bytes,
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}{ENTRY}"))
    }

    /// An entry, if it is there. It counts as used now.
    #[expect(
        clippy::disallowed_methods,
        reason = "capped by `take`; the one such place of this room"
    )]
    pub(super) fn read(&self, name: &str) -> Option<Vec<u8>> {
        let mut options = OpenOptions::new();
        let mut file = options.read(true).open(self.path(name)).ok()?;
        let length = file.metadata().ok()?.len();
        if length > MAX_ENTRY {
            return None;
        }
        let mut bytes = Vec::with_capacity(usize::try_from(length).ok()?);
        (&mut file).take(MAX_ENTRY).read_to_end(&mut bytes).ok()?;
        // Its age says only which entries make room for others.
        let _ = file.set_modified(now());
        Some(bytes)
    }

    /// Takes an entry away.
    pub(super) fn remove(&self, name: &str) {
        let _ = fs::remove_file(self.path(name));
    }

    /// Writes an entry: to a file of its own, which then takes the entry's name. Whoever reads sees
    /// the old one or the new one.
    pub(super) fn write(
        &self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(&self.directory)?;
        write(&mut Capped {
            out: file.as_file_mut(),
            left: MAX_ENTRY.min(self.max_bytes),
        })?;
        file.persist(self.path(name))?;
        self.make_room()
    }

    /// Removes entries not used for the longest time until the rest is small enough.
    fn make_room(&self) -> io::Result<()> {
        let mut entries = Vec::new();
        let mut total = 0u64;
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let (Ok(metadata), Some(name)) = (
                entry.metadata(),
                entry.file_name().to_str().map(str::to_owned),
            ) else {
                continue;
            };
            let used = metadata.modified()?;
            if name.ends_with(ENTRY) {
                total = total.saturating_add(metadata.len());
                entries.push((used, metadata.len(), entry.path()));
            } else if name.starts_with(UNFINISHED)
                && now().duration_since(used).is_ok_and(|age| age > FORSAKEN)
            {
                let _ = fs::remove_file(entry.path());
            }
        }
        entries.sort();
        for (_, length, path) in entries {
            if total <= self.max_bytes {
                break;
            }
            let _ = fs::remove_file(path);
            total = total.saturating_sub(length);
        }
        Ok(())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the age of an entry says only which ones make room for others; no result depends on it"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

/// Refuses to write more than so many bytes.
struct Capped<'a> {
    out: &'a mut File,
    left: u64,
}

impl Write for Capped<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = bytes.len() as u64;
        self.left = self
            .left
            .checked_sub(length)
            .ok_or_else(|| io::Error::other("the entry is too large"))?;
        self.out.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
