//! rpm's database as a Berkeley DB hash (until rpm 4.15): the values of `Packages`.
//!
//! Format: Oracle Berkeley DB's `db_page.h`, hash access method, versions 7 to 10. Every page of
//! the file is looked at in turn, so no bucket arithmetic is trusted; chains of overflow pages are
//! followed, each page once at most.

use std::collections::HashSet;

use super::bytes::{place, slice};
use super::{Blobs, Damage};

const HASH_MAGIC: u32 = 0x0006_1561;
const META_MAGIC_AT: usize = 12;
const PAGE_HEADER: usize = 26;
/// Page types.
const HASH_UNSORTED: u8 = 2;
const OVERFLOW: u8 = 7;
const HASH_META: u8 = 8;
const HASH: u8 = 13;
/// Item types on a hash page.
const INLINE: u8 = 1;
const OFF_PAGE: u8 = 3;
/// The value under key 0 is the next package's number and no header.
const SHORTEST_HEADER: usize = 16;

/// Whether a file begins like a Berkeley DB hash, of either byte order.
pub(super) fn is_hash(bytes: &[u8]) -> bool {
    Order::of(bytes).is_some()
}

/// The header blobs of all packages, and whether some are missing.
pub(super) fn blobs(bytes: &[u8]) -> Result<Blobs, Damage> {
    let file = File::open(bytes).ok_or(Damage("it is no Berkeley DB hash, or an encrypted one"))?;
    let mut found = Blobs::default();
    let mut visited = HashSet::new();
    for number in 1..file.pages {
        let Some(page) = file.page(number) else {
            found.lost = found.lost.saturating_add(1);
            break;
        };
        if matches!(page.get(25), Some(&HASH | &HASH_UNSORTED)) {
            file.hash_page(page, &mut visited, &mut found);
        }
    }
    Ok(found)
}

#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn of(bytes: &[u8]) -> Option<Self> {
        [Self::Little, Self::Big]
            .into_iter()
            .find(|order| order.u32(bytes, META_MAGIC_AT) == Some(HASH_MAGIC))
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let field = slice(bytes, at, 4)?.try_into().ok()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(field),
            Self::Big => u32::from_be_bytes(field),
        })
    }

    fn u16(self, bytes: &[u8], at: usize) -> Option<usize> {
        let field = slice(bytes, at, 2)?.try_into().ok()?;
        Some(usize::from(match self {
            Self::Little => u16::from_le_bytes(field),
            Self::Big => u16::from_be_bytes(field),
        }))
    }
}

struct File<'a> {
    bytes: &'a [u8],
    order: Order,
    page_size: usize,
    pages: u32,
}

impl<'a> File<'a> {
    fn open(bytes: &'a [u8]) -> Option<Self> {
        let order = Order::of(bytes)?;
        let page_size = place(order.u32(bytes, 20)?);
        let plain = bytes.get(24) == Some(&0) && bytes.get(25) == Some(&HASH_META);
        // DB_MIN_PGSIZE, DB_MAX_PGSIZE
        let sound = page_size.is_power_of_two() && (512..=65_536).contains(&page_size);
        (plain && sound).then_some(Self {
            bytes,
            order,
            page_size,
            pages: order.u32(bytes, 32)?.saturating_add(1),
        })
    }

    fn page(&self, number: u32) -> Option<&'a [u8]> {
        let at = place(number).checked_mul(self.page_size)?;
        slice(self.bytes, at, self.page_size)
    }

    /// Takes every second item of a page, the values; keys stand between them.
    fn hash_page(&self, page: &[u8], visited: &mut HashSet<u32>, found: &mut Blobs) {
        let Some(entries) = self.order.u16(page, 20) else {
            return;
        };
        for index in (1..entries).step_by(2) {
            match self.value(page, index, visited) {
                Some(value) if value.len() >= SHORTEST_HEADER => found.list.push(value),
                Some(_) => {}
                None => found.lost = found.lost.saturating_add(1),
            }
        }
    }

    fn value(&self, page: &[u8], index: usize, visited: &mut HashSet<u32>) -> Option<Vec<u8>> {
        let offset = |index: usize| {
            let at = PAGE_HEADER.checked_add(index.checked_mul(2)?)?;
            self.order.u16(page, at)
        };
        let at = offset(index)?;
        match *page.get(at)? {
            // Items are put from the end of the page towards its front.
            INLINE => {
                let end = offset(index.checked_sub(1)?)?;
                page.get(at.checked_add(1)?..end).map(<[u8]>::to_vec)
            }
            OFF_PAGE => {
                let first = self.order.u32(page, at.checked_add(4)?)?;
                let length = place(self.order.u32(page, at.checked_add(8)?)?);
                self.overflow(first, length, visited)
            }
            _ => None,
        }
    }

    fn overflow(&self, first: u32, length: usize, visited: &mut HashSet<u32>) -> Option<Vec<u8>> {
        if length > self.bytes.len() {
            return None;
        }
        let mut value = Vec::with_capacity(length);
        let mut number = first;
        while value.len() < length {
            let page = self.page(number)?;
            if page.get(25) != Some(&OVERFLOW) || !visited.insert(number) {
                return None;
            }
            let here = self.order.u16(page, 22)?;
            let part = here.min(length.saturating_sub(value.len()));
            value.extend_from_slice(slice(page, PAGE_HEADER, part)?);
            number = self.order.u32(page, 16)?;
        }
        Some(value)
    }
}
