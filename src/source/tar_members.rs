//! Where the members of a tar archive are: one pass over its headers (POSIX.1 `pax`, "ustar
//! Interchange Format"; GNU tar manual, "Basic Tar Format"). Contents are not read.

use std::collections::BTreeMap;

use super::error::SourceError;
use super::files::FileRange;
use super::limits::SourceLimits;

const BLOCK: u64 = 512;
const BLOCK_BYTES: usize = 512;

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

/// A name without `.`, `..` and doubled slashes; `None` if it leads out of the archive.
pub(super) fn normal_name(name: &str) -> Option<String> {
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
/// for `tar`. Members whose names are not UTF-8 or lead out of the archive are left out: no
/// document of an image can name them.
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
    let mut block = [0; BLOCK_BYTES];
    let whole = tar
        .read_exact_from(0, &mut block)
        .map_err(|error| SourceError::Unreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
    Ok(whole && (block.iter().all(|byte| *byte == 0) || checksum_is_right(&block)))
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

    /// The next header; `None` at the end of the archive.
    fn header(&mut self) -> Result<Option<Header>, SourceError> {
        let mut block = [0; BLOCK_BYTES];
        if self.at >= self.tar.bytes_left() && self.at > 0 {
            return Ok(None);
        }
        if !self.fill(self.at, &mut block)? {
            return Err(self.damaged("it ends inside a header"));
        }
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        if !checksum_is_right(&block) {
            return Err(self.damaged("a header has a wrong checksum"));
        }
        let size = number(field(&block, 124, 12))
            .ok_or_else(|| self.damaged("a header has a malformed size"))?;
        let mut name = text(field(&block, 0, 100));
        let prefix = text(field(&block, 345, 155));
        if field(&block, 257, 6) == b"ustar\0" && !prefix.is_empty() {
            name = [prefix, name].join(&b'/');
        }
        let kind = block.get(156).copied().unwrap_or_default();
        let header = Header {
            kind,
            name,
            link: text(field(&block, 157, 100)),
            size,
        };
        self.at = self.at.saturating_add(BLOCK);
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
        let padded = size.checked_next_multiple_of(BLOCK);
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
        Ok(text(&self.extension(header)?))
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
                    let size = std::str::from_utf8(value)
                        .ok()
                        .and_then(|text| text.parse().ok());
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

/// Splits off one pax record, `LENGTH KEYWORD=VALUE\n`: keyword, value, what follows.
fn pax_record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = bytes.iter().position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(bytes.get(..space)?)
        .ok()?
        .parse()
        .ok()?;
    let (record, after) = bytes.split_at_checked(length)?;
    let body = record.get(space.checked_add(1)?..)?.strip_suffix(b"\n")?;
    let equals = body.iter().position(|byte| *byte == b'=')?;
    Some((
        body.get(..equals)?,
        body.get(equals.checked_add(1)?..)?,
        after,
    ))
}

fn field(block: &[u8; BLOCK_BYTES], at: usize, width: usize) -> &[u8] {
    block.get(at..at.saturating_add(width)).unwrap_or_default()
}

/// A field up to its first NUL.
fn text(field: &[u8]) -> Vec<u8> {
    field
        .iter()
        .copied()
        .take_while(|byte| *byte != 0)
        .collect()
}

/// A number in octal or, GNU's extension, in base 256. Negative numbers have no place in a size.
fn number(field: &[u8]) -> Option<u64> {
    if let Some((0x80, rest)) = field.split_first() {
        let (high, low) = rest.split_at_checked(rest.len().checked_sub(8)?)?;
        let low: [u8; 8] = low.try_into().ok()?;
        return high
            .iter()
            .all(|byte| *byte == 0)
            .then(|| u64::from_be_bytes(low));
    }
    let field = std::str::from_utf8(field).ok()?;
    match field.trim_matches([' ', '\0']) {
        "" => Some(0),
        digits => u64::from_str_radix(digits, 8)
            .ok()
            .filter(|_| !digits.starts_with('+')),
    }
}

/// Whether the sum of the block's bytes, its checksum taken as spaces, is the stated one.
fn checksum_is_right(block: &[u8; BLOCK_BYTES]) -> bool {
    let sum = (0_usize..).zip(block).fold(0_u64, |sum, (at, byte)| {
        let byte = if (148..156).contains(&at) {
            b' '
        } else {
            *byte
        };
        sum.saturating_add(u64::from(byte))
    });
    number(field(block, 148, 8)) == Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_out_of_the_archive_have_no_normal_form() {
        assert_eq!(normal_name("./a//b/../c").as_deref(), Some("a/c"));
        assert_eq!(normal_name("a/../../b"), None);
    }

    #[test]
    fn numbers_are_octal_or_base_256_and_never_negative() {
        assert_eq!(number(b"00000000017\0"), Some(15));
        assert_eq!(number(b"      17 \0\0\0"), Some(15));
        assert_eq!(
            number(&[0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1]),
            Some((2 << 32) + 1)
        );
        assert_eq!(number(&[0xff; 12]), None);
        assert_eq!(number(b"-0000000017\0"), None);
        assert_eq!(number(b"00000000019\0"), None);
    }

    #[test]
    fn a_pax_record_must_be_as_long_as_it_says() {
        assert_eq!(
            pax_record(b"9 path=a\nx"),
            Some((&b"path"[..], &b"a"[..], &b"x"[..]))
        );
        for bad in [
            &b"99 path=a\n"[..],
            b"8 path=a\n",
            b"path=a\n",
            b"0 ",
            b"3 \n",
        ] {
            assert_eq!(pax_record(bad), None, "{bad:?}");
        }
    }
}
