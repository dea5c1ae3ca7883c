//! Where the members of a tar archive are: one pass over its headers (POSIX.1 `pax`, "ustar
//! Interchange Format"; GNU tar manual, "Basic Tar Format"). Contents are not read.

use std::collections::BTreeMap;

use super::error::SourceError;
use super::files::FileRange;
use super::limits::SourceLimits;
use super::tar_header::{self, BLOCK, decimal, pax_record, until_nul};

/// Longest name of a member or target of a link that is kept: what Linux takes (`PATH_MAX`).
const MAX_NAME: usize = 4_096;

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// What it holds.
    pub(super) contents: Contents,
}

/// What a member holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Contents {
    /// A regular file: `size` bytes at `offset` of the archive.
    Bytes { offset: u64, size: u64 },
    /// A hard or symbolic link to another member, by its normal name.
    Link { target: String },
    /// A folder, a device, a sparse file or a link out of the archive.
    Other,
}

/// A name without `.`, `..` and doubled slashes; `None` if it leads out of the archive or is longer
/// than [`MAX_NAME`].
pub(super) fn normal_name(name: &str) -> Option<String> {
    if name.len() > MAX_NAME {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// What extension headers say about the next member.
#[derive(Default)]
struct Extension {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
}

/// Lists the members of an archive by normal name. Of several with one name the last counts, as
/// for `tar`. Members whose names are not UTF-8, longer than [`MAX_NAME`] or lead out of the archive
/// are left out: no document of an image can name them.
pub(super) fn index_members(
    tar: &FileRange,
    path: &str,
    limits: &SourceLimits,
) -> Result<BTreeMap<String, Member>, SourceError> {
    let mut scan = Scan {
        tar,
        path,
        limits,
        at: 0,
    };
    let mut members = BTreeMap::new();
    let mut extension = Extension::default();
    let mut headers = 0_usize;
    while let Some(header) = scan.header()? {
        headers = headers.saturating_add(1);
        if headers > limits.archive_members {
            let limit = format!("{} members", limits.archive_members);
            return Err(SourceError::Limit {
                what: format!("`{path}`"),
                limit,
            });
        }
        match header.kind {
            b'x' => scan.pax(&header, &mut extension)?,
            b'L' => extension.name = Some(scan.text(&header)?),
            b'K' => extension.link = Some(scan.text(&header)?),
            b'g' => {}
            _ => {
                let said = std::mem::take(&mut extension);
                let size = scan.contents_size(&header, &said)?;
                if let Some((name, member)) = member(&header, said, scan.at, size) {
                    members.insert(name, member);
                }
                scan.skip(size)?;
                continue;
            }
        }
        scan.skip(header.size)?;
    }
    Ok(members)
}

/// Whether a file begins with a tar header, or with the zeros of an archive without members.
pub(super) fn starts_like_tar(tar: &FileRange, path: &str) -> Result<bool, SourceError> {
    let mut block = [0; BLOCK];
    let whole = tar
        .read_exact_from(0, &mut block)
        .map_err(|error| SourceError::Unreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
    let header = tar_header::Header(&block);
    Ok(whole && (header.is_zero() || header.checksum_is_right()))
}

/// The member that a header and its extensions describe; its contents start at `offset`.
fn member(header: &Header, said: Extension, offset: u64, size: u64) -> Option<(String, Member)> {
    let name = String::from_utf8(said.name.unwrap_or_else(|| header.name.clone())).ok()?;
    let name = normal_name(&name)?;
    let link = said.link.unwrap_or_else(|| header.link.clone());
    let link = String::from_utf8(link).ok();
    let parent = name.rsplit_once('/').map_or("", |(parent, _)| parent);
    let target = match (header.kind, link) {
        (b'1', Some(link)) => normal_name(&link),
        (b'2', Some(link)) if !link.starts_with('/') => normal_name(&format!("{parent}/{link}")),
        _ => None,
    };
    let contents = match (header.kind, target) {
        (b'0' | b'\0' | b'7', _) => Contents::Bytes { offset, size },
        (_, Some(target)) => Contents::Link { target },
        _ => Contents::Other,
    };
    Some((name, Member { contents }))
}

/// A header block, read and checked.
struct Header {
    kind: u8,
    name: Vec<u8>,
    link: Vec<u8>,
    size: u64,
}

struct Scan<'a> {
    tar: &'a FileRange,
    path: &'a str,
    limits: &'a SourceLimits,
    at: u64,
}

impl Scan<'_> {
    fn damaged(&self, reason: &str) -> SourceError {
        SourceError::DamagedArchive {
            path: self.path.to_owned(),
            offset: self.at,
            reason: reason.to_owned(),
        }
    }

    /// The next header; `None` at the end of the archive. The end marker may be missing; padding may
    /// not, since every writer of archives pads, so that its lack shows a cut.
    fn header(&mut self) -> Result<Option<Header>, SourceError> {
        let mut block = [0; BLOCK];
        if self.at == self.tar.bytes_left() && self.at > 0 {
            return Ok(None);
        }
        if !self.fill(self.at, &mut block)? {
            return Err(self.damaged("it ends inside a header"));
        }
        let block = tar_header::Header(&block);
        if block.is_zero() {
            return Ok(None);
        }
        if !block.checksum_is_right() {
            return Err(self.damaged("a header has a wrong checksum"));
        }
        let header = Header {
            kind: block.type_flag(),
            name: block.name(),
            link: block.link(),
            size: block
                .size()
                .ok_or_else(|| self.damaged("a header has a malformed size"))?,
        };
        self.at = self.at.saturating_add(BLOCK as u64);
        Ok(Some(header))
    }

    fn fill(&self, at: u64, buffer: &mut [u8]) -> Result<bool, SourceError> {
        self.tar
            .read_exact_from(at, buffer)
            .map_err(|error| SourceError::Unreadable {
                path: self.path.to_owned(),
                reason: error.to_string(),
            })
    }

    /// Bytes of contents after a header: links, folders and devices have none, whatever they say.
    fn contents_size(&self, header: &Header, said: &Extension) -> Result<u64, SourceError> {
        let size = match header.kind {
            b'1'..=b'6' => 0,
            _ => said.size.unwrap_or(header.size),
        };
        if self
            .at
            .checked_add(size)
            .is_none_or(|end| end > self.tar.bytes_left())
        {
            return Err(self.damaged("it ends inside a file"));
        }
        Ok(size)
    }

    /// Moves over contents and their padding.
    fn skip(&mut self, size: u64) -> Result<(), SourceError> {
        let padded = size.checked_next_multiple_of(BLOCK as u64);
        self.at = padded
            .and_then(|padded| self.at.checked_add(padded))
            .ok_or_else(|| self.damaged("a size is out of range"))?;
        Ok(())
    }

    /// The contents of an extension header.
    fn extension(&self, header: &Header) -> Result<Vec<u8>, SourceError> {
        let limit = self.limits.archive_name_bytes;
        if header.size > limit {
            let what = format!("a name in `{}`", self.path);
            return Err(SourceError::Limit {
                what,
                limit: format!("{limit} bytes"),
            });
        }
        let mut bytes = vec![0; usize::try_from(header.size).unwrap_or_default()];
        if !self.fill(self.at, &mut bytes)? {
            return Err(self.damaged("it ends inside a header"));
        }
        Ok(bytes)
    }

    fn text(&self, header: &Header) -> Result<Vec<u8>, SourceError> {
        Ok(until_nul(&self.extension(header)?).to_vec())
    }

    fn pax(&self, header: &Header, extension: &mut Extension) -> Result<(), SourceError> {
        let bytes = self.extension(header)?;
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let (keyword, value, after) =
                pax_record(rest).ok_or_else(|| self.damaged("a pax record is malformed"))?;
            match keyword {
                b"path" => extension.name = Some(value.to_vec()),
                b"linkpath" => extension.link = Some(value.to_vec()),
                b"size" => {
                    let size = decimal(value);
                    extension.size =
                        Some(size.ok_or_else(|| self.damaged("a pax size is malformed"))?);
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
    fn names_that_lead_out_of_the_archive_have_no_normal_form() {
        assert_eq!(normal_name("./a//b/../c").as_deref(), Some("a/c"));
        assert_eq!(normal_name("a/../../b"), None);
    }
}
