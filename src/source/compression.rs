//! Which compression some bytes have, by their first bytes.

use super::error::SourceError;
use super::files::FileRange;

/// Compression of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// None: the bytes are the tar stream.
    None,
    /// gzip (RFC 1952), possibly of several members.
    Gzip,
    /// Zstandard (RFC 8878), possibly of several frames.
    Zstd,
}

impl Compression {
    /// Looks at the first bytes of `range`, which `what` names in errors.
    pub(super) fn sniff(range: &FileRange, what: &str) -> Result<Self, SourceError> {
        Self::of(&range.head(what)?, what)
    }

    /// Looks at the first bytes of something, up to six; `what` names it in errors.
    ///
    /// bzip2 and xz, which some tools can write, are refused by name; anything else is taken as
    /// plain.
    pub(super) fn of(head: &[u8], what: &str) -> Result<Self, SourceError> {
        let refused = |compression: &str| {
            let (what, compression) = (what.to_owned(), compression.to_owned());
            Err(SourceError::UnsupportedCompression { what, compression })
        };
        match head {
            [0x1f, 0x8b, ..] => Ok(Self::Gzip),
            // A frame, or a skippable frame (RFC 8878, sections 3.1.1 and 3.1.2).
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Ok(Self::Zstd),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => refused("xz"),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, ..] => refused("bzip2"),
            _ => Ok(Self::None),
        }
    }
}
