//! pacman's `mtree`: what a package says of its files.
//!
//! Format: ALPM-MTREE(5), a gzip-compressed mtree(5) with one line a path. `/set` gives keywords
//! that hold for the lines below it, `/unset` takes them back; bytes that are not printable are
//! written as `\` and three octal digits (vis(3)).

use std::collections::HashMap;

use crate::facts::contract::{Account, Attributes, RecordedDigest};
use crate::facts::text::lines;

/// Longest line that is read: a path and a link's target of four kilobytes, each byte escaped.
const MAX_LINE: usize = 64 << 10;

/// File types as mtree(5) names them, and the bits of inode(7).
const TYPES: [(&[u8], u32); 7] = [
    (b"file", 0o100_000),
    (b"dir", 0o040_000),
    (b"link", 0o120_000),
    (b"block", 0o060_000),
    (b"char", 0o020_000),
    (b"fifo", 0o010_000),
    (b"socket", 0o140_000),
];

/// What an `mtree` says of one path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Described {
    /// Digest of its content: SHA-256, else MD5.
    pub(super) digest: Option<RecordedDigest>,
    /// The rest.
    pub(super) attributes: Attributes,
}

/// The paths of one package's `mtree`, without `./` in front.
#[derive(Debug, Default)]
pub(super) struct Mtree {
    /// What is said of each path.
    pub(super) paths: HashMap<Vec<u8>, Described>,
    /// Lines that make no sense.
    pub(super) bad_lines: u64,
}

/// Keywords of a line, or those `/set` gave.
#[derive(Debug, Clone, Default)]
struct Keywords {
    kind: Option<u32>,
    mode: Option<u32>,
    uid: Option<u64>,
    gid: Option<u64>,
    size: Option<u64>,
    link: Option<Vec<u8>>,
    md5: Option<[u8; 16]>,
    sha256: Option<[u8; 32]>,
}

/// Reads decompressed text, at most `room` paths of it.
pub(super) fn parse(text: &[u8], room: usize) -> Mtree {
    let mut mtree = Mtree::default();
    let mut set = Keywords::default();
    for line in lines(text) {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        if mtree.paths.len() >= room || take_line(line, &mut set, &mut mtree).is_none() {
            mtree.bad_lines = mtree.bad_lines.saturating_add(1);
        }
    }
    mtree
}

/// Takes one line in; `None` when a part of it makes no sense.
fn take_line(line: &[u8], set: &mut Keywords, mtree: &mut Mtree) -> Option<()> {
    if line.len() > MAX_LINE {
        return None;
    }
    let mut words = line
        .split(|&b| b == b' ' || b == b'\t')
        .filter(|word| !word.is_empty());
    match words.next()? {
        b"/set" => words.try_for_each(|word| set.take(word)),
        b"/unset" => words.try_for_each(|word| set.forget(word)),
        path => {
            // Paths relative to the line before them are not written by pacman's tools.
            let path = unescape(path.strip_prefix(b"./")?)?;
            let mut keywords = set.clone();
            words.try_for_each(|word| keywords.take(word))?;
            mtree.paths.insert(path, keywords.described());
            Some(())
        }
    }
}

impl Keywords {
    /// Takes a keyword in; those that say nothing of ownership or content are passed over.
    fn take(&mut self, word: &[u8]) -> Option<()> {
        let at = word.iter().position(|&b| b == b'=');
        let Some((name, value)) = at.and_then(|at| word.split_at_checked(at)) else {
            return Some(());
        };
        let value = value.get(1..)?;
        match name {
            b"type" => {
                let known = TYPES.iter().find(|(name, _)| *name == value)?;
                self.kind = Some(known.1);
            }
            b"mode" => {
                let mode = u32::from_str_radix(std::str::from_utf8(value).ok()?, 8).ok()?;
                self.mode = Some(mode).filter(|mode| *mode <= 0o7777);
                self.mode?;
            }
            b"uid" => self.uid = Some(decimal(value)?),
            b"gid" => self.gid = Some(decimal(value)?),
            b"size" => self.size = Some(decimal(value)?),
            b"link" => self.link = Some(unescape(value)?),
            b"md5" | b"md5digest" => self.md5 = Some(digest(value)?),
            b"sha256" | b"sha256digest" => self.sha256 = Some(digest(value)?),
            _ => {}
        }
        Some(())
    }

