//! Parts of one file's content kept for its probe: its first bytes, and ranges further on.
//!
//! A layer streams by once, so a probe says after the first bytes which ranges it wants, and gets
//! those without the rest being held in memory.

use std::ops::Range;

/// Ranges of one file, and bytes in them together. Beyond it the later ones are left out: what
/// needs them is then unknown.
const MAX_RANGES: usize = 64;
const MAX_BYTES: u64 = 32 << 20;

/// What was kept of a file.
#[derive(Debug, Clone, Copy)]
pub struct Excerpts<'a> {
    head: &'a [u8],
    further: Option<&'a Further>,
}

impl<'a> Excerpts<'a> {
    /// First bytes and ranges.
    pub(super) fn new(head: &'a [u8], further: &'a Further) -> Self {
        Self {
            head,
            further: Some(further),
        }
    }

    /// First bytes alone.
    pub fn of_head(head: &'a [u8]) -> Self {
        Self {
            head,
            further: None,
        }
    }

    /// The file's first bytes, as many as were asked for or the whole of a shorter file.
    pub fn head(&self) -> &'a [u8] {
        self.head
    }

    /// What was kept from byte `offset` of the file on, up to the end of that part; `None` where
    /// nothing was kept.
    pub fn from(&self, offset: u64) -> Option<&'a [u8]> {
        let in_head = usize::try_from(offset)
            .ok()
            .and_then(|at| self.head.get(at..));
        in_head
            .filter(|rest| !rest.is_empty())
            .or_else(|| self.further?.from(offset))
    }
}

/// Ranges beyond the first bytes, one behind the other in one buffer.
#[derive(Debug, Default)]
pub(super) struct Further {
    bytes: Vec<u8>,
    /// Offset in the file, and place in `bytes`.
    pieces: Vec<(u64, Range<usize>)>,
}

impl Further {
    /// Forgets the last file.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.pieces.clear();
    }

    /// Begins a piece at byte `offset` of the file.
    pub(super) fn begin(&mut self, offset: u64) {
        let at = self.bytes.len();
        self.pieces.push((offset, at..at));
    }

    /// Adds bytes to the piece begun last.
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        if let Some((_, place)) = self.pieces.last_mut() {
            place.end = self.bytes.len();
        }
    }

    fn from(&self, offset: u64) -> Option<&[u8]> {
        self.pieces.iter().find_map(|(start, place)| {
            let within = usize::try_from(offset.checked_sub(*start)?).ok()?;
            let rest = self.bytes.get(place.clone())?.get(within..)?;
            (!rest.is_empty()).then_some(rest)
        })
    }
}

/// How far the first bytes reach with the ranges that touch them, and the ranges after that: in
/// order, apart from each other, inside the file and within the caps.
pub(super) fn tidy(
    mut ranges: Vec<Range<u64>>,
    head: usize,
    file_bytes: u64,
) -> (usize, Vec<Range<u64>>) {
    ranges.truncate(MAX_RANGES);
    ranges.sort_by_key(|range| range.start);
    let mut reach = head as u64;
    let mut left = MAX_BYTES;
    let mut apart: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        let known = apart.last().map_or(reach, |last| last.end);
        let joins = range.start <= known;
        let start = range.start.max(known);
        let end = range.end.min(file_bytes).min(start.saturating_add(left));
        let Some(more) = end.checked_sub(start).filter(|more| *more > 0) else {
            continue;
        };
        left = left.saturating_sub(more);
        match (joins, apart.last_mut()) {
            (true, Some(last)) => last.end = end,
            (true, None) => reach = end,
            (false, _) => apart.push(start..end),
        }
    }
    (usize::try_from(reach).unwrap_or(usize::MAX), apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_put_in_order_joined_and_kept_inside_the_file() {
        let backwards = Range { start: 7, end: 3 };
        let ranges = vec![500..600, 50..200, 150..250, 590..700, 900..5_000, backwards];
        assert_eq!(tidy(ranges, 100, 1_000), (250, vec![500..700, 900..1_000]));
    }

    #[test]
    fn ranges_beyond_the_caps_are_left_out() {
        let file = 1 << 40;
        let (reach, apart) = tidy(vec![0..file, 1 << 30..file], 64, file);
        assert_eq!((reach as u64, apart), (64 + MAX_BYTES, vec![]));
        let many = (0..1_000).map(|at| at * 100 + 99..at * 100 + 100).collect();
        assert_eq!(tidy(many, 0, file).1.len(), MAX_RANGES);
    }

    #[test]
    fn a_part_is_found_by_its_place_in_the_file_and_ends_where_it_ends() {
        let mut further = Further::default();
        further.begin(100);
        further.extend(b"hundred");
        further.begin(200);
        further.extend(b"two");
        let excerpts = Excerpts::new(b"head", &further);
        assert_eq!(excerpts.from(1), Some(&b"ead"[..]));
        assert_eq!(excerpts.from(4), None);
        assert_eq!(excerpts.from(104), Some(&b"red"[..]));
        assert_eq!(excerpts.from(107), None);
        assert_eq!(excerpts.from(200), Some(&b"two"[..]));
        assert_eq!(excerpts.from(u64::MAX), None);
    }
}
