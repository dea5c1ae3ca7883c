//! rpm's headers: an index of tags, and the data they point to.
//!
//! Format: rpm, `docs/manual/format_header.md`; tag numbers from `include/rpm/rpmtag.h`. In a
//! database the eight bytes of magic are left out.

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::bytes::{be16, be32, place, slice};

/// Bytes of an entry of the index: tag, type, offset, count.
const ENTRY: usize = 16;
/// Bytes before the index: how many entries, and how much data.
const LENGTHS: usize = 8;
/// Entries of an index, rpm's own limit (`lib/header.cc`, `HEADER_TAGS_MAX`).
const MAX_ENTRIES: usize = 0xffff;
/// Items of one tag, as many as files are read of all packages.
const MAX_ITEMS: usize = crate::facts::contract::MAX_CLAIMS;
/// What a header begins with outside a database.
const MAGIC: [u8; 8] = [0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0];

/// Types of data.
const CHAR: u32 = 1;
const INT8: u32 = 2;
const INT16: u32 = 3;
const INT32: u32 = 4;
const INT64: u32 = 5;
const STRING: u32 = 6;
const BINARY: u32 = 7;
const STRINGS: u32 = 8;
const TRANSLATED: u32 = 9;

/// Tags that are read.
pub(super) mod tag {
    pub const IMMUTABLE: u32 = 63;
    pub const SIG_PGP: u32 = 259;
    pub const SIG_GPG: u32 = 262;
    pub const DSA_HEADER: u32 = 267;
    pub const RSA_HEADER: u32 = 268;
    pub const SHA1_HEADER: u32 = 269;
    pub const SHA256_HEADER: u32 = 273;
    pub const OPENPGP: u32 = 278;
    pub const NAME: u32 = 1000;
    pub const VERSION: u32 = 1001;
    pub const RELEASE: u32 = 1002;
    pub const EPOCH: u32 = 1003;
    pub const DESCRIPTION: u32 = 1005;
    pub const VENDOR: u32 = 1011;
    pub const LICENSE: u32 = 1014;
    pub const PACKAGER: u32 = 1015;
    pub const ARCH: u32 = 1022;
    pub const OLD_FILE_NAMES: u32 = 1027;
    pub const FILE_SIZES: u32 = 1028;
    pub const FILE_STATES: u32 = 1029;
    pub const FILE_MODES: u32 = 1030;
    pub const FILE_DIGESTS: u32 = 1035;
    pub const FILE_LINK_TOS: u32 = 1036;
    pub const FILE_FLAGS: u32 = 1037;
    pub const FILE_USERS: u32 = 1039;
    pub const FILE_GROUPS: u32 = 1040;
    pub const SOURCE_RPM: u32 = 1044;
    pub const FILE_VERIFY_FLAGS: u32 = 1045;
    pub const DIR_INDEXES: u32 = 1116;
    pub const BASE_NAMES: u32 = 1117;
    pub const DIR_NAMES: u32 = 1118;
    pub const LONG_FILE_SIZES: u32 = 5008;
    pub const FILE_DIGEST_ALGORITHM: u32 = 5011;
    pub const MODULARITY_LABEL: u32 = 5096;
}

/// Data that is not what its entry of the index says, or is of a type its tag cannot have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// What a tag that may be left out has.
type Field<T> = Result<Option<T>, Malformed>;

/// One package's header.
pub(super) struct Header<'a> {
    index: &'a [u8],
    data: &'a [u8],
}

#[derive(Clone, Copy)]
struct Entry {
    kind: u32,
    offset: usize,
    count: usize,
}

impl<'a> Header<'a> {
    /// Reads the lengths; `None` when they do not make the blob, to the byte.
    pub(super) fn read(blob: &'a [u8]) -> Option<Self> {
        let entries = place(be32(blob, 0)?);
        let length = place(be32(blob, 4)?);
        if entries > MAX_ENTRIES {
            return None;
        }
        let (index, data) = blob
            .get(LENGTHS..)?
            .split_at_checked(entries.checked_mul(ENTRY)?)?;
        (data.len() == length).then_some(Self { index, data })
    }

    /// The last entry of a tag: one behind the signed region replaces one inside (`lib/header.cc`,
    /// `hdrblobImport`).
    fn entry(&self, tag: u32) -> Option<Entry> {
        let entry = self
            .index
            .chunks_exact(ENTRY)
            .rev()
            .find(|entry| be32(entry, 0) == Some(tag))?;
        Some(Entry {
            kind: be32(entry, 4)?,
            offset: place(be32(entry, 8)?),
            count: place(be32(entry, 12)?),
        })
    }

    fn find(&self, tag: u32, kinds: &[u32]) -> Field<(Entry, &'a [u8])> {
        let Some(entry) = self.entry(tag) else {
            return Ok(None);
        };
        let data = self.data.get(entry.offset..).ok_or(Malformed)?;
        let sound = kinds.contains(&entry.kind) && entry.count <= MAX_ITEMS;
        sound.then_some(Some((entry, data))).ok_or(Malformed)
    }

