//! Reads ZIP archives as a class loader does: by the directory at the end.
//!
//! Format: PKWARE APPNOTE 6.3.10, sections 4.3 (structure), 4.4 (fields) and 4.5.3 (Zip64). Hostile
//! archives name the same bytes many times over, so entries that overlap are refused; everything
//! read and inflated is counted against one budget for the outermost file and all within it.

use std::borrow::Cow;

use flate2::Crc;

use crate::facts::compressed;
use crate::image::Whole;

/// Entries of one archive; the largest real ones have a tenth of it.
const MAX_ENTRIES: u64 = 500_000;
/// Bytes of one archive's directory.
const MAX_DIRECTORY: u64 = 64 << 20;
/// Bytes from the end in which the end record is: its own 22, and a comment of 65,535.
const MAX_END: u64 = 22 + 65_535;
const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
/// End records tried in one archive.
const MAX_TRIES: usize = 16;
const END_64: &[u8] = b"PK\x06\x06";
const END_64_BYTES: usize = 56;
const LOCATOR_64: &[u8] = b"PK\x06\x07";
const LOCATOR_64_BYTES: u64 = 20;
const CENTRAL: &[u8] = b"PK\x01\x02";
const CENTRAL_BYTES: usize = 46;
const LOCAL: &[u8] = b"PK\x03\x04";
const LOCAL_BYTES: u64 = 30;
/// Header ID of the extra field for large archives.
const EXTRA_64: u16 = 1;
/// In place of a number that stands in that field.
const IN_EXTRA: u64 = 0xffff_ffff;
const FLAG_ENCRYPTED: u16 = 1;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// Why an archive, or a part of it, was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It makes no sense.
    Damaged,
    /// Its entries share bytes.
    Overlapping,
    /// It is over a cap.
    Limit,
    /// It is encrypted, or compressed in a way Java does not know.
    Unsupported,
    /// The temporary file could not be read back.
    Unreadable,
}

/// What is left to be read and inflated.
#[derive(Debug)]
pub(super) struct Budget {
    /// Bytes that may still be inflated.
    pub(super) inflated: u64,
    /// Entries that may still be looked at.
    pub(super) entries: u64,
}

impl Budget {
    /// For one outermost file of so many bytes.
    pub(super) fn new(stored: u64) -> Self {
        let inflated = LEAST_INFLATED.saturating_add(stored.saturating_mul(MAX_INFLATION));
        Self {
            inflated: inflated.min(MAX_INFLATED),
            entries: MAX_ENTRIES,
        }
    }

    fn take(left: &mut u64, amount: u64) -> Result<(), Fault> {
        *left = left.checked_sub(amount).ok_or(Fault::Limit)?;
        Ok(())
    }
}

/// Bytes inflated of one outermost file, at least and at most, and between them by its own size: what
/// is inflated are descriptions and archives, which are compressed already.
const LEAST_INFLATED: u64 = 256 << 10;
const MAX_INFLATED: u64 = 512 << 20;
const MAX_INFLATION: u64 = 20;

/// A part of a file that is an archive by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    file: Whole<'a>,
    start: u64,
    length: u64,
}

impl<'a> Part<'a> {
    /// All of a file.
    pub(super) fn all(file: Whole<'a>) -> Self {
        Self {
            file,
            start: 0,
            length: file.length(),
        }
    }

    fn read(&self, offset: u64, length: usize) -> Result<Cow<'a, [u8]>, Fault> {
        let end = offset.checked_add(length as u64);
        if end.is_none_or(|end| end > self.length) {
            return Err(Fault::Damaged);
        }
        let offset = self.start.checked_add(offset).ok_or(Fault::Damaged)?;
        let bytes = self.file.read(offset, length);
        bytes.map_err(|_| Fault::Unreadable)?.ok_or(Fault::Damaged)
    }

    fn part(&self, offset: u64, length: u64) -> Result<Self, Fault> {
        let end = offset.checked_add(length);
        if end.is_none_or(|end| end > self.length) {
            return Err(Fault::Damaged);
        }
        Ok(Self {
            file: self.file,
            start: self.start.checked_add(offset).ok_or(Fault::Damaged)?,
            length,
        })
    }
}

