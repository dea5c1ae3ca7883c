//! SQLite's write-ahead log: pages that are newer than those in the database.
//!
//! Format: sqlite.org, "Database File Format", section 4. What SQLite would not believe, such as
//! frames left over from an earlier log, is not believed here either.

use std::collections::HashMap;

use super::bytes::{be32, place, slice};

/// The last bit says in which byte order its checksums are made.
const MAGIC: u32 = 0x377f_0682;
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// Pages by number.
pub(super) type Pages<'a> = HashMap<u32, &'a [u8]>;

/// The pages of all transactions that came to their end; the last one of a number counts.
pub(super) fn pages(log: &[u8], page_size: usize) -> Pages<'_> {
    frames(log, page_size).unwrap_or_default()
}

fn frames(log: &[u8], page_size: usize) -> Option<Pages<'_>> {
    let magic = be32(log, 0)?;
    let mut sum = Checksum {
        big_endian: magic & 1 == 1,
        state: (0, 0),
    };
    sum.add(slice(log, 0, 24)?);
    let header = slice(log, 0, HEADER)?;
    let sound =
        magic & !1 == MAGIC && be32(log, 8).map(place) == Some(page_size) && sum.is_at(header, 24);
    let mut committed = HashMap::new();
    let mut pending = Vec::new();
    let mut rest = log.get(HEADER..).filter(|_| sound)?;
    let salts = slice(header, 16, 8)?;
    let length = FRAME_HEADER.checked_add(page_size)?;
    while let Some((frame, after)) = rest.split_at_checked(length) {
        let (head, page) = frame.split_at_checked(FRAME_HEADER)?;
        sum.add(slice(head, 0, 8)?);
        sum.add(page);
        if slice(head, 8, 8)? != salts || !sum.is_at(head, 16) {
            break;
        }
        pending.push((be32(head, 0)?, page));
        // The last frame of a transaction says how large the database is then.
        if be32(head, 4)? > 0 {
            committed.extend(pending.drain(..));
        }
        rest = after;
    }
    Some(committed)
}

/// Section 4.2, "Checksum Algorithm".
struct Checksum {
    big_endian: bool,
    state: (u32, u32),
}

impl Checksum {
    fn add(&mut self, bytes: &[u8]) {
        for pair in bytes.chunks_exact(8) {
            let word = |at: usize| {
                let field = slice(pair, at, 4)?.try_into().ok()?;
                Some(match self.big_endian {
                    true => u32::from_be_bytes(field),
                    false => u32::from_le_bytes(field),
                })
            };
            let (first, second) = (word(0).unwrap_or(0), word(4).unwrap_or(0));
            let (a, b) = self.state;
            let a = a.wrapping_add(first).wrapping_add(b);
            self.state = (a, b.wrapping_add(second).wrapping_add(a));
        }
    }

    fn is_at(&self, bytes: &[u8], at: usize) -> bool {
        let second = at.checked_add(4).and_then(|at| be32(bytes, at));
        (be32(bytes, at), second) == (Some(self.state.0), Some(self.state.1))
    }
}
