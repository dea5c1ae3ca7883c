//! rpm's database as a Berkeley DB hash (until rpm 4.15): the values of `Packages`.
//!
//! Format: Oracle Berkeley DB's `db_page.h`, hash access method, versions 7 to 10, of either byte
//! order; buckets are found as rpm does (`lib/backend/bdb_ro.c`). Every page is visited once at most.

use super::Damage;
use super::bytes::{Budget, be16, be32, le16, le32, place, slice};

const HASH_MAGIC: u32 = 0x0006_1561;
const META_MAGIC_AT: usize = 12;
/// Of the first page: where encryption, checksums and partitions would be said, and how long its
/// part that is read is.
const ENCRYPTION_AT: usize = 24;
const META_FLAGS_AT: usize = 26;
const SPARES_AT: usize = 96;
const PAGE_HEADER: usize = 26;
const PAGE_TYPE_AT: usize = 25;
/// Page types.
const HASH_UNSORTED: u8 = 2;
const OVERFLOW: u8 = 7;
const HASH_META: u8 = 8;
const HASH: u8 = 13;
/// Item types on a hash page.
const INLINE: u8 = 1;
const OFF_PAGE: u8 = 3;
/// Under this key stands the next package's number and no header.
const COUNTER_KEY: &[u8] = &[0; 4];

/// Whether a file begins like a Berkeley DB hash, of either byte order.
pub(super) fn is_hash(bytes: &[u8]) -> bool {
    Order::of(bytes).is_some()
}

/// Hands on the header blobs of all packages; how many are lost.
pub(super) fn blobs(bytes: &[u8], mut take: impl FnMut(&[u8])) -> Result<u64, Damage> {
    let file = File::open(bytes).ok_or(Damage(
        "it is no plain Berkeley DB hash: damaged, encrypted, or with checksums",
    ))?;
    let buckets = file.buckets();
    let mut walk = Walk {
        visited: vec![false; file.pages()],
        budget: Budget::new(bytes.len()),
        // The first page says how many there are; a file that is shorter was cut off.
        lost: u64::from(file.said > file.pages() || buckets > file.pages()),
        file,
    };
    for bucket in 0..buckets.min(walk.file.pages()) {
        walk.bucket(bucket, &mut take);
    }
    // Pages with records that no bucket leads to have lost their way.
    let astray = walk.astray();
    Ok(walk.lost.saturating_add(astray))
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
        match self {
            Self::Little => le32(bytes, at),
            Self::Big => be32(bytes, at),
        }
    }

    fn u16(self, bytes: &[u8], at: usize) -> Option<usize> {
        let number = match self {
            Self::Little => le16(bytes, at),
            Self::Big => be16(bytes, at),
        };
        number.map(usize::from)
    }
}

struct File<'a> {
    bytes: &'a [u8],
    order: Order,
    page_size: usize,
    /// Pages there are by its first page.
    said: usize,
    last_bucket: usize,
}

impl<'a> File<'a> {
    fn open(bytes: &'a [u8]) -> Option<Self> {
        let order = Order::of(bytes)?;
        let page_size = place(order.u32(bytes, 20)?);
        let plain = bytes.get(ENCRYPTION_AT) == Some(&0)
            && bytes.get(PAGE_TYPE_AT) == Some(&HASH_META)
            && bytes.get(META_FLAGS_AT) == Some(&0);
        // DB_MIN_PGSIZE, DB_MAX_PGSIZE
        let sound = page_size.is_power_of_two() && (512..=65_536).contains(&page_size);
        (plain && sound).then_some(Self {
            bytes,
            order,
            page_size,
            said: place(order.u32(bytes, 32)?).saturating_add(1),
            last_bucket: place(order.u32(bytes, 72)?),
        })
    }

    fn pages(&self) -> usize {
        self.bytes.len().checked_div(self.page_size).unwrap_or(0)
    }

    fn buckets(&self) -> usize {
        self.last_bucket.saturating_add(1)
    }

    /// First page of a bucket: the pages put in front of its generation are spared.
    fn first_page(&self, bucket: usize) -> Option<usize> {
        let generation = place(usize::BITS.checked_sub(bucket.leading_zeros())?);
        let at = SPARES_AT.checked_add(generation.checked_mul(4)?)?;
        let spared = self.order.u32(self.bytes, at)?;
        bucket.checked_add(place(spared))
    }