/// An entry of the directory.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Name, as stored.
    pub(super) name: Box<[u8]>,
    /// Bytes once inflated, as stated.
    pub(super) size: u64,
    stored: u64,
    method: u16,
    flags: u16,
    crc: u32,
    local: u64,
}

/// An archive whose directory was read.
#[derive(Debug)]
pub(super) struct Archive<'a> {
    part: Part<'a>,
    /// Entries that were asked for, in the order of the directory.
    pub(super) entries: Vec<Entry>,
}

/// Content of an entry.
pub(super) enum Content<'a> {
    /// Stored as it is.
    Stored(Part<'a>),
    /// Inflated.
    Inflated(Vec<u8>),
}

impl<'a> Archive<'a> {
    /// Reads the directory, and of it the entries whose names are `wanted`.
    pub(super) fn open(
        part: Part<'a>,
        budget: &mut Budget,
        wanted: impl Fn(&[u8]) -> bool,
    ) -> Result<Self, Fault> {
        let end = End::find(&part)?;
        Budget::take(&mut budget.entries, end.entries)?;
        if end.bytes > MAX_DIRECTORY {
            return Err(Fault::Limit);
        }
        let length = usize::try_from(end.bytes).map_err(|_| Fault::Limit)?;
        let directory = part.read(end.start, length)?;
        let mut rest = directory.as_ref();
        let mut entries = Vec::new();
        let mut places = Vec::new();
        for _ in 0..end.entries {
            let (entry, more) = Entry::read(rest, end.shift)?;
            places.push((entry.local, entry.stored.saturating_add(LOCAL_BYTES)));
            if wanted(&entry.name) {
                entries.push(entry);
            }
            rest = more;
        }
        if overlap(&mut places, end.start) {
            return Err(Fault::Overlapping);
        }
        Ok(Self { part, entries })
    }

    /// The content of an entry: at most `most` bytes of it.
    pub(super) fn content(
        &self,
        entry: &Entry,
        most: u64,
        budget: &mut Budget,
    ) -> Result<Content<'a>, Fault> {
        if entry.flags & FLAG_ENCRYPTED != 0 {
            return Err(Fault::Unsupported);
        }
        let header = usize::try_from(LOCAL_BYTES).map_err(|_| Fault::Damaged)?;
        let header = self.part.read(entry.local, header)?;
        if !header.starts_with(LOCAL) {
            return Err(Fault::Damaged);
        }
        let names = u64::from(half(&header, 26)?).saturating_add(half(&header, 28)?.into());
        let start = entry
            .local
            .saturating_add(LOCAL_BYTES)
            .saturating_add(names);
        let stored = self.part.part(start, entry.stored)?;
        match entry.method {
            STORED if entry.size == entry.stored => Ok(Content::Stored(stored)),
            DEFLATED if entry.size > most => Err(Fault::Limit),
            DEFLATED => inflate(stored, entry, budget).map(Content::Inflated),
            STORED => Err(Fault::Damaged),
            _ => Err(Fault::Unsupported),
        }
    }

    /// All bytes of a short entry.
    pub(super) fn bytes(
        &self,
        entry: &Entry,
        most: u64,
        budget: &mut Budget,
    ) -> Result<Vec<u8>, Fault> {
        match self.content(entry, most, budget)? {
            Content::Inflated(bytes) => Ok(bytes),
            Content::Stored(part) if part.length > most => Err(Fault::Limit),
            Content::Stored(part) => {
                let length = usize::try_from(part.length).map_err(|_| Fault::Limit)?;
                Ok(part.read(0, length)?.into_owned())
            }
        }
    }
}