    fn forget(&mut self, name: &[u8]) -> Option<()> {
        match name {
            b"all" => *self = Self::default(),
            b"type" => self.kind = None,
            b"mode" => self.mode = None,
            b"uid" => self.uid = None,
            b"gid" => self.gid = None,
            _ => {}
        }
        Some(())
    }

    fn described(self) -> Described {
        let md5 = self.md5.map(RecordedDigest::Md5);
        let mode = self.mode.map(|mode| mode | self.kind.unwrap_or(0));
        Described {
            digest: self.sha256.map(RecordedDigest::Sha256).or(md5),
            attributes: Attributes {
                mode,
                size: self.size,
                user: self.uid.map(Account::Number),
                group: self.gid.map(Account::Number),
                link_target: self.link,
            },
        }
    }
}

fn decimal(value: &[u8]) -> Option<u64> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(value).ok()?;
    text.parse().ok().filter(|_| digits)
}

fn digest<const N: usize>(hex: &[u8]) -> Option<[u8; N]> {
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(hex).ok()?;
    bytes.try_into().ok()
}

/// Undoes vis(3): `\` and three octal digits, and the letters libarchive writes or reads.
fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        if first != b'\\' {
            bytes.push(first);
            rest = after;
            continue;
        }
        let (byte, after) = match after {
            [
                a @ b'0'..=b'3',
                b @ b'0'..=b'7',
                c @ b'0'..=b'7',
                after @ ..,
            ] => {
                let digit = |digit: &u8| digit & 7;
                (digit(a) << 6 | digit(b) << 3 | digit(c), after)
            }
            [b's', after @ ..] => (b' ', after),
            [b't', after @ ..] => (b'\t', after),
            [b'n', after @ ..] => (b'\n', after),
            [b'r', after @ ..] => (b'\r', after),
            [escaped @ (b'\\' | b'#' | b'='), after @ ..] => (*escaped, after),
            _ => return None,
        };
        bytes.push(byte);
        rest = after;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{parse, unescape};
    use crate::facts::contract::{Account, RecordedDigest};

    const TEXT: &[u8] = b"#mtree\n/set type=file uid=0 gid=0 mode=644\n\
        ./.PKGINFO time=1.0 size=3\n\
        ./usr time=1.0 mode=755 type=dir\n\
        ./usr/with\\040space time=1.0 size=1 sha256digest=\
        2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\n\
        ./usr/t mode=777 type=link link=with\\040space uid=7\n";

    #[test]
    fn a_line_adds_to_what_was_set() {
        let mtree = parse(TEXT, 100);
        assert_eq!((mtree.paths.len(), mtree.bad_lines), (4, 0));
        let file = &mtree.paths[b"usr/with space".as_slice()];
        assert_eq!(file.attributes.mode, Some(0o100_644));
        assert_eq!(file.attributes.size, Some(1));
        assert!(matches!(file.digest, Some(RecordedDigest::Sha256(sum)) if sum[0] == 0x2d));
        let link = &mtree.paths[b"usr/t".as_slice()].attributes;
        assert_eq!(link.mode, Some(0o120_777));
        assert_eq!(link.link_target.as_deref(), Some(b"with space".as_slice()));
        assert_eq!(link.user, Some(Account::Number(7)));
        assert_eq!(link.group, Some(Account::Number(0)));
    }

    #[test]
    fn what_makes_no_sense_is_counted_and_the_rest_kept() {
        for bad in [
            "./a mode=9",
            "./a mode=77777",
            "./a size=-1",
            "./a type=door",
            "./a sha256digest=00",
            "relative",
            "./a\\9",
            "./a link=\\",
        ] {
            let mtree = parse(format!("./b size=1\n{bad}\n./c size=2\n").as_bytes(), 100);
            assert_eq!((mtree.paths.len(), mtree.bad_lines), (2, 1), "{bad}");
        }
        assert_eq!(parse(TEXT, 1).bad_lines, 3);
        let unset = parse(b"/set mode=644 uid=1\n/unset mode\n./a size=1\n", 9);
        let attributes = &unset.paths[b"a".as_slice()].attributes;
        assert_eq!(attributes.mode, None);
        assert_eq!(attributes.user, Some(Account::Number(1)));
    }

    #[test]
    fn escapes_are_undone() {
        let bytes = unescape(br"\303\274\\\#\s\t").unwrap();
        assert_eq!(bytes, b"\xc3\xbc\\# \t");
        assert_eq!(unescape(br"\777"), None);
    }
}
