//! A gzip'ed tar, read whole into memory: names and contents of its files, nothing else of it, and
//! nothing on disk.
//!
//! Bundles come from others. Bytes, entries and names are capped; what a bundle has no use for
//! (links, devices, names that lead out of it, two files of one name) is refused by name, since a
//! bundle with such things was not made by a tool for bundles.

use std::collections::BTreeSet;
use std::io::Read;

use flate2::bufread::MultiGzDecoder;

use crate::source::tar_header::{BLOCK, Header, decimal, pax_record, until_nul};

/// Bytes of a bundle as stored.
pub(super) const MAX_STORED: u64 = 32 << 20;

/// Bytes of a bundle once decompressed.
const MAX_UNPACKED: u64 = 64 << 20;

/// Decompressed bytes for each stored one. Rego and JSON shrink to a tenth or a twentieth; gzip
/// itself reaches 1,032.
const MAX_RATIO: u64 = 200;

/// Decompressed bytes for which no ratio is asked: small files of repeated text shrink further.
const RATIO_FREE: u64 = 1 << 20;

/// Entries of a bundle.
const MAX_ENTRIES: usize = 10_000;

/// Bytes of a name, and of an extended header that holds one.
const MAX_NAME: usize = 1_024;

/// Bytes of an extended header.
const MAX_EXTENSION: usize = 16 << 10;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// Its path inside the archive, in parts.
    pub(super) place: Vec<String>,
    /// Its content.
    pub(super) bytes: Vec<u8>,
}

/// Why an archive is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// The entry at fault, printable.
    pub(super) entry: Option<String>,
    /// What is wrong with it, in words that follow its name, or the bundle's.
    pub(super) reason: String,
    /// Whether it is a cap that was met.
    pub(super) is_limit: bool,
}

impl Refused {
    fn whole(reason: impl Into<String>) -> Self {
        Self {
            entry: None,
            reason: reason.into(),
            is_limit: false,
        }
    }

    fn limit(reason: impl Into<String>) -> Self {
        Self {
            is_limit: true,
            ..Self::whole(reason)
        }
    }

    fn entry(name: &[u8], reason: impl Into<String>) -> Self {
        let name = String::from_utf8_lossy(name);
        Self {
            entry: Some(printable(&name)),
            ..Self::whole(reason)
        }
    }
}

/// A text of others for a message: control characters escaped, 160 characters at most.
pub(super) fn printable(text: &str) -> String {
    let shown: String = text.chars().take(160).collect();
    let escaped = shown.chars().map(|c| match c {
        '"' | '\'' | '\\' => c.to_string(),
        _ => c.escape_debug().to_string(),
    });
    escaped.collect()
}

/// The files of a gzip'ed tar, in its order.
pub(super) fn files(stored: &[u8]) -> Result<Vec<Member>, Refused> {
    if stored.len() as u64 > MAX_STORED {
        return Err(Refused::limit(format!("is larger than {MAX_STORED} bytes")));
    }
    let tar = decompress(stored)?;
    let mut walk = Walk { tar: &tar, at: 0 };
    let mut seen = BTreeSet::new();
    let mut members = Vec::new();
    let mut entries = 0_usize;
    while let Some(entry) = walk.next_file()? {
        entries = entries.saturating_add(1);
        if entries > MAX_ENTRIES {
            return Err(Refused::limit(format!(
                "has more than {MAX_ENTRIES} entries"
            )));
        }
        let place = place(&entry.name)?;
        let Some(content) = entry.content else {
            continue;
        };
        if place.is_empty() {
            return Err(Refused::entry(&entry.name, "has no name"));
        }
        if !seen.insert(place.clone()) {
            return Err(Refused::entry(&entry.name, "is there twice"));
        }
        members.push(Member {
            place,
            bytes: content.to_vec(),
        });
    }
    Ok(members)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the capped read of a bundle in memory"
)]
fn decompress(stored: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut tar = Vec::new();
    MultiGzDecoder::new(stored)
        .take(MAX_UNPACKED.saturating_add(1))
        .read_to_end(&mut tar)
        .map_err(|error| Refused::whole(format!("is not a gzip'ed tar: {error}")))?;
    let (unpacked, stored) = (tar.len() as u64, stored.len() as u64);
    if unpacked > RATIO_FREE && unpacked > stored.saturating_mul(MAX_RATIO) {
        return Err(Refused::limit(format!(
            "grows to more than {MAX_RATIO} times its size when decompressed"
        )));
    }
    if unpacked > MAX_UNPACKED {
        return Err(Refused::limit(format!(
            "is larger than {MAX_UNPACKED} bytes once decompressed"
        )));
    }
    Ok(tar)
}

/// A name in parts. `opa build` begins names with `/`, which is the root of the bundle.
pub(super) fn place(name: &[u8]) -> Result<Vec<String>, Refused> {
    let refuse = |reason: &str| Err(Refused::entry(name, reason));
    if name.len() > MAX_NAME {
        return refuse("has a name that is too long");
    }
    let Ok(text) = std::str::from_utf8(name) else {
        return refuse("has a name that is not UTF-8");
    };
    if text.chars().any(|c| c.is_control() || c == '\\') {
        return refuse("has control characters or backslashes in its name");
    }
    let parts = text.split('/').filter(|part| !matches!(*part, "" | "."));
    let parts: Vec<String> = parts.map(str::to_owned).collect();
    if parts.iter().any(|part| part == "..") {
        return refuse("leads out of the bundle");
    }
    Ok(parts)
}