/// Inflates an entry whose stated size was found small enough; it must have that size.
fn inflate(stored: Part<'_>, entry: &Entry, budget: &mut Budget) -> Result<Vec<u8>, Fault> {
    Budget::take(&mut budget.inflated, entry.size)?;
    // What is stored is read from the file before it is inflated.
    if entry.stored
        > entry
            .size
            .saturating_add(entry.size >> 3)
            .saturating_add(64)
    {
        return Err(Fault::Damaged);
    }
    let length = usize::try_from(entry.stored).map_err(|_| Fault::Limit)?;
    let stored = stored.read(0, length)?;
    let size = usize::try_from(entry.size).map_err(|_| Fault::Limit)?;
    let inflated = compressed::inflate(stored.as_ref(), size);
    let bytes = inflated.bytes;
    let mut crc = Crc::new();
    crc.update(&bytes);
    let is_whole = inflated.end == compressed::End::Whole && bytes.len() == size;
    if !is_whole || crc.sum() != entry.crc {
        return Err(Fault::Damaged);
    }
    Ok(bytes)
}

/// Whether entries share bytes with each other or with the directory.
fn overlap(places: &mut [(u64, u64)], directory: u64) -> bool {
    places.sort_unstable();
    let ends = places
        .iter()
        .map(|(start, length)| start.saturating_add(*length));
    let starts = places.iter().map(|(start, _)| *start);
    ends.zip(starts.skip(1).chain([directory]))
        .any(|(end, next)| end > next)
}

/// Where the directory is.
struct End {
    /// First byte of the directory.
    start: u64,
    bytes: u64,
    entries: u64,
    /// Bytes before the archive: a script that starts it. Offsets do not count them.
    shift: u64,
}

impl End {
    fn find(part: &Part<'_>) -> Result<Self, Fault> {
        let from = part.length.saturating_sub(MAX_END);
        let length = usize::try_from(part.length.saturating_sub(from)).map_err(|_| Fault::Limit)?;
        let tail = part.read(from, length)?;
        let candidates = || {
            let places = (0..=tail.len().saturating_sub(END_BYTES)).rev();
            places.filter_map(|at| {
                let record = tail.get(at..).filter(|record| record.starts_with(END))?;
                Some((from.saturating_add(at as u64), record))
            })
        };
        // The record ends the file with its comment. Java takes one that other bytes follow as well.
        let ends = |record: &[u8]| {
            let comment = half(record, 20).map_or(usize::MAX, usize::from);
            record.len() == END_BYTES.saturating_add(comment)
        };
        candidates()
            .filter(|(_, record)| ends(record))
            .chain(candidates().take(MAX_TRIES))
            .find_map(|(at, record)| {
                let end = Self::read(part, at, record).ok()?;
                end.begins_right(part).then_some(end)
            })
            .ok_or(Fault::Damaged)
    }

    /// Whether the first entry is where this says.
    fn begins_right(&self, part: &Part<'_>) -> bool {
        let first = part.read(self.start, CENTRAL.len());
        self.entries == 0 || first.is_ok_and(|first| *first == *CENTRAL)
    }

    /// From the record at `at`, and the one of a large archive if there is one.
    fn read(part: &Part<'_>, at: u64, record: &[u8]) -> Result<Self, Fault> {
        let (entries, bytes, offset) = (
            half(record, 10)?.into(),
            word(record, 12)?.into(),
            word(record, 16)?.into(),
        );
        let is_64 = entries == 0xffff || bytes == IN_EXTRA || offset == IN_EXTRA;
        if let Some(end) = Self::large(part, at).filter(|_| is_64) {
            return end;
        }
        Self::new(at, entries, bytes, offset)
    }

    /// From the record of a large archive, which a locator right before the end record points to.
    fn large(part: &Part<'_>, end: u64) -> Option<Result<Self, Fault>> {
        let locator = end.checked_sub(LOCATOR_64_BYTES)?;
        let found = part
            .read(locator, usize::try_from(LOCATOR_64_BYTES).ok()?)
            .ok()?;
        if !found.starts_with(LOCATOR_64) {
            return None;
        }
        // Without a script before it, the record is where the locator says; with one, and without
        // fields of its own, it ends where the locator begins.
        let stated = long(&found, 8).ok()?;
        let before = locator.checked_sub(END_64_BYTES as u64);
        let places = [Some(stated), before].into_iter().flatten();
        let read = |at| Some((at, part.read(at, END_64_BYTES).ok()?));
        let (at, record) = places
            .filter_map(read)
            .find(|(_, record)| record.starts_with(END_64))?;
        let fields = || Ok((long(&record, 32)?, long(&record, 40)?, long(&record, 48)?));
        Some(fields().and_then(|(entries, bytes, offset)| Self::new(at, entries, bytes, offset)))
    }

