//! Writes headers of a tar stream: ustar, with pax records before it where ustar cannot hold a
//! value (POSIX.1, `pax`, "ustar Interchange Format" and "pax Extended Header").

/// Size of a block, in bytes.
pub(super) const BLOCK: usize = 512;
/// Largest number that fits into seven octal digits.
const SEVEN_DIGITS: u64 = 0o777_7777;
/// Largest number that fits into eleven octal digits.
const ELEVEN_DIGITS: u64 = 0o777_7777_7777;

/// Type of an entry, by its letter in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    HardLink,
    Symlink,
    CharacterDevice,
    BlockDevice,
    Folder,
    Fifo,
}

impl Kind {
    fn letter(self) -> u8 {
        match self {
            Self::File => b'0',
            Self::HardLink => b'1',
            Self::Symlink => b'2',
            Self::CharacterDevice => b'3',
            Self::BlockDevice => b'4',
            Self::Folder => b'5',
            Self::Fifo => b'6',
        }
    }
}

/// An entry to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Name, without a leading slash.
    pub(super) name: Vec<u8>,
    /// Type.
    pub(super) kind: Kind,
    /// Permission bits.
    pub(super) mode: u32,
    /// Owner.
    pub(super) uid: u32,
    /// Group.
    pub(super) gid: u32,
    /// Bytes of contents that follow.
    pub(super) size: u64,
    /// Modification time, in seconds since 1970.
    pub(super) mtime: u64,
    /// Target of a link.
    pub(super) link: Vec<u8>,
    /// Major and minor number of a device.
    pub(super) device: (u64, u64),
}

impl Entry {
    /// The header blocks.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut records = Vec::new();
        if self.name.len() > 100 {
            records.extend(pax_record("path", &self.name));
        }
        if self.link.len() > 100 {
            records.extend(pax_record("linkpath", &self.link));
        }
        let numbers = [
            ("uid", u64::from(self.uid), SEVEN_DIGITS),
            ("gid", u64::from(self.gid), SEVEN_DIGITS),
            ("size", self.size, ELEVEN_DIGITS),
            ("mtime", self.mtime, ELEVEN_DIGITS),
        ];
        for (keyword, value, largest) in numbers {
            if value > largest {
                records.extend(pax_record(keyword, value.to_string().as_bytes()));
            }
        }
        let mut out = Vec::new();
        if !records.is_empty() {
            let size = u64::try_from(records.len()).unwrap_or(u64::MAX);
            let name = b"PaxHeaders/entry".to_vec();
            let extension = Self {
                name,
                size,
                link: Vec::new(),
                ..self.clone()
            };
            out.extend(extension.block(b'x'));
            out.extend(&records);
            out.extend(padding(size));
        }
        out.extend(self.block(self.kind.letter()));
        out
    }

    fn block(&self, letter: u8) -> Vec<u8> {
        let mut block = Vec::with_capacity(BLOCK);
        block.extend(text(&self.name, 100));
        block.extend(octal(u64::from(self.mode), 8));
        block.extend(octal(u64::from(self.uid), 8));
        block.extend(octal(u64::from(self.gid), 8));
        block.extend(octal(self.size, 12));
        block.extend(octal(self.mtime, 12));
        let before_checksum = block.clone();
        let mut after_checksum = vec![letter];
        after_checksum.extend(text(&self.link, 100));
        // Magic and version, then empty names of owner and group.
        after_checksum.extend(text(b"ustar\x0000", 8));
        after_checksum.extend([0; 64]);
        after_checksum.extend(octal(self.device.0, 8));
        after_checksum.extend(octal(self.device.1, 8));
        after_checksum.extend([0; 167]);
        let sum = before_checksum
            .iter()
            .chain(&after_checksum)
            .chain(b"        ")
            .fold(0_u64, |sum, byte| sum.saturating_add(u64::from(*byte)));
        block.extend(format!("{sum:06o}\0 ").into_bytes());
        block.extend(after_checksum);
        block
    }
}

/// The zeros after `size` bytes of contents.
pub(super) fn padding(size: u64) -> Vec<u8> {
    let over = size
        .checked_next_multiple_of(512)
        .and_then(|end| end.checked_sub(size));
    vec![0; usize::try_from(over.unwrap_or_default()).unwrap_or_default()]
}

/// A name, cut or filled to the width of its field; a pax record holds the whole of a cut one.
fn text(value: &[u8], width: usize) -> Vec<u8> {
    let mut field: Vec<u8> = value.iter().copied().take(width).collect();
    field.resize(width, 0);
    field
}

/// A number, ending in NUL; zero where it does not fit, since a pax record then holds it.
fn octal(value: u64, width: usize) -> Vec<u8> {
    let digits = width.saturating_sub(1);
    let written = format!("{value:0digits$o}");
    if written.len() > digits {
        text(&vec![b'0'; digits], width)
    } else {
        text(written.as_bytes(), width)
    }
}

/// One pax record: `LENGTH KEYWORD=VALUE\n`, where LENGTH counts itself.
fn pax_record(keyword: &str, value: &[u8]) -> Vec<u8> {
    // The space, the equals sign and the line feed.
    let rest = keyword.len().saturating_add(value.len()).saturating_add(3);
    // One digit more can itself need one digit more; twice is enough for any length.
    let digits = |length: usize| rest.saturating_add(length.to_string().len());
    let length = digits(digits(digits(rest)));
    let mut record = format!("{length} {keyword}=").into_bytes();
    record.extend_from_slice(value);
    record.push(b'\n');
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pax_record_counts_its_own_length() {
        for size in 0..1200 {
            let record = pax_record("path", &vec![b'a'; size]);
            let stated: usize = String::from_utf8_lossy(&record)
                .split(' ')
                .next()
                .unwrap()
                .parse()
                .unwrap();
            assert_eq!(stated, record.len(), "value of {size} bytes");
        }
    }

    #[test]
    fn headers_are_whole_blocks() {
        let entry = Entry {
            name: vec![b'n'; 300],
            kind: Kind::File,
            mode: 0o4755,
            uid: u32::MAX,
            gid: 0,
            size: 1 << 40,
            mtime: 0,
            link: Vec::new(),
            device: (0, 0),
        };
        assert_eq!(entry.encode().len(), 3 * BLOCK);
    }
}