/// An entry; directories have no content.
struct Entry<'a> {
    name: Vec<u8>,
    content: Option<&'a [u8]>,
}

/// What extended headers say of the next entry.
#[derive(Default)]
struct Extension {
    name: Option<Vec<u8>>,
    size: Option<u64>,
}

/// Goes from header to header.
struct Walk<'a> {
    tar: &'a [u8],
    at: usize,
}

impl<'a> Walk<'a> {
    /// The next file or directory; `None` at the end of the archive.
    fn next_file(&mut self) -> Result<Option<Entry<'a>>, Refused> {
        let mut extension = Extension::default();
        while let Some(block) = self.header()? {
            let header = Header(block);
            let stated = header.size().ok_or_else(|| self.damaged("a size"))?;
            let flag = header.type_flag();
            match flag {
                b'x' | b'g' | b'L' | b'K' => {
                    let bytes = self.extension(stated)?;
                    match flag {
                        b'x' => self.pax(bytes, &mut extension)?,
                        b'L' => extension.name = Some(until_nul(bytes).to_vec()),
                        // Global records name nothing; a long target belongs to a link.
                        _ => {}
                    }
                }
                _ => {
                    let name = extension.name.unwrap_or_else(|| header.name());
                    let content = match flag {
                        b'0' | b'\0' | b'7' => Some(self.take(extension.size.unwrap_or(stated))?),
                        b'5' => None,
                        b'1' | b'2' => return Err(Refused::entry(&name, "is a link")),
                        b'3' | b'4' => return Err(Refused::entry(&name, "is a device")),
                        b'6' => return Err(Refused::entry(&name, "is a named pipe")),
                        _ => return Err(Refused::entry(&name, "is neither file nor directory")),
                    };
                    // A trailing slash marked a directory before tar had types.
                    let content = content.filter(|_| !name.ends_with(b"/"));
                    return Ok(Some(Entry { name, content }));
                }
            }
        }
        Ok(None)
    }

    fn damaged(&self, what: &str) -> Refused {
        let at = self.at;
        Refused::whole(format!(
            "is a damaged tar: {what} makes no sense before byte {at}"
        ))
    }

    /// The next header block; `None` at the end marker, or where the archive ends on a block.
    fn header(&mut self) -> Result<Option<&'a [u8; BLOCK]>, Refused> {
        let rest = self.tar.get(self.at..).unwrap_or_default();
        if rest.is_empty() && self.at > 0 {
            return Ok(None);
        }
        let Some(block) = rest.first_chunk::<BLOCK>() else {
            return Err(Refused::whole("is a tar that ends inside a header"));
        };
        self.at = self.at.saturating_add(BLOCK);
        if Header(block).is_zero() {
            return Ok(None);
        }
        match Header(block).checksum_is_right() {
            true => Ok(Some(block)),
            false => Err(self.damaged("a checksum")),
        }
    }

    /// Content of the current entry; moves over it and its padding.
    fn take(&mut self, size: u64) -> Result<&'a [u8], Refused> {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let end = self.at.saturating_add(size);
        let Some(content) = self.tar.get(self.at..end) else {
            return Err(Refused::whole("is a tar that ends inside a file"));
        };
        self.at = end
            .checked_next_multiple_of(BLOCK)
            .map_or(self.tar.len(), |next| next.min(self.tar.len()));
        Ok(content)
    }

    fn extension(&mut self, size: u64) -> Result<&'a [u8], Refused> {
        if size > MAX_EXTENSION as u64 {
            return Err(Refused::limit(format!(
                "has an extended header of more than {MAX_EXTENSION} bytes"
            )));
        }
        self.take(size)
    }

    fn pax(&self, mut rest: &[u8], extension: &mut Extension) -> Result<(), Refused> {
        while !rest.is_empty() {
            let (key, value, after) =
                pax_record(rest).ok_or_else(|| self.damaged("a pax record"))?;
            match key {
                b"path" => extension.name = Some(value.to_vec()),
                b"size" => {
                    let size = decimal(value).ok_or_else(|| self.damaged("a pax size"))?;
                    extension.size = Some(size);
                }
                _ if key.starts_with(b"GNU.sparse.") => {
                    return Err(Refused::whole("has a sparse file"));
                }
                _ => {}
            }
            rest = after;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_inside_the_bundle() {
        let parts = |name: &str| place(name.as_bytes()).map(|parts| parts.join("/"));
        assert_eq!(parts("/policy//./a.rego").as_deref(), Ok("policy/a.rego"));
        for name in ["../a", "a/../../b", "a\\..\\b", "a\u{1b}[2Jb"] {
            assert!(parts(name).is_err(), "{name:?}");
        }
        assert!(place(b"a\xff").is_err());
        assert!(place("a/".repeat(600).as_bytes()).is_err());
    }

    #[test]
    fn what_is_no_archive_is_said_to_be_none() {
        let refused = files(b"package main").unwrap_err();
        assert!(refused.reason.contains("gzip"), "{refused:?}");
    }
}
