//! Which parts of an ELF file are kept while it streams by, and reading from them.
//!
//! The loader's tables stand in the first loaded segment, with GNU's and LLVM's linkers; the
//! dynamic section in a later one; section headers and the compiler's mark at the end. Go's linker
//! puts section headers first and tables anywhere; patchelf puts tables into a segment of their
//! own. Between them is code, most of the file, which nobody looks at.

use std::ops::Range;

use object::read::ReadRef;
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};
use object::{Endianness, elf};

use crate::image::Excerpts;

/// First bytes: the file header, and nearly always the program headers.
pub(super) const HEAD_BYTES: usize = 4_096;
/// Most of the first loaded segment: the string tables of the largest libraries have half of it.
const FIRST_SEGMENT: u64 = 8 << 20;
/// Of a program of Go, whose tables stand among the constants, after the code: of a dynamic one,
/// most of the segments that are neither code nor written to.
const CONSTANTS: u64 = 24 << 20;
/// A later segment of data up to this size is kept whole, for tables that patchelf moved there.
const SMALL_SEGMENT: u64 = 1 << 20;
/// Of any other segment of data the beginning: Go's build information (Go, `debug/buildinfo`).
const SEGMENT_START: u64 = 64 << 10;
/// Bytes kept of one dynamic section, or of a segment of notes.
const DYNAMIC: u64 = 256 << 10;
const NOTES: u64 = 64 << 10;
/// Bytes behind the last segment, where linkers put the compiler's mark.
const BEHIND_SEGMENTS: u64 = 4_096;
/// Section headers, and bytes before them, where a stripped file has the names of the sections.
const SECTION_HEADERS: u64 = 1 << 20;
const BEFORE_SECTION_HEADERS: u64 = 64 << 10;
/// Bytes of one table named by a section header at the start of the file.
const TABLE: u64 = 8 << 20;
/// Segments and sections looked at.
pub(super) const MAX_SEGMENTS: usize = 256;
pub(super) const MAX_SECTIONS: usize = 1_024;

/// The ranges to keep, by the first bytes.
pub(super) fn wanted<H: FileHeader<Endian = Endianness>>(head: &[u8]) -> Vec<Range<u64>> {
    let Ok(header) = H::parse(head) else {
        return Vec::new();
    };
    let Ok(endian) = header.endian() else {
        return Vec::new();
    };
    // Program headers further on are rare: what comes first is then kept, whatever it is.
    let Ok(segments) = header.program_headers(endian, head) else {
        return vec![range(0, u64::MAX, u64::MAX)];
    };
    let has_note_of_go = super::Notes::read::<H>(endian, Regions::of_head(head), segments).go;
    let mut types = segments.iter().map(|segment| segment.p_type(endian));
    let is_dynamic = types.any(|kind| kind == elf::PT_DYNAMIC);
    let mut ranges = Vec::new();
    let mut end = 0u64;
    let mut first = true;
    for segment in segments.iter().take(MAX_SEGMENTS) {
        let offset: u64 = segment.p_offset(endian).into();
        let size: u64 = segment.p_filesz(endian).into();
        match segment.p_type(endian) {
            elf::PT_LOAD => {
                end = end.max(offset.saturating_add(size));
                let most = match segment.p_flags(endian) & (elf::PF_X | elf::PF_W) {
                    _ if first && !has_note_of_go => FIRST_SEGMENT,
                    0 if has_note_of_go && is_dynamic => CONSTANTS,
                    0 | elf::PF_W if size <= SMALL_SEGMENT => SMALL_SEGMENT,
                    0 | elf::PF_W => SEGMENT_START,
                    _ => 0,
                };
                ranges.push(range(offset, size, most));
                first = false;
            }
            elf::PT_DYNAMIC => ranges.push(range(offset, size, DYNAMIC)),
            elf::PT_NOTE => ranges.push(range(offset, size, NOTES)),
            elf::PT_INTERP => ranges.push(range(offset, size, HEAD_BYTES as u64)),
            _ => {}
        }
    }
    ranges.push(range(end, BEHIND_SEGMENTS, BEHIND_SEGMENTS));
    ranges.extend(of_sections(header, endian, head));
    ranges
}

fn range(start: u64, size: u64, most: u64) -> Range<u64> {
    start..start.saturating_add(size.min(most))
}

/// The section headers, and what those at the start of the file point at.
fn of_sections<H: FileHeader<Endian = Endianness>>(
    header: &H,
    endian: Endianness,
    head: &[u8],
) -> Vec<Range<u64>> {
    let table: u64 = header.e_shoff(endian).into();
    let size = u64::from(header.e_shnum(endian))
        .saturating_mul(u64::from(header.e_shentsize(endian)))
        .min(SECTION_HEADERS);
    if table == 0 || size == 0 {
        return Vec::new();
    }
    let before = table.saturating_sub(BEFORE_SECTION_HEADERS);
    let headers = before..table.saturating_add(size);
    let mut ranges = Vec::new();
    let sections = header.section_headers(endian, head).unwrap_or_default();
    for section in sections.iter().take(MAX_SECTIONS) {
        let is_table = matches!(
            section.sh_type(endian),
            elf::SHT_STRTAB | elf::SHT_GNU_VERNEED | elf::SHT_GNU_VERDEF
        );
        let is_symbols = section.sh_flags(endian).into() & u64::from(elf::SHF_ALLOC) == 0
            && section.sh_name(endian) != 0
            && section.sh_size(endian).into() > SMALL_SEGMENT;
        if is_table && !is_symbols {
            let offset: u64 = section.sh_offset(endian).into();
            ranges.push(range(offset, section.sh_size(endian).into(), TABLE));
        }
    }
    ranges.push(headers);
    ranges
}

/// The kept parts, as a file to read from: what was not kept is an error.
#[derive(Debug, Clone, Copy)]
pub(super) struct Regions<'a> {
    excerpts: Excerpts<'a>,
    file_bytes: u64,
}

impl<'a> Regions<'a> {
    pub(super) fn new(excerpts: &Excerpts<'a>, file_bytes: u64) -> Self {
        Self {
            excerpts: *excerpts,
            file_bytes,
        }
    }

    /// The first bytes alone.
    fn of_head(head: &'a [u8]) -> Self {
        Self {
            excerpts: Excerpts::of_head(head),
            file_bytes: head.len() as u64,
        }
    }

    /// Bytes from an offset on, as far as they were kept.
    pub(super) fn from(self, offset: u64) -> Option<&'a [u8]> {
        self.excerpts.from(offset)
    }
}

impl<'a> ReadRef<'a> for Regions<'a> {
    fn len(self) -> Result<u64, ()> {
        Ok(self.file_bytes)
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'a [u8], ()> {
        if size == 0 {
            return Ok(&[]);
        }
        let size = usize::try_from(size).map_err(drop)?;
        self.from(offset)
            .and_then(|bytes| bytes.get(..size))
            .ok_or(())
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'a [u8], ()> {
        let bytes = self.from(range.start).ok_or(())?;
        let most = range.end.saturating_sub(range.start);
        let most = usize::try_from(most).map_err(drop)?;
        let bytes = bytes.get(..most).unwrap_or(bytes);
        let end = bytes.iter().position(|&byte| byte == delimiter).ok_or(())?;
        bytes.get(..end).ok_or(())
    }
}
