//! The only place of this room that opens files and reads to an end.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use super::error::SourceError;

/// Opens a file the user named, or one inside a folder the user named.
#[expect(
    clippy::disallowed_methods,
    reason = "images are opened here and nowhere else"
)]
pub(super) fn open_file(path: &Path) -> Result<File, SourceError> {
    File::open(path).map_err(|error| SourceError::unreadable(path, &error))
}

/// Reads all of `reader`, at most `limit` bytes; `what` names it in errors.
#[expect(
    clippy::disallowed_methods,
    reason = "the capped read that the rest of the room uses"
)]
pub(super) fn read_capped(
    reader: impl Read,
    limit: u64,
    what: &str,
) -> Result<Vec<u8>, SourceError> {
    let mut bytes = Vec::new();
    let read = reader.take(limit.saturating_add(1)).read_to_end(&mut bytes);
    if let Err(error) = read {
        return Err(SourceError::from_io(&error).cloned().unwrap_or_else(|| {
            SourceError::Unreadable {
                path: what.to_owned(),
                reason: error.to_string(),
            }
        }));
    }
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= limit => Ok(bytes),
        _ => Err(SourceError::Limit {
            what: what.to_owned(),
            limit: format!("{limit} bytes"),
        }),
    }
}

/// A part of a file, readable from several threads at once.
#[derive(Debug, Clone)]
pub(super) struct FileRange {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl FileRange {
    /// `bytes` bytes of `file` from `at`.
    pub(super) fn new(file: Arc<File>, at: u64, bytes: u64) -> Self {
        Self {
            file,
            at,
            end: at.saturating_add(bytes),
        }
    }

    /// Bytes not read yet.
    pub(super) fn bytes_left(&self) -> u64 {
        self.end.saturating_sub(self.at)
    }

    /// The file the range is a part of.
    pub(super) fn into_file(self) -> Arc<File> {
        self.file
    }

    /// Fills `buffer` from `offset`, counted from the start of the range; false when the range
    /// ends before.
    pub(super) fn read_exact_from(&self, offset: u64, buffer: &mut [u8]) -> io::Result<bool> {
        let wanted = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
        let start = self.at.saturating_add(offset);
        if start.saturating_add(wanted) > self.end {
            return Ok(false);
        }
        match self.file.read_exact_at(buffer, start) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The next bytes, without moving on: six, or as many as there are.
    pub(super) fn head(&self, what: &str) -> Result<[u8; 6], SourceError> {
        let mut head = [0; 6];
        let mut range = self.clone();
        let mut filled = 0_usize;
        while let Some(rest) = head.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match range.read(rest) {
                Ok(0) => break,
                Ok(count) => filled = filled.saturating_add(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let (path, reason) = (what.to_owned(), error.to_string());
                    return Err(SourceError::Unreadable { path, reason });
                }
            }
        }
        Ok(head)
    }
}

impl Read for FileRange {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.bytes_left())
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let buffer = buffer.get_mut(..wanted).unwrap_or_default();
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.file.read_at(buffer, self.at)?;
        self.at = self
            .at
            .saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }
}