    /// The directory ends where the record of it begins.
    fn new(at: u64, entries: u64, bytes: u64, offset: u64) -> Result<Self, Fault> {
        let start = at.checked_sub(bytes).ok_or(Fault::Damaged)?;
        let shift = start.checked_sub(offset).ok_or(Fault::Damaged)?;
        Ok(Self {
            start,
            bytes,
            entries,
            shift,
        })
    }
}

impl Entry {
    /// Whether it says that it inflates to more than `ratio` times what is stored of it.
    pub(super) fn is_bomb(&self, ratio: u64) -> bool {
        self.size > self.stored.saturating_mul(ratio)
    }

    /// The entry at the start of `bytes`, and what follows it.
    fn read(bytes: &[u8], shift: u64) -> Result<(Self, &[u8]), Fault> {
        if !bytes.starts_with(CENTRAL) {
            return Err(Fault::Damaged);
        }
        let (fixed, rest) = bytes
            .split_at_checked(CENTRAL_BYTES)
            .ok_or(Fault::Damaged)?;
        let split =
            |bytes, at: u16| <[u8]>::split_at_checked(bytes, usize::from(at)).ok_or(Fault::Damaged);
        let (name, rest) = split(rest, half(fixed, 28)?)?;
        let (extra, rest) = split(rest, half(fixed, 30)?)?;
        let (_, rest) = split(rest, half(fixed, 32)?)?;
        let mut large = LargeNumbers::of(extra);
        let size = large.or(word(fixed, 24)?)?;
        let stored = large.or(word(fixed, 20)?)?;
        let local = large.or(word(fixed, 42)?)?;
        let entry = Self {
            name: name.into(),
            size,
            stored,
            method: half(fixed, 10)?,
            flags: half(fixed, 8)?,
            crc: word(fixed, 16)?,
            local: local.checked_add(shift).ok_or(Fault::Damaged)?,
        };
        Ok((entry, rest))
    }
}

/// Numbers of the extra field for large archives, in their order.
struct LargeNumbers<'a>(&'a [u8]);

impl<'a> LargeNumbers<'a> {
    fn of(mut extra: &'a [u8]) -> Self {
        while let (Ok(id), Ok(length)) = (half(extra, 0), half(extra, 2)) {
            let field = extra.get(4..).unwrap_or_default();
            let Some((field, rest)) = field.split_at_checked(length.into()) else {
                break;
            };
            if id == EXTRA_64 {
                return Self(field);
            }
            extra = rest;
        }
        Self(&[])
    }

    /// The number, or the next large one where it stands for that.
    fn or(&mut self, number: u32) -> Result<u64, Fault> {
        if u64::from(number) != IN_EXTRA {
            return Ok(number.into());
        }
        let large = long(self.0, 0)?;
        self.0 = self.0.get(8..).unwrap_or_default();
        Ok(large)
    }
}

fn bytes<const N: usize>(from: &[u8], at: usize) -> Result<[u8; N], Fault> {
    let rest = from.get(at..).unwrap_or_default();
    rest.first_chunk().copied().ok_or(Fault::Damaged)
}

fn half(from: &[u8], at: usize) -> Result<u16, Fault> {
    bytes(from, at).map(u16::from_le_bytes)
}

fn word(from: &[u8], at: usize) -> Result<u32, Fault> {
    bytes(from, at).map(u32::from_le_bytes)
}

fn long(from: &[u8], at: usize) -> Result<u64, Fault> {
    bytes(from, at).map(u64::from_le_bytes)
}
