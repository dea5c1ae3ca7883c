//! A tar archive of an image, read at random: what `docker save` or `skopeo copy` wrote, plain or
//! compressed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::sync::Arc;

use super::compression::Compression;
use super::error::SourceError;
use super::files::{FileRange, open_file};
use super::limits::SourceLimits;
use super::tar_members::{Contents, Member, index_members, normal_name, starts_like_tar};

/// Links followed from one member to the next.
const LINKS_FOLLOWED: usize = 8;

/// An open archive and where its members are.
#[derive(Debug)]
pub(super) struct Archive {
    path: String,
    file: Arc<File>,
    members: BTreeMap<String, Member>,
}

impl Archive {
    /// Opens an archive and lists its members. A compressed one, and one that cannot be read at
    /// random such as a pipe, goes to an unlinked temporary file first.
    pub(super) fn open(path: &Path, limits: &SourceLimits) -> Result<Self, SourceError> {
        let shown = path.display().to_string();
        let metadata =
            std::fs::metadata(path).map_err(|error| SourceError::unreadable(path, &error))?;
        if metadata.is_dir() {
            return Err(SourceError::NotAnImage {
                path: shown,
                reason: "it is a folder, not an archive".into(),
                help: "name an OCI layout folder with oci-dir:, a root file system with rootfs:"
                    .into(),
            });
        }
        // Another kind of device could hand out bytes without an end.
        if !metadata.is_file() && !metadata.file_type().is_fifo() {
            return Err(SourceError::NotAnImage {
                path: shown,
                reason: "it is neither a file nor a pipe".into(),
                help: "name an archive of docker save, podman save or skopeo copy".into(),
            });
        }
        let file = open_file(path)?;
        if !metadata.is_file() {
            return Self::from_stream(file, &shown, limits);
        }
        Self::stored(file, metadata.len(), shown, limits)
    }

    /// Opens an archive that cannot be read at random; `shown` names it in messages. It goes to an
    /// unlinked temporary file.
    pub(super) fn from_stream(
        stream: impl Read,
        shown: &str,
        limits: &SourceLimits,
    ) -> Result<Self, SourceError> {
        // Nothing is decompressed yet: what fails is the stream.
        let unreadable = |error: &io::Error| SourceError::Unreadable {
            path: shown.to_owned(),
            reason: error.to_string(),
        };
        let (file, bytes) = spool(stream, shown, limits.spooled_bytes, unreadable)?;
        Self::stored(file, bytes, shown.to_owned(), limits)
    }

    fn stored(
        file: File,
        bytes: u64,
        shown: String,
        limits: &SourceLimits,
    ) -> Result<Self, SourceError> {
        let stored = FileRange::new(Arc::new(file), 0, bytes);
        let limit = limits.spooled_bytes.min(plausible_bytes(bytes));
        let damaged = |error: &io::Error| damaged_compression(&shown, error);
        let (file, bytes) = match Compression::sniff(&stored, &format!("`{shown}`"))? {
            Compression::None => return Self::index(shown, stored, limits),
            Compression::Gzip => spool(
                flate2::read::MultiGzDecoder::new(stored),
                &shown,
                limit,
                damaged,
            )?,
            Compression::Zstd => {
                let decoder = zstd::Decoder::new(stored).map_err(|error| damaged(&error))?;
                spool(decoder, &shown, limit, damaged)?
            }
        };
        Self::index(shown, FileRange::new(Arc::new(file), 0, bytes), limits)
    }

    fn index(path: String, tar: FileRange, limits: &SourceLimits) -> Result<Self, SourceError> {
        if tar.head(&path)?.first() == Some(&b'{') {
            return Err(SourceError::NotAnImage {
                path,
                reason: "it looks like a JSON document".into(),
                help: "name a facts document with facts:FILE".into(),
            });
        }
        if !starts_like_tar(&tar, &path)? {
            return Err(SourceError::NotAnImage {
                path,
                reason: "it is neither a tar archive nor a folder".into(),
                help: "name an archive of docker save, podman save or skopeo copy".into(),
            });
        }
        let members = index_members(&tar, &path, limits)?;
        Ok(Self {
            path,
            file: tar.into_file(),
            members,
        })
    }

    /// The path as given.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Whether there is a member of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// The bytes of a regular member; `None` if there is none of this name. Links are followed
    /// inside the archive, as old `docker save` archives need.
    pub(super) fn member(&self, name: &str) -> Result<Option<FileRange>, SourceError> {
        let Some(mut name) = normal_name(name) else {
            return Ok(None);
        };
        for _ in 0..LINKS_FOLLOWED {
            match self.members.get(&name) {
                None => return Ok(None),
                Some(Member {
                    contents: Contents::Bytes { offset, size },
                }) => {
                    return Ok(Some(FileRange::new(Arc::clone(&self.file), *offset, *size)));
                }
                Some(Member {
                    contents: Contents::Link { target },
                }) => name.clone_from(target),
                Some(Member {
                    contents: Contents::Other,
                }) => {
                    let reason = format!("its member `{name}` is not a regular file");
                    return Err(SourceError::Unreadable {
                        path: self.path.clone(),
                        reason,
                    });
                }
            }
        }
        Err(SourceError::Limit {
            what: format!("the chain of links at `{name}` in `{}`", self.path),
            limit: format!("{LINKS_FOLLOWED} links"),
        })
    }
}

/// What so many compressed bytes may become: as for a layer, 200 for each, and 256 MiB in any case.
fn plausible_bytes(compressed: u64) -> u64 {
    compressed.saturating_mul(200).max(256 << 20)
}

/// Copies a stream into an unlinked temporary file; the file and its size. `broken` says what it
/// means that the stream cannot be read, where the stream does not say so itself.
fn spool(
    stream: impl Read,
    path: &str,
    limit: u64,
    broken: impl Fn(&io::Error) -> SourceError,
) -> Result<(File, u64), SourceError> {
    let temporary = |error: io::Error| SourceError::Unreadable {
        path: "the temporary folder".into(),
        reason: error.to_string(),
    };
    let mut file = tempfile::tempfile().map_err(temporary)?;
    let mut stream = Marked {
        inner: stream.take(limit.saturating_add(1)),
        failed: false,
    };
    let bytes = match io::copy(&mut stream, &mut file) {
        Ok(bytes) => bytes,
        Err(error) if stream.failed => {
            let said = SourceError::from_io(&error).cloned();
            return Err(said.unwrap_or_else(|| broken(&error)));
        }
        Err(error) => return Err(temporary(error)),
    };
    if bytes > limit {
        let (what, limit) = (format!("the archive in `{path}`"), format!("{limit} bytes"));
        return Err(SourceError::Limit { what, limit });
    }
    Ok((file, bytes))
}

fn damaged_compression(path: &str, error: &io::Error) -> SourceError {
    SourceError::DamagedCompression {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

/// Remembers that reading failed, to tell it from a failure to write.
struct Marked<R> {
    inner: R,
    failed: bool,
}

impl<R: Read> Read for Marked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.inner.read(buffer);
        self.failed = result.is_err();
        result
    }
}
