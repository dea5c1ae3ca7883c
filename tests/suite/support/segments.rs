//! Writes ELF programs from loaded segments, sections and notes: what Go's linker and others leave
//! in them can be put at any address. ELF64, either byte order (System V ABI, chapters 4 and 5).
//!
//! The file is header, program headers, segments, section headers and their names, so that what
//! sections say is at its end.

const HEADER_BYTES: usize = 64;
const PROGRAM_HEADER_BYTES: usize = 56;
const SECTION_HEADER_BYTES: usize = 64;
const PT_LOAD: u32 = 1;
const PT_NOTE: u32 = 4;
const SHT_PROGBITS: u32 = 1;
const SHT_STRTAB: u32 = 3;

/// Readable data.
pub const CONSTANTS: u32 = 4;
/// Data that is written to.
pub const DATA: u32 = 6;

/// A program to be: `Segments::new().load(DATA, 0x5000, bytes).section(".x", 0x5000, 4).bytes()`.
#[derive(Debug, Clone, Default)]
pub struct Segments {
    big_endian: bool,
    loads: Vec<(u32, u32, u64, Vec<u8>)>,
    sections: Vec<(String, u64, u64)>,
}

impl Segments {
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes the most significant byte first.
    pub fn big_endian(mut self) -> Self {
        self.big_endian = true;
        self
    }

    /// Adds a segment that is loaded at `address`.
    pub fn load(mut self, flags: u32, address: u64, bytes: impl Into<Vec<u8>>) -> Self {
        self.loads.push((PT_LOAD, flags, address, bytes.into()));
        self
    }

    /// Adds a segment of notes with one note.
    pub fn note(mut self, owner: &str, kind: u32, content: &[u8]) -> Self {
        let mut note = Vec::new();
        let owner = [owner.as_bytes(), b"\0"].concat();
        for number in [owner.len() as u32, content.len() as u32, kind] {
            note.extend(self.word(number));
        }
        for part in [&owner, content] {
            note.extend_from_slice(part);
            note.resize(note.len().next_multiple_of(4), 0);
        }
        self.loads.push((PT_NOTE, CONSTANTS, 0, note));
        self
    }

    /// Adds a section: its name, the address it starts at in a segment, and its length.
    pub fn section(mut self, name: &str, address: u64, length: usize) -> Self {
        self.sections.push((name.into(), address, length as u64));
        self
    }

    fn half(&self, number: u16) -> [u8; 2] {
        match self.big_endian {
            true => number.to_be_bytes(),
            false => number.to_le_bytes(),
        }
    }

    fn word(&self, number: u32) -> [u8; 4] {
        match self.big_endian {
            true => number.to_be_bytes(),
            false => number.to_le_bytes(),
        }
    }

    /// A number of the size of a pointer.
    pub fn long(&self, number: u64) -> [u8; 8] {
        match self.big_endian {
            true => number.to_be_bytes(),
            false => number.to_le_bytes(),
        }
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut offset = HEADER_BYTES + self.loads.len() * PROGRAM_HEADER_BYTES;
        let mut headers = Vec::new();
        let mut body = Vec::new();
        let mut places = Vec::new();
        for (kind, flags, address, bytes) in &self.loads {
            let padding = offset.next_multiple_of(16) - offset;
            body.resize(body.len() + padding, 0);
            offset += padding;
            headers.extend(self.word(*kind));
            headers.extend(self.word(*flags));
            let size = bytes.len() as u64;
            let alignment = if *kind == PT_NOTE { 4 } else { 16 };
            for number in [offset as u64, *address, *address, size, size, alignment] {
                headers.extend(self.long(number));
            }
            places.push((*address, offset as u64, size));
            body.extend_from_slice(bytes);
            offset += bytes.len();
        }
        let mut names = b"\0".to_vec();
        let mut sections = vec![0; SECTION_HEADER_BYTES];
        for (name, address, length) in &self.sections {
            let place = places
                .iter()
                .find(|(start, _, size)| (*start..start + size).contains(address));
            let at = place.map_or(0, |(start, offset, _)| offset + address - start);
            self.section_header(
                &mut sections,
                (names.len(), SHT_PROGBITS),
                (*address, at, *length),
            );
            names.extend_from_slice(name.as_bytes());
            names.push(0);
        }
        let named = !self.sections.is_empty();
        if named {
            let length = names.len() as u64 + 1;
            self.section_header(&mut sections, (0, SHT_STRTAB), (0, offset as u64, length));
            body.extend_from_slice(&names);
            body.push(0);
            offset += names.len() + 1;
        }
        let count = if named { self.sections.len() + 2 } else { 0 };
        let mut file = self.header(if named { offset } else { 0 }, count);
        file.extend(headers);
        file.extend(body);
        if named {
            file.extend(sections);
        }
        file
    }

    fn section_header(&self, to: &mut Vec<u8>, (name, kind): (usize, u32), place: (u64, u64, u64)) {
        to.extend(self.word(name as u32));
        to.extend(self.word(kind));
        for number in [2, place.0, place.1, place.2] {
            to.extend(self.long(number));
        }
        to.extend([0; 8]);
        to.extend(self.long(1));
        to.extend(self.long(0));
    }

    fn header(&self, sections_at: usize, sections: usize) -> Vec<u8> {
        let mut header = b"\x7fELF\x02".to_vec();
        header.push(if self.big_endian { 2 } else { 1 });
        header.push(1);
        header.resize(16, 0);
        header.extend(self.half(2));
        header.extend(self.half(if self.big_endian { 22 } else { 62 }));
        header.extend(self.word(1));
        for number in [0, HEADER_BYTES as u64, sections_at as u64] {
            header.extend(self.long(number));
        }
        header.extend(self.word(0));
        let last = sections.saturating_sub(1);
        for number in [
            HEADER_BYTES,
            PROGRAM_HEADER_BYTES,
            self.loads.len(),
            SECTION_HEADER_BYTES,
            sections,
            last,
        ] {
            header.extend(self.half(number as u16));
        }
        header
    }
}
