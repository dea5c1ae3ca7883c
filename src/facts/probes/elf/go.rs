//! Go's build information: what a program was built from, as the linker writes it.
//!
//! Format: Go, `debug/buildinfo` (`readRawBuildInfo`) for where it is, `runtime/debug`
//! (`ParseBuildInfo`) for its lines. Before Go 1.18 it pointed to its texts, since then it holds
//! them. `go version -m` prints the same.

use object::Endianness;
use object::elf;
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};
use serde::{Deserialize, Serialize};

use super::contents::{Read, text};
use super::regions::{Loaded, MAX_SECTIONS, MAX_SEGMENTS, Regions, loaded};

/// First bytes.
pub(super) const MAGIC: &[u8] = b"\xff Go buildinf:";
/// It starts at a multiple of so many bytes.
const ALIGNMENT: u64 = 16;
/// Bytes of data in which it is looked for where nothing else says that a file is of Go.
const SEARCHED: usize = 64 << 10;
/// Bytes before the texts.
const HEADER: usize = 32;
const POINTER_SIZE_AT: usize = 14;
const FLAGS_AT: usize = 15;
const POINTERS_AT: usize = 16;
const FLAG_BIG_ENDIAN: u8 = 1;
const FLAG_INLINE: u8 = 2;
/// Bytes of a number in base 128 (Go, `encoding/binary`, `MaxVarintLen64`).
const MAX_VARINT: usize = 10;
/// Bytes of a toolchain's name, and of all lines.
const MAX_TOOLCHAIN: u64 = 256;
const MAX_LINES: u64 = 1 << 20;
/// Bytes that frame the lines on either side.
const FRAME: usize = 16;
/// Modules of one program: the largest have a thousand.
const MAX_MODULES: usize = 5_000;
/// Settings that say how a program was built. Linker flags may hold anything, secrets too.
const SETTINGS: [&str; 10] = [
    "-buildmode",
    "-compiler",
    "-trimpath",
    "CGO_ENABLED",
    "GOARCH",
    "GOOS",
    "vcs",
    "vcs.revision",
    "vcs.time",
    "vcs.modified",
];

/// What a program of Go was built from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoBuild {
    /// Version of the toolchain, `go1.22.3`.
    pub toolchain: Box<str>,
    /// Path of the main package.
    pub package: Option<Box<str>>,
    /// The module that package is in.
    pub main: Option<GoModule>,
    /// Modules it was built with, those that were replaced left out for what replaced them.
    pub modules: Box<[GoModule]>,
    /// The [`SETTINGS`] that are there, by name.
    pub settings: Box<[(Box<str>, Box<str>)]>,
    /// Whether there are more modules than are taken.
    pub cut: bool,
}

/// A module of Go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoModule {
    /// Path, its name.
    pub path: Box<str>,
    /// Version as written; `(devel)` or empty where it has none.
    pub version: Box<str>,
}

/// Reads it; `is_go` says that something else marks the file as one of Go.
pub(super) fn read<H: FileHeader<Endian = Endianness>>(
    header: &H,
    endian: Endianness,
    file: Regions<'_>,
    is_go: bool,
) -> Read<GoBuild> {
    let segments = header.program_headers(endian, file).unwrap_or_default();
    let at = |address| loaded::<H>(endian, file, segments, address);
    let Some((address, data)) = place(header, endian, file)
        .and_then(|(address, size)| Some((address, limited(at(address)?, size))))
    else {
        return Read::Nothing;
    };
    let searched = if is_go { usize::MAX } else { SEARCHED };
    let Some(found) = find(address, data.bytes.get(..searched).unwrap_or(data.bytes)) else {
        let all = data.bytes.len() as u64 == data.length;
        return if is_go && !all {
            Read::NotKept
        } else {
            Read::Nothing
        };
    };
    // What follows may go on behind the section.
    let Some(bytes) = at(address.saturating_add(found)).map(|rest| rest.bytes) else {
        return Read::NotKept;
    };
    let Some(texts) = texts(bytes, &at) else {
        return Read::NotKept;
    };
    match text(texts.toolchain).filter(|toolchain| !toolchain.is_empty()) {
        Some(toolchain) => Read::Found(parse(toolchain, unframed(texts.lines))),
        None => Read::Nothing,
    }
}

