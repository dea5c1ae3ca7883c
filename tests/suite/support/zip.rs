//! Writes ZIP archives (PKWARE APPNOTE 6.3.10), sound ones and ones that lie.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// An archive to be: `Zip::new().stored("a", b"x").deflated("b", b"y").bytes()`.
#[derive(Debug, Clone, Default)]
pub struct Zip {
    before: Vec<u8>,
    comment: Vec<u8>,
    after: Vec<u8>,
    entries: Vec<Entry>,
    large: bool,
    from_the_start: bool,
}

#[derive(Debug, Clone)]
struct Entry {
    name: String,
    method: u16,
    flags: u16,
    crc: u32,
    size: u32,
    stored: Vec<u8>,
    /// The entry whose local header this one shares.
    same_as: Option<usize>,
}

impl Zip {
    pub fn new() -> Self {
        Self::default()
    }

    fn entry(mut self, name: &str, method: u16, content: &[u8], stored: Vec<u8>) -> Self {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        self.entries.push(Entry {
            name: name.into(),
            method,
            flags: 0,
            crc: crc.sum(),
            size: content.len() as u32,
            stored,
            same_as: None,
        });
        self
    }

    pub fn stored(self, name: &str, content: &[u8]) -> Self {
        self.entry(name, 0, content, content.to_vec())
    }

    pub fn deflated(self, name: &str, content: &[u8]) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).expect("writing to memory");
        let stored = encoder.finish().expect("writing to memory");
        self.entry(name, 8, content, stored)
    }

    /// Adds an entry that names the content of entry number `of` once more.
    pub fn again(mut self, name: &str, of: usize) -> Self {
        let mut entry = self.entries[of].clone();
        entry.name = name.into();
        entry.same_as = Some(of);
        self.entries.push(entry);
        self
    }

    /// The entry added last says that it has this size once inflated.
    pub fn says_size(mut self, size: u32) -> Self {
        self.entries.last_mut().expect("an entry").size = size;
        self
    }

    /// The entry added last has another checksum than its content.
    pub fn wrong_checksum(mut self) -> Self {
        self.entries.last_mut().expect("an entry").crc ^= 1;
        self
    }

    /// The entry added last says that it is encrypted.
    pub fn encrypted(mut self) -> Self {
        self.entries.last_mut().expect("an entry").flags = 1;
        self
    }

    /// The entry added last is compressed by this method.
    pub fn method(mut self, method: u16) -> Self {
        self.entries.last_mut().expect("an entry").method = method;
        self
    }

    /// Puts bytes before the archive, which offsets do not count.
    pub fn after_script(mut self, script: &str) -> Self {
        self.before = script.into();
        self
    }

    /// Offsets count what is before the archive.
    pub fn counted_from_the_start(mut self) -> Self {
        self.from_the_start = true;
        self
    }

    pub fn comment(mut self, comment: &[u8]) -> Self {
        self.comment = comment.to_vec();
        self
    }

    /// Puts bytes behind the archive, which it does not know of.
    pub fn followed_by(mut self, bytes: &[u8]) -> Self {
        self.after = bytes.to_vec();
        self
    }

    /// Writes the records of large archives, and numbers only in them.
    pub fn large(mut self) -> Self {
        self.large = true;
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut file = self.before.clone();
        let origin = if self.from_the_start { 0 } else { file.len() };
        let mut places = Vec::new();
        let mut directory = Vec::new();
        for entry in &self.entries {
            let place = match entry.same_as {
                Some(other) => places[other],
                None => file.len() - origin,
            };
            places.push(place);
            if entry.same_as.is_none() {
                file.extend(b"PK\x03\x04\x14\0");
                file.extend(entry.numbers(false));
                file.extend((entry.name.len() as u16).to_le_bytes());
                file.extend([0, 0]);
                file.extend(entry.name.as_bytes());
                file.extend(&entry.stored);
            }
            directory.extend(b"PK\x01\x02\x14\0\x14\0");
            directory.extend(entry.numbers(self.large));
            directory.extend((entry.name.len() as u16).to_le_bytes());
            directory.extend(if self.large { 28u16 } else { 0 }.to_le_bytes());
            directory.extend([0; 10]);
            let shown = if self.large { u32::MAX } else { place as u32 };
            directory.extend(shown.to_le_bytes());
            directory.extend(entry.name.as_bytes());
            if self.large {
                directory.extend([1, 0, 24, 0]);
                for number in [entry.size as usize, entry.stored.len(), place] {
                    directory.extend((number as u64).to_le_bytes());
                }
            }
        }
        let at = (file.len() - origin) as u64;
        let (count, length) = (self.entries.len() as u64, directory.len() as u64);
        file.extend(directory);
        if self.large {
            let record = (file.len() - origin) as u64;
            file.extend(b"PK\x06\x06");
            file.extend(44u64.to_le_bytes());
            file.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            for number in [count, count, length, at] {
                file.extend(number.to_le_bytes());
            }
            file.extend(b"PK\x06\x07\0\0\0\0");
            file.extend(record.to_le_bytes());
            file.extend(1u32.to_le_bytes());
        }
        file.extend(b"PK\x05\x06\0\0\0\0");
        let (count, length, at) = match self.large {
            true => (u16::MAX, u32::MAX, u32::MAX),
            false => (count as u16, length as u32, at as u32),
        };
        file.extend(count.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(length.to_le_bytes());
        file.extend(at.to_le_bytes());
        file.extend((self.comment.len() as u16).to_le_bytes());
        file.extend(&self.comment);
        file.extend(&self.after);
        file
    }
}

impl Entry {
    /// Flags, method, time, checksum and sizes: the same in both headers.
    fn numbers(&self, hidden: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(self.flags.to_le_bytes());
        bytes.extend(self.method.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(self.crc.to_le_bytes());
        for number in [self.stored.len() as u32, self.size] {
            let number = if hidden { u32::MAX } else { number };
            bytes.extend(number.to_le_bytes());
        }
        bytes
    }
}
