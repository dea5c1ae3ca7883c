//! rpm's database as SQLite (since rpm 4.16): the blobs of the table `Packages`.
//!
//! The file is walked as pages (sqlite.org, "Database File Format", sections 1.3 to 1.6 and 2); no
//! SQL is run and nothing is looked up in an index, so a hostile file can do no more than lie about
//! its own content. Every page is visited once at most, and no more is taken out of the file than
//! it is long.

use std::collections::HashSet;

use super::Damage;
use super::bytes::{Budget, be16, be32, place, slice};
use super::wal;

const MAGIC: &[u8] = b"SQLite format 3\0";
/// Bytes before the b-tree of page 1.
const FILE_HEADER: usize = 100;
const INTERIOR: u8 = 0x05;
const LEAF: u8 = 0x0d;
/// Depth of a table: with the smallest pages, far more than any real one.
const MAX_DEPTH: usize = 40;
/// Columns looked at of a row: the tables that are read have five at most.
const MAX_COLUMNS: usize = 8;

/// Whether a file begins like SQLite's.
pub(super) fn is_sqlite(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Hands on the header blobs of all packages; how many are lost. `log` is what stands in the
/// database's write-ahead log.
pub(super) fn blobs(bytes: &[u8], log: &[u8], mut take: impl FnMut(&[u8])) -> Result<u64, Damage> {
    let database = Database::open(bytes, log).ok_or(Damage("it is no SQLite database"))?;
    let mut root = None;
    let mut table = Table {
        visited: HashSet::new(),
        budget: Budget::new(bytes.len().saturating_add(log.len())),
        lost: 0,
    };
    table.walk(&database, 1, |record| {
        // CREATE TABLE sqlite_schema(type, name, tbl_name, rootpage, sql)
        let is_packages = record.bytes(0) == Some(b"table") && record.bytes(1) == Some(b"Packages");
        if is_packages {
            root = record.number(3);
        }
        Some(())
    });
    let root = root.ok_or(Damage("it has no table of packages"))?;
    // CREATE TABLE Packages(hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)
    table.walk(&database, root, |record| record.bytes(1).map(&mut take));
    Ok(table.lost)
}

struct Database<'a> {
    bytes: &'a [u8],
    /// Newer pages than the file's.
    log: wal::Pages<'a>,
    page_size: usize,
    /// Bytes of a page that b-trees use.
    usable: usize,
}

impl<'a> Database<'a> {
    fn open(bytes: &'a [u8], log: &'a [u8]) -> Option<Self> {
        let page_size = match be16(bytes, 16)? {
            1 => 65_536,
            size => usize::from(size),
        };
        let reserved = usize::from(*bytes.get(20)?);
        let sound = is_sqlite(bytes) && page_size.is_power_of_two() && page_size >= 512;
        // "The usable size is not allowed to be less than 480."
        let usable = page_size.checked_sub(reserved)?;
        (sound && usable >= 480).then(|| Self {
            bytes,
            log: wal::pages(log, page_size),
            page_size,
            usable,
        })
    }

    fn page(&self, number: u32) -> Option<&'a [u8]> {
        if let Some(&page) = self.log.get(&number) {
            return Some(page);
        }
        let index = place(number).checked_sub(1)?;
        slice(
            self.bytes,
            index.checked_mul(self.page_size)?,
            self.page_size,
        )
    }

    /// Bytes of a payload that are on the leaf itself (section 1.6, "Cell Payload Overflow Pages").
    fn local(&self, payload: usize) -> Option<usize> {
        let most = self.usable.checked_sub(35)?;
        if payload <= most {
            return Some(payload);
        }
        let least = self
            .usable
            .checked_sub(12)?
            .checked_mul(32)?
            .checked_div(255)?
            .checked_sub(23)?;
        let rest = payload
            .checked_sub(least)?
            .checked_rem(self.usable.checked_sub(4)?)?;
        let wanted = least.checked_add(rest)?;
        Some(if wanted <= most { wanted } else { least })
    }
}

/// A walk over the rows of tables.
struct Table {
    visited: HashSet<u32>,
    budget: Budget,
    /// Pages and rows that made no sense.
    lost: u64,
}

impl Table {
    /// Hands each row on; a row that `row` cannot use is lost.
    fn walk(
        &mut self,
        database: &Database<'_>,
        root: u32,
        mut row: impl FnMut(&Record) -> Option<()>,
    ) {
        let mut todo = vec![(root, 0usize)];
        while let Some((number, depth)) = todo.pop() {
            let page = database.page(number);
            let fresh = self.visited.insert(number) && depth < MAX_DEPTH;
            let Some(page) = page.filter(|_| fresh) else {
                self.lose();
                continue;
            };
            let start = if number == 1 { FILE_HEADER } else { 0 };
            match page.get(start) {
                Some(&INTERIOR) => {
                    let children = children(page, start);
                    if children.is_none() {
                        self.lose();
                    }
                    // The first child comes off first.
                    let below = depth.saturating_add(1);
                    let children = children.unwrap_or_default().into_iter().rev();
                    todo.extend(children.map(|child| (child, below)));
                }
                Some(&LEAF) => self.leaf(database, page, start, &mut row),
                _ => self.lose(),
            }
        }
    }

