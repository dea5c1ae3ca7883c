//! Content that an extractor asked for, until it is read: in memory up to one budget for the whole
//! image, beyond it in an unlinked temporary file.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::LayerFault;

/// What became of a file's content.
#[derive(Debug, Clone, Default)]
pub enum Kept {
    /// Nobody asked.
    #[default]
    NotAsked,
    /// All of it.
    Whole(Box<KeptBytes>),
    /// Asked for and over `max_file_bytes`.
    TooLarge,
    /// Asked for and stored as a sparse file, whose holes are not filled in.
    Sparse,
}

/// Bytes kept of one file.
#[derive(Debug, Clone)]
pub struct KeptBytes(Stored);

#[derive(Debug, Clone)]
enum Stored {
    Memory(Arc<[u8]>),
    /// A part of the temporary file: where it starts, and its length.
    Disk(Arc<File>, u64, usize),
}

impl KeptBytes {
    /// The bytes.
    ///
    /// # Errors
    /// What reading the temporary file brings.
    pub fn read(&self) -> io::Result<Cow<'_, [u8]>> {
        match &self.0 {
            Stored::Memory(bytes) => Ok(Cow::Borrowed(bytes)),
            Stored::Disk(file, at, length) => {
                let mut bytes = vec![0; *length];
                file.read_exact_at(&mut bytes, *at)?;
                Ok(Cow::Owned(bytes))
            }
        }
    }
}

/// Where the layers of one image keep content.
#[derive(Debug)]
pub(super) struct Store {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Bytes that may still be kept in memory.
    memory_left: usize,
    /// The temporary file and its length, once it was needed.
    file: Option<(Arc<File>, u64)>,
}

impl Store {
    /// Keeps up to `memory` bytes in memory.
    pub(super) fn new(memory: usize) -> Self {
        Self {
            inner: Mutex::new(Inner {
                memory_left: memory,
                file: None,
            }),
        }
    }

    /// Keeps these bytes.
    pub(super) fn keep(&self, bytes: &[u8]) -> Result<Kept, LayerFault> {
        // A thread that died here left both fields as they were or as they should be.
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let stored = if let Some(left) = inner.memory_left.checked_sub(bytes.len()) {
            inner.memory_left = left;
            Stored::Memory(bytes.into())
        } else {
            inner.spill(bytes).map_err(LayerFault::Spill)?
        };
        Ok(Kept::Whole(Box::new(KeptBytes(stored))))
    }
}

impl Inner {
    fn spill(&mut self, bytes: &[u8]) -> io::Result<Stored> {
        let (file, end) = match &mut self.file {
            Some(known) => known,
            none => none.insert((Arc::new(tempfile::tempfile()?), 0)),
        };
        let at = *end;
        file.write_all_at(bytes, at)?;
        *end = at.saturating_add(bytes.len() as u64);
        Ok(Stored::Disk(Arc::clone(file), at, bytes.len()))
    }
}