/// Address and size of what holds it: its section, else the first data that is written to.
fn place<H: FileHeader<Endian = Endianness>>(
    header: &H,
    endian: Endianness,
    file: Regions<'_>,
) -> Option<(u64, u64)> {
    if let Ok(sections) = header.sections(endian, file) {
        let named = sections
            .iter()
            .take(MAX_SECTIONS)
            .find(|section| sections.section_name(endian, *section) == Ok(b".go.buildinfo"));
        if let Some(section) = named {
            return Some((
                section.sh_addr(endian).into(),
                section.sh_size(endian).into(),
            ));
        }
    }
    let segments = header.program_headers(endian, file).ok()?;
    let data = segments.iter().take(MAX_SEGMENTS).find(|segment| {
        let flags = segment.p_flags(endian) & (elf::PF_X | elf::PF_W);
        segment.p_type(endian) == elf::PT_LOAD && flags == elf::PF_W
    })?;
    Some((data.p_vaddr(endian).into(), data.p_memsz(endian).into()))
}

fn limited(data: Loaded<'_>, size: u64) -> Loaded<'_> {
    let most = usize::try_from(size).unwrap_or(usize::MAX);
    Loaded {
        bytes: data.bytes.get(..most).unwrap_or(data.bytes),
        length: data.length.min(size),
    }
}

/// How far from its start, at `address`, the data has the build information.
fn find(address: u64, data: &[u8]) -> Option<u64> {
    let to_first = address
        .checked_next_multiple_of(ALIGNMENT)?
        .checked_sub(address)?;
    let aligned = data.get(usize::try_from(to_first).ok()?..)?;
    let step = usize::try_from(ALIGNMENT).ok()?;
    let chunk = aligned
        .chunks_exact(step)
        .position(|chunk| chunk.starts_with(MAGIC))?;
    (chunk as u64).checked_mul(ALIGNMENT)?.checked_add(to_first)
}

/// The two texts, still in the file's bytes.
struct Texts<'a> {
    toolchain: &'a [u8],
    lines: &'a [u8],
}

/// The texts; `None` when they are not there, or were not kept.
fn texts<'a>(bytes: &'a [u8], at: &dyn Fn(u64) -> Option<Loaded<'a>>) -> Option<Texts<'a>> {
    let flags = *bytes.get(FLAGS_AT)?;
    if flags & FLAG_INLINE != 0 {
        let (toolchain, rest) = inline(bytes.get(HEADER..)?, MAX_TOOLCHAIN)?;
        let (lines, _) = inline(rest, MAX_LINES)?;
        return Some(Texts { toolchain, lines });
    }
    let pointers = Pointers {
        size: usize::from(*bytes.get(POINTER_SIZE_AT)?),
        big_endian: flags & FLAG_BIG_ENDIAN != 0,
    };
    let toolchain = pointers.read(bytes, POINTERS_AT)?;
    let lines = pointers.read(bytes, POINTERS_AT.checked_add(pointers.size)?)?;
    Some(Texts {
        toolchain: pointers.text(at, toolchain, MAX_TOOLCHAIN)?,
        // Built without modules it has no lines, and points to none.
        lines: match pointers.text(at, lines, MAX_LINES) {
            Some(lines) => lines,
            None if lines == 0 => &[],
            None => return None,
        },
    })
}

/// A text behind its length, and what follows it.
fn inline(bytes: &[u8], most: u64) -> Option<(&[u8], &[u8])> {
    let mut length = 0u64;
    for (at, byte) in bytes.iter().take(MAX_VARINT).enumerate() {
        let shift = u32::try_from(at).ok()?.checked_mul(7)?;
        let part = u64::from(byte & 0x7f).checked_shl(shift)?;
        length |= part;
        if byte & 0x80 == 0 {
            let length = usize::try_from(length).ok().filter(|_| length <= most)?;
            return bytes.get(at.checked_add(1)?..)?.split_at_checked(length);
        }
    }
    None
}

/// Pointers in the words of the program's machine.
struct Pointers {
    size: usize,
    big_endian: bool,
}

impl Pointers {
    fn read(&self, bytes: &[u8], at: usize) -> Option<u64> {
        let word = bytes.get(at..at.checked_add(self.size)?)?;
        Some(match (self.size, self.big_endian) {
            (4, false) => u32::from_le_bytes(word.try_into().ok()?).into(),
            (4, true) => u32::from_be_bytes(word.try_into().ok()?).into(),
            (8, false) => u64::from_le_bytes(word.try_into().ok()?),
            (8, true) => u64::from_be_bytes(word.try_into().ok()?),
            _ => return None,
        })
    }

    /// What the string header at an address points to.
    fn text<'a>(
        &self,
        at: &dyn Fn(u64) -> Option<Loaded<'a>>,
        address: u64,
        most: u64,
    ) -> Option<&'a [u8]> {
        let header = at(address)?.bytes;
        let start = self.read(header, 0)?;
        let length = self.read(header, self.size)?;
        if length == 0 {
            return Some(&[]);
        }
        let length = usize::try_from(length).ok().filter(|_| length <= most)?;
        at(start)?.bytes.get(..length)
    }
}