    /// A text; of a translated one the untranslated form, which comes first.
    pub(super) fn text(&self, tag: u32) -> Field<&'a [u8]> {
        let Some((_, data)) = self.find(tag, &[STRING, STRINGS, TRANSLATED])? else {
            return Ok(None);
        };
        let end = data.iter().position(|&b| b == 0).ok_or(Malformed)?;
        Ok(data.get(..end))
    }

    /// Texts, one for each item; none when the tag is left out.
    pub(super) fn texts(&self, tag: u32) -> Result<Texts<'a>, Malformed> {
        let Some((entry, rest)) = self.find(tag, &[STRING, STRINGS])? else {
            return Ok(Texts { rest: &[], left: 0 });
        };
        let left = entry.count;
        let ends = rest.iter().filter(|&&b| b == 0).take(left).count();
        (ends == left)
            .then_some(Texts { rest, left })
            .ok_or(Malformed)
    }

    /// Numbers, one for each item; none when the tag is left out.
    pub(super) fn numbers(&self, tag: u32) -> Result<Numbers<'a>, Malformed> {
        let kinds = [CHAR, INT8, INT16, INT32, INT64];
        let Some((entry, data)) = self.find(tag, &kinds)? else {
            return Ok(Numbers {
                data: &[],
                width: 1,
            });
        };
        let width = match entry.kind {
            INT16 => 2,
            INT32 => 4,
            INT64 => 8,
            _ => 1,
        };
        let length = entry.count.checked_mul(width).ok_or(Malformed)?;
        let data = data.get(..length).ok_or(Malformed)?;
        Ok(Numbers { data, width })
    }

    /// Bytes.
    pub(super) fn bytes(&self, tag: u32) -> Field<&'a [u8]> {
        match self.find(tag, &[BINARY])? {
            Some((entry, data)) => data.get(..entry.count).map(Some).ok_or(Malformed),
            None => Ok(None),
        }
    }

    /// Whether the signed region is what its own digest says, as rpm asks of each header it reads
    /// (`lib/header.cc`, `hdrblobDigestUpdate`); `None` where no digest is kept.
    pub(super) fn is_intact(&self) -> Field<bool> {
        let sha256 = self.text(tag::SHA256_HEADER)?;
        let sha1 = self.text(tag::SHA1_HEADER)?;
        let Some((index, data)) = self.region() else {
            return Ok(None);
        };
        let lengths = [index.len().checked_div(ENTRY).unwrap_or(0), data.len()];
        let mut signed = MAGIC.to_vec();
        for length in lengths {
            let length = u32::try_from(length).map_err(|_| Malformed)?;
            signed.extend_from_slice(&length.to_be_bytes());
        }
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes).into_bytes();
        let parts = [signed.as_slice(), index, data];
        Ok(match (sha256, sha1) {
            (Some(recorded), _) => {
                let digest = parts.iter().fold(Sha256::new(), Sha256::chain_update);
                Some(recorded.eq_ignore_ascii_case(&hex(&digest.finalize())))
            }
            (None, Some(recorded)) => {
                let digest = parts.iter().fold(Sha1::new(), Sha1::chain_update);
                Some(recorded.eq_ignore_ascii_case(&hex(&digest.finalize())))
            }
            (None, None) => None,
        })
    }

    /// Index and data of the immutable region: its entry comes first and points at a trailer, which
    /// ends the data and says how far back the index begins.
    fn region(&self) -> Option<(&'a [u8], &'a [u8])> {
        let entry = |bytes: &[u8], field: usize| be32(bytes, field.checked_mul(4)?);
        let first = self.index.get(..ENTRY)?;
        let is_region = |entry_bytes: &[u8]| {
            entry(entry_bytes, 0) == Some(tag::IMMUTABLE) && entry(entry_bytes, 1) == Some(BINARY)
        };
        let at = place(entry(first, 2)?);
        let trailer = slice(self.data, at, ENTRY)?;
        if !is_region(first) || !is_region(trailer) {
            return None;
        }
        let back = entry(trailer, 2)?.wrapping_neg();
        let index = self.index.get(..place(back))?;
        Some((index, self.data.get(..at.checked_add(ENTRY)?)?))
    }
}

/// Texts of one tag, each ended by a zero byte; that there are as many as said was looked at before.
#[derive(Clone)]
pub(super) struct Texts<'a> {
    rest: &'a [u8],
    left: usize,
}

impl Texts<'_> {
    /// How many are left.
    pub(super) fn len(&self) -> usize {
        self.left
    }
}

impl<'a> Iterator for Texts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let end = self.rest.iter().position(|&b| b == 0)?;
        let text = self.rest.get(..end)?;
        self.rest = self.rest.get(end.checked_add(1)?..)?;
        Some(text)
    }
}

/// Numbers of one tag.
#[derive(Clone)]
pub(super) struct Numbers<'a> {
    data: &'a [u8],
    width: usize,
}

impl Numbers<'_> {
    /// How many are left.
    pub(super) fn len(&self) -> usize {
        self.data.len().checked_div(self.width).unwrap_or(0)
    }
}

impl Iterator for Numbers<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<Self::Item> {
        let (number, rest) = self.data.split_at_checked(self.width)?;
        self.data = rest;
        match self.width {
            2 => be16(number, 0).map(u64::from),
            4 => be32(number, 0).map(u64::from),
            8 => number.try_into().ok().map(u64::from_be_bytes),
            _ => number.first().copied().map(u64::from),
        }
    }
}