    fn page(&self, number: usize) -> Option<&'a [u8]> {
        let at = number.checked_mul(self.page_size)?;
        slice(self.bytes, at, self.page_size)
    }

    fn is_hash(page: &[u8]) -> bool {
        matches!(page.get(PAGE_TYPE_AT), Some(&HASH | &HASH_UNSORTED))
    }

    fn entries(&self, page: &[u8]) -> usize {
        self.order.u16(page, 20).unwrap_or(0)
    }

    /// An item of a hash page: type and what is behind it. Items are put from the end of the page
    /// towards its front.
    fn item<'p>(&self, page: &'p [u8], index: usize) -> Option<(u8, &'p [u8])> {
        let offset = |index: usize| {
            let at = PAGE_HEADER.checked_add(index.checked_mul(2)?)?;
            self.order.u16(page, at)
        };
        let end = match index.checked_sub(1) {
            Some(before) => offset(before)?,
            None => page.len(),
        };
        let (kind, body) = page.get(offset(index)?..end)?.split_first()?;
        Some((*kind, body))
    }
}

/// A walk over all buckets.
struct Walk<'a> {
    file: File<'a>,
    visited: Vec<bool>,
    budget: Budget,
    lost: u64,
}

impl<'a> Walk<'a> {
    /// A page that was not visited yet and bears its own number.
    fn visit(&mut self, number: usize) -> Option<&'a [u8]> {
        let page = self.file.page(number)?;
        let visited = self.visited.get_mut(number)?;
        let fresh = number > 0 && !std::mem::replace(visited, true);
        let own = self.file.order.u32(page, 8).map(place) == Some(number);
        (fresh && own).then_some(page)
    }

    fn lose(&mut self) {
        self.lost = self.lost.saturating_add(1);
    }

    fn bucket(&mut self, bucket: usize, take: &mut impl FnMut(&[u8])) {
        let mut number = self.file.first_page(bucket).unwrap_or(0);
        loop {
            let page = self.visit(number).filter(|page| File::is_hash(page));
            let Some(page) = page else {
                return self.lose();
            };
            self.page(page, take);
            match self.file.order.u32(page, 16) {
                Some(0) => return,
                next => number = place(next.unwrap_or(0)),
            }
        }
    }

    /// Keys and values take turns.
    fn page(&mut self, page: &[u8], take: &mut impl FnMut(&[u8])) {
        let entries = self.file.entries(page);
        for key in (0..entries).step_by(2) {
            let is_counter = self.file.item(page, key) == Some((INLINE, COUNTER_KEY));
            let value = match key.checked_add(1).filter(|value| *value < entries) {
                Some(_) if is_counter => continue,
                Some(value) => self.value(page, value),
                None => None,
            };
            match value {
                Some(value) => take(&value),
                None => self.lose(),
            }
        }
    }

    fn value(&mut self, page: &[u8], index: usize) -> Option<Vec<u8>> {
        match self.file.item(page, index)? {
            (INLINE, body) => {
                self.budget.take(body.len())?;
                Some(body.to_vec())
            }
            (OFF_PAGE, body) => {
                // The type has three bytes of padding behind it.
                let first = self.file.order.u32(body, 3)?;
                let length = self.file.order.u32(body, 7)?;
                self.overflow(place(first), place(length))
            }
            _ => None,
        }
    }

    fn overflow(&mut self, first: usize, length: usize) -> Option<Vec<u8>> {
        self.budget.take(length)?;
        let mut value = Vec::with_capacity(length);
        let mut number = first;
        while value.len() < length {
            let page = self.visit(number)?;
            let here = self.file.order.u16(page, 22)?;
            let left = length.checked_sub(value.len())?;
            if page.get(PAGE_TYPE_AT) != Some(&OVERFLOW) || here > left {
                return None;
            }
            value.extend_from_slice(slice(page, PAGE_HEADER, here)?);
            number = place(self.file.order.u32(page, 16)?);
        }
        Some(value)
    }

    fn astray(&self) -> u64 {
        let unvisited = self.visited.iter().enumerate().skip(1);
        let astray = unvisited.filter(|(number, visited)| {
            let page = self.file.page(*number).filter(|_| !**visited);
            page.is_some_and(|page| File::is_hash(page) && self.file.entries(page) > 0)
        });
        astray.count() as u64
    }
}
