//! A streaming reader of tar archives: ustar (POSIX.1-1988), pax (POSIX.1-2001, pax Interchange
//! Format) and GNU tar's extensions (GNU tar manual, "Basic Tar Format").
//!
//! It exists because layers are hostile: every header is capped before it is read, numbers are
//! checked, and a name is bytes, not text.

use std::io::BufRead;

use super::error::LayerFault;
use super::limits::Limits;
use crate::source::tar_header::{BLOCK, Header, decimal, pax_record, until_nul};

/// What an entry is. Contiguous files (`7`) are files; unknown types are files too, as POSIX asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TarKind {
    /// Regular file.
    File,
    /// Regular file stored with its holes left out: its content is not what its bytes are.
    Sparse,
    /// Another name of an earlier entry.
    HardLink(Vec<u8>),
    /// Symbolic link.
    Symlink(Vec<u8>),
    /// Directory.
    Directory,
    /// Character device.
    CharacterDevice,
    /// Block device.
    BlockDevice,
    /// Named pipe.
    Fifo,
}

/// One entry of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TarEntry {
    /// Name as stored.
    pub(super) path: Vec<u8>,
    pub(super) kind: TarKind,
    /// Size of the file, in bytes; for sparse files the size with its holes.
    pub(super) size: u64,
    /// Bytes stored in the archive.
    pub(super) stored: u64,
    /// Permission bits.
    pub(super) mode: u32,
    pub(super) uid: u64,
    pub(super) gid: u64,
    /// Whether it carries `security.capability`.
    pub(super) capability: bool,
}

/// What extended headers say of the next entry. GNU's long names win over pax, and a second pax
/// header replaces the first, as in the readers container runtimes use.
#[derive(Default)]
struct Extension {
    long_name: Vec<u8>,
    long_link: Vec<u8>,
    pax: Pax,
}

/// Values of one pax header.
#[derive(Default)]
struct Pax {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    uid: Option<u64>,
    gid: Option<u64>,
    sparse_name: Option<Vec<u8>>,
    sparse_size: Option<u64>,
    sparse_major: Option<u64>,
    sparse_map: bool,
    capability: bool,
}

/// Reads entries one after another. After [`TarReader::next_entry`] the content of that entry is
/// read through [`TarReader::content`]; what is left of it is skipped.
pub(super) struct TarReader<'a, R> {
    input: R,
    limits: &'a Limits,
    offset: u64,
    content_left: u64,
    padding: u64,
}

impl<'a, R: BufRead> TarReader<'a, R> {
    pub(super) fn new(input: R, limits: &'a Limits) -> Self {
        Self {
            input,
            limits,
            offset: 0,
            content_left: 0,
            padding: 0,
        }
    }

    /// The next entry, or `None` at the end-of-archive marker or a clean end of input.
    pub(super) fn next_entry(&mut self) -> Result<Option<TarEntry>, LayerFault> {
        self.skip_content()?;
        let mut extension = Extension::default();
        loop {
            let Some(block) = self.header_block()? else {
                return Ok(None);
            };
            let header = Header(&block);
            if !header.checksum_is_right() {
                let detail = format!("wrong header checksum before byte {}", self.offset);
                return Err(LayerFault::Tar(detail));
            }
            let stored = self.field("size", header.size())?;
            match header.type_flag() {
                b'x' => extension.pax = self.pax_records(stored)?,
                // Global records set defaults that no layer writer uses for names; read over.
                b'g' => drop(self.capped_content(stored)?),
                b'L' => extension.long_name = until_nul(&self.capped_content(stored)?).to_vec(),
                b'K' => extension.long_link = until_nul(&self.capped_content(stored)?).to_vec(),
                flag => return self.entry(&header, flag, stored, extension).map(Some),
            }
        }
    }