/// The lines without the marks around them; nothing where the marks are missing.
fn unframed(lines: &[u8]) -> &[u8] {
    let end = lines.len().saturating_sub(FRAME);
    match lines.get(FRAME..end) {
        Some(inside) if inside.ends_with(b"\n") => inside,
        _ => &[],
    }
}

fn parse(toolchain: Box<str>, lines: &[u8]) -> GoBuild {
    let mut build = GoBuild {
        toolchain,
        package: None,
        main: None,
        modules: Box::default(),
        settings: Box::default(),
        cut: false,
    };
    let mut modules: Vec<GoModule> = Vec::new();
    let mut settings = Vec::new();
    // Whether the module read last is the main one.
    let mut last_is_main = false;
    for line in lines.split(|&byte| byte == b'\n') {
        let mut fields = line.split(|&byte| byte == b'\t');
        match fields.next() {
            Some(b"path") => build.package = fields.next().and_then(text),
            Some(b"mod") => {
                build.main = module(fields);
                last_is_main = true;
            }
            Some(b"dep") if modules.len() >= MAX_MODULES => build.cut = true,
            Some(b"dep") => {
                modules.extend(module(fields));
                last_is_main = false;
            }
            // The module before was replaced by this one. A directory has no name of its own.
            Some(b"=>") if !build.cut => {
                let replaced = if last_is_main {
                    build.main.as_mut()
                } else {
                    modules.last_mut()
                };
                if let (Some(by), Some(replaced)) = (module(fields), replaced) {
                    replaced.version = by.version;
                    if !is_directory(&by.path) {
                        replaced.path = by.path;
                    }
                }
            }
            Some(b"build") => settings.extend(fields.next().and_then(setting)),
            _ => {}
        }
    }
    settings.sort();
    settings.dedup_by(|a, b| a.0 == b.0);
    build.modules = modules.into();
    build.settings = settings.into();
    build
}

fn module<'a>(mut fields: impl Iterator<Item = &'a [u8]>) -> Option<GoModule> {
    Some(GoModule {
        path: text(fields.next()?).filter(|path| !path.is_empty())?,
        version: fields.next().and_then(text).unwrap_or_default(),
    })
}

/// Whether a replacement is a directory (Go Modules Reference, "`replace` directive").
fn is_directory(path: &str) -> bool {
    path.starts_with("./") || path.starts_with("../") || path.starts_with('/')
}

/// `key=value`, where it is one of those taken. None of them is ever quoted.
fn setting(line: &[u8]) -> Option<(Box<str>, Box<str>)> {
    let at = line.iter().position(|&byte| byte == b'=')?;
    let (key, value) = line.split_at_checked(at)?;
    let key = SETTINGS.iter().find(|known| known.as_bytes() == key)?;
    Some(((*key).into(), text(value.get(1..)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_numbers_in_base_128() {
        assert_eq!(inline(b"\x02ab.", 9), Some((&b"ab"[..], &b"."[..])));
        let long = [&[0x80, 0x01][..], &[b'x'; 130]].concat();
        assert_eq!(inline(&long, 200).map(|(text, _)| text.len()), Some(128));
        assert_eq!(inline(&long, 100), None);
        assert_eq!(inline(b"\x05ab", 9), None);
        assert_eq!(inline(&[0xff; 20], u64::MAX), None);
    }

    #[test]
    fn what_replaced_a_module_is_what_was_built() {
        let lines = b"path\texample.com/a/cmd\nmod\texample.com/a\tv1.0.0\th1:x=\n\
            dep\texample.com/b\tv1.0.0\n=>\texample.com/fork\tv1.1.0\th1:y=\n\
            dep\texample.com/c\tv2.0.0\n=>\t./c\t(devel)\t\n\
            build\tvcs.revision=abc\nbuild\t-ldflags=\"-X main.token=x\"\n";
        let build = parse("go1.22.0".into(), lines);
        let of = |module: &GoModule| format!("{}@{}", module.path, module.version);
        assert_eq!(build.package.as_deref(), Some("example.com/a/cmd"));
        assert_eq!(
            build.main.as_ref().map(of).as_deref(),
            Some("example.com/a@v1.0.0")
        );
        let modules: Vec<String> = build.modules.iter().map(of).collect();
        assert_eq!(
            modules,
            ["example.com/fork@v1.1.0", "example.com/c@(devel)"]
        );
        assert_eq!(&*build.settings, [("vcs.revision".into(), "abc".into())]);
    }
}
