//! rpm's headers: an index of tags, and the data they point to.
//!
//! Format: rpm, `docs/manual/format_header.md`; tag numbers from `include/rpm/rpmtag.h`. In a
//! database the eight bytes of magic are left out.

use std::collections::HashMap;

use super::bytes::{be16, be32, place, slice};

/// Bytes of an entry of the index.
const ENTRY: usize = 16;
/// Entries of an index, rpm's own limit (`lib/header.cc`, `HEADER_TAGS_MAX`).
const MAX_ENTRIES: usize = 0xffff;

/// Types of data.
const INT8: u32 = 2;
const CHAR: u32 = 1;
const INT16: u32 = 3;
const INT32: u32 = 4;
const INT64: u32 = 5;
const STRING: u32 = 6;
const BINARY: u32 = 7;
const STRINGS: u32 = 8;
const TRANSLATED: u32 = 9;

/// Tags that are read.
pub(super) mod tag {
    pub const DSA_HEADER: u32 = 267;
    pub const RSA_HEADER: u32 = 268;
    pub const SIG_PGP: u32 = 259;
    pub const SIG_GPG: u32 = 262;
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
    pub const DIR_INDEXES: u32 = 1116;
    pub const BASE_NAMES: u32 = 1117;
    pub const DIR_NAMES: u32 = 1118;
    pub const LONG_FILE_SIZES: u32 = 5008;
    pub const FILE_DIGEST_ALGORITHM: u32 = 5011;
    pub const MODULARITY_LABEL: u32 = 5096;
}

/// One package's header.
pub(super) struct Header<'a> {
    data: &'a [u8],
    entries: HashMap<u32, Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    kind: u32,
    offset: usize,
    count: usize,
}

impl<'a> Header<'a> {
    /// Reads the index; `None` when it does not fit the blob.
    pub(super) fn read(blob: &'a [u8]) -> Option<Self> {
        let count = place(be32(blob, 0)?);
        let length = place(be32(blob, 4)?);
        if count > MAX_ENTRIES {
            return None;
        }
        let start = ENTRY.checked_mul(count)?.checked_add(8)?;
        let data = slice(blob, start, length)?;
        let mut entries = HashMap::with_capacity(count);
        for index in 0..count {
            let at = index.checked_mul(ENTRY)?.checked_add(8)?;
            let field = |number: usize| be32(blob, at.checked_add(number.checked_mul(4)?)?);
            // The first of two counts: what stands behind the signed region may be anybody's.
            entries.entry(field(0)?).or_insert(Entry {
                kind: field(1)?,
                offset: place(field(2)?),
                count: place(field(3)?),
            });
        }
        Some(Self { data, entries })
    }

    fn entry(&self, tag: u32, kinds: &[u32]) -> Option<(Entry, &'a [u8])> {
        let entry = *self.entries.get(&tag)?;
        let data = self.data.get(entry.offset..)?;
        kinds.contains(&entry.kind).then_some((entry, data))
    }

    /// A text; of a translated one the untranslated form, which comes first.
    pub(super) fn text(&self, tag: u32) -> Option<&'a [u8]> {
        let (_, data) = self.entry(tag, &[STRING, STRINGS, TRANSLATED])?;
        let text = data.split(|&b| b == 0).next()?;
        // What nothing ends is cut off.
        (text.len() < data.len()).then_some(text)
    }

    /// Texts, as many as the entry says and the data has.
    pub(super) fn texts(&self, tag: u32) -> Vec<&'a [u8]> {
        let Some((entry, data)) = self.entry(tag, &[STRING, STRINGS]) else {
            return Vec::new();
        };
        let ends = data.iter().filter(|&&b| b == 0);
        data.split(|&b| b == 0)
            .zip(ends)
            .map(|(text, _)| text)
            .take(entry.count)
            .collect()
    }

    /// Numbers of any width but 64 bits.
    pub(super) fn numbers(&self, tag: u32) -> Vec<u32> {
        let Some((entry, data)) = self.entry(tag, &[CHAR, INT8, INT16, INT32]) else {
            return Vec::new();
        };
        let width = match entry.kind {
            INT16 => 2,
            INT32 => 4,
            _ => 1,
        };
        data.chunks_exact(width)
            .take(entry.count)
            .map(|chunk| match width {
                2 => be16(chunk, 0).map_or(0, u32::from),
                4 => be32(chunk, 0).unwrap_or(0),
                _ => chunk.first().copied().map_or(0, u32::from),
            })
            .collect()
    }

    /// Numbers of 64 bits.
    pub(super) fn long_numbers(&self, tag: u32) -> Vec<u64> {
        let Some((entry, data)) = self.entry(tag, &[INT64]) else {
            return Vec::new();
        };
        data.chunks_exact(8)
            .take(entry.count)
            .filter_map(|chunk| chunk.try_into().ok().map(u64::from_be_bytes))
            .collect()
    }

    /// Bytes.
    pub(super) fn bytes(&self, tag: u32) -> Option<&'a [u8]> {
        let (entry, data) = self.entry(tag, &[BINARY])?;
        data.get(..entry.count)
    }
}
