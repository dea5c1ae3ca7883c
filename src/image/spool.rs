//! All of one file's content for its probe: in memory up to a cap, beyond it in an unlinked
//! temporary file, which the next such file of the layer writes over.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Bytes of a file that is held in memory. Each layer in flight may hold as much.
pub(super) const IN_MEMORY: u64 = 16 << 20;
/// Bytes of a file that is offered whole at all. The largest Java archives have a third of it.
pub(super) const MAX_WHOLE: u64 = 1 << 30;

/// All of a file's content.
#[derive(Debug, Clone, Copy)]
pub enum Whole<'a> {
    /// In memory.
    Memory(&'a [u8]),
    /// The first bytes of a temporary file, so many.
    Disk(&'a File, u64),
}

impl<'a> Whole<'a> {
    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Disk(_, length) => *length,
        }
    }

    /// `length` bytes from byte `offset` on; `None` when they are not all there.
    ///
    /// # Errors
    /// What reading the temporary file brings.
    pub fn read(&self, offset: u64, length: usize) -> io::Result<Option<Cow<'a, [u8]>>> {
        let end = offset.checked_add(length as u64);
        if end.is_none_or(|end| end > self.length()) {
            return Ok(None);
        }
        match self {
            Self::Memory(bytes) => {
                let from = usize::try_from(offset)
                    .ok()
                    .and_then(|from| bytes.get(from..));
                Ok(from.and_then(|rest| rest.get(..length)).map(Cow::Borrowed))
            }
            Self::Disk(file, _) => {
                let mut bytes = vec![0; length];
                file.read_exact_at(&mut bytes, offset)?;
                Ok(Some(bytes.into()))
            }
        }
    }
}

/// The temporary file of one layer's walk.
#[derive(Debug, Default)]
pub(super) struct Spool {
    file: Option<File>,
    length: u64,
}

impl Spool {
    /// Forgets the last file.
    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    /// Adds the next piece.
    pub(super) fn extend(&mut self, piece: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.write_all_at(piece, self.length)?;
        self.length = self.length.saturating_add(piece.len() as u64);
        Ok(())
    }

    /// What was added, if anything was.
    pub(super) fn whole(&self) -> Option<Whole<'_>> {
        let file = self.file.as_ref().filter(|_| self.length > 0)?;
        Some(Whole::Disk(file, self.length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_read_back_and_nothing_of_the_file_before() {
        let mut spool = Spool::default();
        assert!(spool.whole().is_none());
        spool.extend(b"a longer file").unwrap();
        spool.clear();
        assert!(spool.whole().is_none());
        spool.extend(b"sho").unwrap();
        spool.extend(b"rt").unwrap();
        let whole = spool.whole().unwrap();
        for whole in [whole, Whole::Memory(b"short")] {
            assert_eq!(whole.length(), 5);
            assert_eq!(whole.read(1, 3).unwrap().as_deref(), Some(&b"hor"[..]));
            assert_eq!(whole.read(5, 0).unwrap().as_deref(), Some(&b""[..]));
            assert_eq!(whole.read(3, 3).unwrap(), None);
            assert_eq!(whole.read(u64::MAX, 1).unwrap(), None);
        }
    }
}