    fn entry(
        &mut self,
        header: &Header<'_>,
        flag: u8,
        stored: u64,
        extension: Extension,
    ) -> Result<TarEntry, LayerFault> {
        let path = extension.name(header);
        let link = extension.link_target(header);
        let mut stored = extension.pax.size.unwrap_or(stored);
        let mut size = stored;
        let kind = match flag {
            b'1' => TarKind::HardLink(link),
            b'2' => TarKind::Symlink(link),
            b'3' => TarKind::CharacterDevice,
            b'4' => TarKind::BlockDevice,
            b'5' => TarKind::Directory,
            b'6' => TarKind::Fifo,
            b'S' => {
                size = self.field("sparse size", header.sparse_size())?;
                self.skip_sparse_maps(header)?;
                TarKind::Sparse
            }
            // A trailing slash is how tar before POSIX, which had no type, marked a directory.
            0 if path.ends_with(b"/") => TarKind::Directory,
            _ if extension.pax.is_sparse() => {
                size = extension.pax.sparse_size.unwrap_or(size);
                TarKind::Sparse
            }
            _ => TarKind::File,
        };
        // A size on any other type describes no stored data; readers of layers agree on that.
        if !matches!(kind, TarKind::File | TarKind::Sparse) {
            stored = 0;
            size = 0;
        }
        self.content_left = stored;
        self.padding = padding_of(stored);
        Ok(TarEntry {
            path,
            kind,
            size,
            stored,
            mode: (self.field("mode", header.mode())? & 0o7777) as u32,
            uid: match extension.pax.uid {
                Some(uid) => uid,
                None => self.field("uid", header.uid())?,
            },
            gid: match extension.pax.gid {
                Some(gid) => gid,
                None => self.field("gid", header.gid())?,
            },
            capability: extension.pax.capability,
        })
    }

    /// Shows `take` the next piece of the current entry's content, `most` bytes or fewer, and
    /// returns its length; 0 at the end of the entry, or where nothing is asked for.
    pub(super) fn content(
        &mut self,
        most: usize,
        take: impl FnOnce(&[u8]),
    ) -> Result<usize, LayerFault> {
        let left = usize::try_from(self.content_left).unwrap_or(usize::MAX);
        let want = left.min(most);
        if want == 0 {
            return Ok(0);
        }
        let piece = self.input.fill_buf()?;
        let piece = piece.get(..want).unwrap_or(piece);
        let got = piece.len();
        if got == 0 {
            return Err(self.cut_off("inside a file"));
        }
        take(piece);
        self.input.consume(got);
        self.content_left = self.content_left.saturating_sub(got as u64);
        self.advance(got as u64);
        Ok(got)
    }

    fn advance(&mut self, bytes: u64) {
        self.offset = self.offset.saturating_add(bytes);
    }

    /// A value read from a header, or the fault that it made no sense.
    fn field<T>(&self, what: &str, value: Option<T>) -> Result<T, LayerFault> {
        let fault = || {
            LayerFault::Tar(format!(
                "bad {what} in the header before byte {}",
                self.offset
            ))
        };
        value.ok_or_else(fault)
    }

    fn cut_off(&self, place: &str) -> LayerFault {
        LayerFault::Tar(format!("it ends {place}, at byte {}", self.offset))
    }

    /// Skips to the next header. Only padding may be missing at the end of the stream: `umoci
    /// insert` leaves it out with the end marker, and no content is lost by it.
    fn skip_content(&mut self) -> Result<(), LayerFault> {
        let padding = self.padding;
        let mut left = self.content_left.saturating_add(padding);
        self.content_left = 0;
        self.padding = 0;
        while left > 0 {
            let there = self.input.fill_buf()?.len();
            if there == 0 && left <= padding {
                return Ok(());
            }
            if there == 0 {
                return Err(self.cut_off("inside a file"));
            }
            let skipped = there.min(usize::try_from(left).unwrap_or(usize::MAX));
            self.input.consume(skipped);
            left = left.saturating_sub(skipped as u64);
            self.advance(skipped as u64);
        }
        Ok(())
    }

    /// One header block; `None` at the end marker, two zero blocks, or when the input ends on a
    /// block boundary.
    fn header_block(&mut self) -> Result<Option<[u8; BLOCK]>, LayerFault> {
        match self.block()? {
            Some(block) if !Header(&block).is_zero() => Ok(Some(block)),
            None => Ok(None),
            Some(_) => match self.block()? {
                Some(second) if !Header(&second).is_zero() => Err(LayerFault::Tar(format!(
                    "a lone zero block stands before byte {}",
                    self.offset
                ))),
                _ => Ok(None),
            },
        }
    }

