//! rpm's own database, `Packages.db` (SUSE): slots that say where each header is.
//!
//! Format: rpm, `lib/backend/ndb/rpmpkg.c`. All numbers are little-endian; blobs stand in blocks of
//! 16 bytes, each between a head and a tail.

use std::collections::HashSet;

use super::Damage;
use super::bytes::{Budget, le32, place, slice};

const FILE_MAGIC: u32 = 0x506d_7052;
const SLOT_MAGIC: u32 = 0x746f_6c53;
const HEAD_MAGIC: u32 = 0x5362_6c42;
const TAIL_MAGIC: u32 = 0x4562_6c42;
const VERSION: u32 = 0;
/// Bytes of a page of slots, of a slot, of a block, and of a blob's head and tail.
const PAGE: usize = 4_096;
const SLOT: usize = 16;
const BLOCK: usize = 16;
const HEAD: usize = 16;
const TAIL: usize = 12;
/// The file's header takes the place of the first two slots.
const FIRST_SLOT: usize = 2;

/// Whether a file begins like rpm's own database.
pub(super) fn is_ndb(bytes: &[u8]) -> bool {
    le32(bytes, 0) == Some(FILE_MAGIC)
}

/// Hands on the header blobs of all packages; how many are lost.
pub(super) fn blobs(bytes: &[u8], mut take: impl FnMut(&[u8])) -> Result<u64, Damage> {
    let pages = le32(bytes, 12).filter(|_| is_ndb(bytes) && le32(bytes, 4) == Some(VERSION));
    let pages = pages.ok_or(Damage("it is no database of rpm, or of an unknown version"))?;
    let slots = place(pages)
        .checked_mul(PAGE / SLOT)
        .filter(|slots| slots.saturating_mul(SLOT) <= bytes.len())
        .ok_or(Damage("its slots reach beyond its end"))?;
    let mut budget = Budget::new(bytes.len());
    let mut seen = HashSet::new();
    let mut lost = 0u64;
    for number in FIRST_SLOT..slots {
        match slot(bytes, number) {
            Some(None) => {}
            Some(Some(slot)) if seen.insert(slot.package) => {
                match blob(bytes, &slot, &mut budget) {
                    Some(blob) => take(blob),
                    None => lost = lost.saturating_add(1),
                }
            }
            _ => lost = lost.saturating_add(1),
        }
    }
    // Behind the last page of slots stand blobs; a slot there means that the number of pages lies.
    if le32(bytes, slots.saturating_mul(SLOT)) == Some(SLOT_MAGIC) {
        lost = lost.saturating_add(1);
    }
    Ok(lost)
}

struct Slot {
    package: u32,
    block: usize,
    blocks: usize,
}

/// A slot; `Some(None)` when it is free, which is when it has no block.
fn slot(bytes: &[u8], number: usize) -> Option<Option<Slot>> {
    let slot = slice(bytes, number.checked_mul(SLOT)?, SLOT)?;
    if le32(slot, 0)? != SLOT_MAGIC {
        return None;
    }
    let (package, block, blocks) = (le32(slot, 4)?, le32(slot, 8)?, le32(slot, 12)?);
    Some((block > 0).then_some(Slot {
        package,
        block: place(block),
        blocks: place(blocks),
    }))
}

fn blob<'a>(bytes: &'a [u8], slot: &Slot, budget: &mut Budget) -> Option<&'a [u8]> {
    let length = slot.blocks.checked_mul(BLOCK)?;
    let blob = slice(bytes, slot.block.checked_mul(BLOCK)?, length)?;
    budget.take(length)?;
    let (held, tail) = blob.split_at_checked(length.checked_sub(TAIL)?)?;
    let sound = le32(held, 0)? == HEAD_MAGIC
        && le32(held, 4)? == slot.package
        && le32(held, 12)? == le32(tail, 4)?
        && le32(tail, 8)? == TAIL_MAGIC;
    let header = slice(held, HEAD, place(le32(held, 12)?))?;
    sound.then_some(header)
}