    fn lose(&mut self) {
        self.lost = self.lost.saturating_add(1);
    }

    fn leaf(
        &mut self,
        database: &Database<'_>,
        page: &[u8],
        start: usize,
        row: &mut impl FnMut(&Record) -> Option<()>,
    ) {
        let Some(cells) = cells(page, start, 8) else {
            return self.lose();
        };
        for at in cells {
            let record = self.payload(database, page, at).and_then(Record::read);
            if record.and_then(|record| row(&record)).is_none() {
                self.lose();
            }
        }
    }

    /// The payload of a leaf's cell, put together from its overflow pages.
    fn payload(&mut self, database: &Database<'_>, page: &[u8], at: usize) -> Option<Vec<u8>> {
        let (length, at) = varint(page, at)?;
        let (_rowid, at) = varint(page, at)?;
        let length = usize::try_from(length).ok()?;
        self.budget.take(length)?;
        let local = database.local(length)?;
        let mut payload = slice(page, at, local)?.to_vec();
        if local == length {
            return Some(payload);
        }
        let mut next = be32(page, at.checked_add(local)?)?;
        while payload.len() < length {
            let overflow = database.page(next)?;
            if !self.visited.insert(next) {
                return None;
            }
            let room = database.usable.checked_sub(4)?;
            let part = room.min(length.saturating_sub(payload.len()));
            payload.extend_from_slice(slice(overflow, 4, part)?);
            next = be32(overflow, 0)?;
        }
        Some(payload)
    }
}

/// Offsets of a page's cells; its header has `header` bytes.
fn cells(page: &[u8], start: usize, header: usize) -> Option<Vec<usize>> {
    let count = usize::from(be16(page, start.checked_add(3)?)?);
    let first = start.checked_add(header)?;
    (0..count)
        .map(|index| {
            let at = first.checked_add(index.checked_mul(2)?)?;
            be16(page, at).map(usize::from)
        })
        .collect()
}

fn children(page: &[u8], start: usize) -> Option<Vec<u32>> {
    let mut all = cells(page, start, 12)?
        .into_iter()
        .map(|at| be32(page, at))
        .collect::<Option<Vec<u32>>>()?;
    all.push(be32(page, start.checked_add(8)?)?);
    Some(all)
}

/// A row (section 2.1, "Record Format").
struct Record {
    payload: Vec<u8>,
    /// Serial type and place of each column.
    columns: Vec<(u64, usize)>,
}

impl Record {
    fn read(payload: Vec<u8>) -> Option<Self> {
        let (header, mut at) = varint(&payload, 0)?;
        let header = usize::try_from(header).ok()?;
        let mut body = header;
        let mut columns = Vec::new();
        while at < header && columns.len() < MAX_COLUMNS {
            let (serial, next) = varint(&payload, at)?;
            columns.push((serial, body));
            body = body.checked_add(width(serial)?)?;
            at = next;
        }
        (body <= payload.len()).then_some(Self { payload, columns })
    }

    /// A column that is text or a blob.
    fn bytes(&self, column: usize) -> Option<&[u8]> {
        let &(serial, at) = self.columns.get(column)?;
        (serial >= 12).then(|| slice(&self.payload, at, width(serial)?))?
    }

    /// A column that is a small number.
    fn number(&self, column: usize) -> Option<u32> {
        let &(serial, at) = self.columns.get(column)?;
        match serial {
            1..=6 => slice(&self.payload, at, width(serial)?)?
                .iter()
                .try_fold(0u32, |sum, &byte| {
                    sum.checked_mul(256)?.checked_add(u32::from(byte))
                }),
            9 => Some(1),
            _ => None,
        }
    }
}

/// Bytes of a value of a serial type.
fn width(serial: u64) -> Option<usize> {
    match serial {
        0 | 8 | 9 => Some(0),
        1..=4 => usize::try_from(serial).ok(),
        5 => Some(6),
        6 | 7 => Some(8),
        10 | 11 => None,
        _ => usize::try_from(serial.checked_sub(12)?.checked_div(2)?).ok(),
    }
}

/// A variable-length number and what is behind it (section 1.6).
fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for index in 0..9usize {
        let here = at.checked_add(index)?;
        let byte = *bytes.get(here)?;
        let next = here.checked_add(1)?;
        if index == 8 {
            return Some((value.checked_shl(8)? | u64::from(byte), next));
        }
        value = value.checked_shl(7)? | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, next));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length() {
        assert_eq!(varint(&[0x7f], 0), Some((127, 1)));
        assert_eq!(varint(&[0x81, 0x00], 0), Some((128, 2)));
        assert_eq!(varint(&[0xff; 9], 0), Some((u64::MAX, 9)));
        assert_eq!(varint(&[0x80], 0), None);
    }
}