    /// The next block; `None` when the input ends right here.
    fn block(&mut self) -> Result<Option<[u8; BLOCK]>, LayerFault> {
        let mut block = [0u8; BLOCK];
        let mut filled = 0usize;
        while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let got = self.input.read(rest)?;
            if got == 0 && filled == 0 {
                return Ok(None);
            }
            if got == 0 {
                return Err(self.cut_off("inside a header"));
            }
            filled = filled.saturating_add(got);
            self.advance(got as u64);
        }
        Ok(Some(block))
    }

    fn capped_content(&mut self, size: u64) -> Result<Vec<u8>, LayerFault> {
        if size > self.limits.max_header_bytes {
            return Err(LayerFault::Limit(
                "the size of an extended header",
                self.limits.max_header_bytes,
                "--max-header-bytes",
            ));
        }
        self.content_left = size;
        self.padding = padding_of(size);
        let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        while self.content(usize::MAX, |piece| content.extend_from_slice(piece))? > 0 {}
        self.skip_content()?;
        Ok(content)
    }

    fn pax_records(&mut self, size: u64) -> Result<Pax, LayerFault> {
        let content = self.capped_content(size)?;
        let mut pax = Pax::default();
        let mut rest = content.as_slice();
        while !rest.is_empty() {
            let (key, value, after) = self.field("pax record", pax_record(rest))?;
            self.field("pax value", pax.apply(key, value))?;
            rest = after;
        }
        Ok(pax)
    }

    /// Old GNU sparse files continue their map in extra blocks while byte 504 is set.
    fn skip_sparse_maps(&mut self, header: &Header<'_>) -> Result<(), LayerFault> {
        let mut extended = header.sparse_map_goes_on();
        while extended {
            let Some(block) = self.block()? else {
                return Err(self.cut_off("inside a sparse map"));
            };
            extended = block.get(504).is_some_and(|&flag| flag != 0);
        }
        Ok(())
    }
}

impl Extension {
    fn name(&self, header: &Header<'_>) -> Vec<u8> {
        let pax = match &self.pax.sparse_name {
            Some(name) if self.pax.is_sparse() => Some(name),
            _ => self.pax.path.as_ref(),
        };
        if !self.long_name.is_empty() {
            return self.long_name.clone();
        }
        pax.cloned().unwrap_or_else(|| header.name())
    }

    fn link_target(&self, header: &Header<'_>) -> Vec<u8> {
        if !self.long_link.is_empty() {
            return self.long_link.clone();
        }
        let pax = self.pax.link.clone();
        pax.unwrap_or_else(|| header.link())
    }
}

impl Pax {
    /// Takes one record. An empty value takes the record back (pax, "Extended Header Keyword
    /// Precedence"). `None` when the value makes no sense.
    fn apply(&mut self, key: &[u8], value: &[u8]) -> Option<()> {
        let text = || Some(value.to_vec()).filter(|value| !value.is_empty());
        let number = || {
            if value.is_empty() {
                return Some(None);
            }
            decimal(value).map(Some)
        };
        match key {
            b"path" => self.path = text(),
            b"linkpath" => self.link = text(),
            b"size" => self.size = number()?,
            b"uid" => self.uid = number()?,
            b"gid" => self.gid = number()?,
            b"GNU.sparse.name" => self.sparse_name = text(),
            b"GNU.sparse.realsize" | b"GNU.sparse.size" => self.sparse_size = number()?,
            b"GNU.sparse.major" => self.sparse_major = number()?,
            b"GNU.sparse.map" => self.sparse_map = !value.is_empty(),
            b"SCHILY.xattr.security.capability" => self.capability = true,
            _ => {}
        }
        Some(())
    }

    /// GNU tar marks its pax sparse formats by a version (1.0) or by a map (0.1).
    fn is_sparse(&self) -> bool {
        self.sparse_major.is_some() || self.sparse_map
    }
}

fn padding_of(size: u64) -> u64 {
    let padded = size.checked_next_multiple_of(BLOCK as u64);
    padded.map_or(0, |padded| padded.saturating_sub(size))
}
