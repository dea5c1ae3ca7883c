//! rpm's own database, `Packages.db` (SUSE): slots that say where each header is.
//!
//! Format: rpm, `lib/backend/ndb/rpmpkg.c`. All numbers are little-endian; blobs stand in blocks of
//! 16 bytes.

use std::collections::HashSet;

use super::bytes::{le32, place, slice};
use super::{Blobs, Damage};

const FILE_MAGIC: u32 = 0x506d_7052;
const SLOT_MAGIC: u32 = 0x746f_6c53;
const BLOB_MAGIC: u32 = 0x5362_6c42;
const VERSION: u32 = 0;
/// Bytes of a page of slots, of a slot, of a block, and of a blob's own header.
const PAGE: usize = 4_096;
const SLOT: usize = 16;
const BLOCK: usize = 16;
const BLOB_HEADER: usize = 16;
/// The file's header takes the place of the first two slots.
const FIRST_SLOT: usize = 2;

/// Whether a file begins like rpm's own database.
pub(super) fn is_ndb(bytes: &[u8]) -> bool {
    le32(bytes, 0) == Some(FILE_MAGIC)
}

/// The header blobs of all packages, and whether some are missing.
pub(super) fn blobs(bytes: &[u8]) -> Result<Blobs, Damage> {
    let pages = le32(bytes, 12).filter(|_| is_ndb(bytes) && le32(bytes, 4) == Some(VERSION));
    let pages = pages.ok_or(Damage("it is no database of rpm, or of an unknown version"))?;
    let slots = place(pages)
        .checked_mul(PAGE / SLOT)
        .filter(|slots| slots.saturating_mul(SLOT) <= bytes.len())
        .ok_or(Damage("its slots reach beyond its end"))?;
    let mut found = Blobs::default();
    let mut seen = HashSet::new();
    for slot in FIRST_SLOT..slots {
        let at = slot.saturating_mul(SLOT);
        let field = |index: usize| le32(bytes, at.saturating_add(index.saturating_mul(4)));
        let (Some(SLOT_MAGIC), Some(index), Some(block)) = (field(0), field(1), field(2)) else {
            found.lost = found.lost.saturating_add(1);
            continue;
        };
        // An empty slot has no block.
        if block == 0 {
            continue;
        }
        // Two slots that share a blob would make a small file a large one.
        match blob(bytes, index, block).filter(|_| seen.insert(block)) {
            Some(blob) => found.list.push(blob.to_vec()),
            None => found.lost = found.lost.saturating_add(1),
        }
    }
    Ok(found)
}

fn blob(bytes: &[u8], index: u32, block: u32) -> Option<&[u8]> {
    let at = place(block).checked_mul(BLOCK)?;
    let sound = le32(bytes, at)? == BLOB_MAGIC && le32(bytes, at.checked_add(4)?)? == index;
    let length = place(le32(bytes, at.checked_add(12)?)?);
    let found = slice(bytes, at.checked_add(BLOB_HEADER)?, length)?;
    sound.then_some(found)
}
