//! The dynamic section: what the loader goes by.

use object::Endianness;
use object::elf;
use object::read::elf::{Dyn as _, FileHeader, ProgramHeader};
use serde::{Deserialize, Serialize};

use super::regions::{MAX_SEGMENTS, Regions};
use crate::facts::text::lossless;

/// Entries read of one dynamic section, and bytes of the strings they name, together.
const MAX_ENTRIES: usize = 4_096;
const MAX_STRING_BYTES: usize = 64 << 10;
/// Directories of one run path.
const MAX_RUN_PATHS: usize = 64;
/// Longest string read out of a string table.
const MAX_STRING: usize = 4_096;
/// Symbol versions read of one file: libc.so.6 defines a few dozen.
const MAX_VERSIONS: usize = 4_096;
/// Bytes of the string table searched for names of functions.
const MAX_SEARCHED: usize = 8 << 20;

/// What the dynamic section says. Strings that cannot be read make the whole unread.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dynamic {
    /// `DT_NEEDED`.
    pub needed: Box<[Box<str>]>,
    /// `DT_SONAME`.
    pub soname: Option<Box<str>>,
    /// `DT_RPATH`, split at colons.
    pub rpath: Box<[Box<str>]>,
    /// `DT_RUNPATH`, split at colons; where there is one the loader ignores `DT_RPATH`.
    pub runpath: Box<[Box<str>]>,
    /// Highest symbol versions it requires; `None` when they could not be read.
    pub requires: Option<SymbolVersions>,
    /// Highest glibc version it defines symbols of (`DT_VERDEF`): set in glibc's own libraries.
    pub defines_glibc: Option<SymbolVersion>,
}

/// A version in the name of a symbol version, such as 2.2.5; what is missing is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SymbolVersion(pub [u16; 3]);

impl SymbolVersion {
    /// Reads `2.36` or `3.4.30`.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = [0; 3];
        let mut numbers = text.split('.');
        let first = numbers.next()?.parse().ok()?;
        let rest = [numbers.next(), numbers.next()];
        if numbers.next().is_some() {
            return None;
        }
        for (part, number) in parts.iter_mut().skip(1).zip(rest) {
            *part = number.map_or(Some(0), |number| number.parse().ok())?;
        }
        if let Some(part) = parts.first_mut() {
            *part = first;
        }
        Some(Self(parts))
    }
}

impl std::fmt::Display for SymbolVersion {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [major, minor, patch] = self.0;
        match patch {
            0 => write!(to, "{major}.{minor}"),
            _ => write!(to, "{major}.{minor}.{patch}"),
        }
    }
}

/// The highest version of each family.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SymbolVersions {
    /// `GLIBC_`.
    pub glibc: Option<SymbolVersion>,
    /// `GLIBCXX_`, of libstdc++.
    pub glibcxx: Option<SymbolVersion>,
    /// `CXXABI_`, of libstdc++.
    pub cxxabi: Option<SymbolVersion>,
}

impl SymbolVersions {
    fn add(&mut self, name: &[u8]) {
        let Ok(name) = std::str::from_utf8(name) else {
            return;
        };
        let (family, version) = if let Some(version) = name.strip_prefix("GLIBC_") {
            (&mut self.glibc, version)
        } else if let Some(version) = name.strip_prefix("GLIBCXX_") {
            (&mut self.glibcxx, version)
        } else if let Some(version) = name.strip_prefix("CXXABI_") {
            (&mut self.cxxabi, version)
        } else {
            return;
        };
        let version = match version {
            // Packed relative relocations came with glibc 2.36 (its NEWS), which marks them so.
            "ABI_DT_RELR" => Some(SymbolVersion([2, 36, 0])),
            version => SymbolVersion::parse(version),
        };
        *family = (*family).max(version);
    }
}

/// What protections show in the dynamic section; `None` where it could not be read.
#[derive(Debug, Default)]
pub(super) struct Flags {
    pub(super) bind_now: Option<bool>,
    pub(super) text_relocations: Option<bool>,
    pub(super) stack_protector: Option<bool>,
    pub(super) fortify: Option<bool>,
}

/// Names in the dynamic string table that hint at the language.
#[derive(Debug, Default)]
pub(super) struct Hints {
    /// The string table was searched.
    pub(super) searched: bool,
    /// Rust's personality function or allocator.
    pub(super) rust: bool,
    /// The unwinder's `_Unwind_Backtrace`, which Rust's standard library refers to.
    pub(super) unwinder: bool,
}

/// All that was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) dynamic: Option<Dynamic>,
    pub(super) flags: Flags,
    pub(super) hints: Hints,
    pub(super) pie: bool,
}

/// The entries that matter.
#[derive(Default)]
struct Entries {
    needed: Vec<u64>,
    rpath: Vec<u64>,
    runpath: Vec<u64>,
    soname: Option<u64>,
    strings: Option<u64>,
    strings_bytes: u64,
    version_needs: Option<u64>,
    version_definitions: Option<u64>,
    bind_now: bool,
    text_relocations: bool,
    pie: bool,
}

impl Entries {
    fn add(&mut self, tag: i64, value: u64) {
        let has = |flag: u32| value & u64::from(flag) != 0;
        match tag {
            elf::DT_NEEDED => self.needed.push(value),
            elf::DT_RPATH => self.rpath.push(value),
            elf::DT_RUNPATH => self.runpath.push(value),
            elf::DT_SONAME => self.soname = Some(value),
            elf::DT_STRTAB => self.strings = Some(value),
            elf::DT_STRSZ => self.strings_bytes = value,
            elf::DT_VERNEED => self.version_needs = Some(value),
            elf::DT_VERDEF => self.version_definitions = Some(value),
            elf::DT_BIND_NOW => self.bind_now = true,
            elf::DT_TEXTREL => self.text_relocations = true,
            elf::DT_FLAGS => {
                self.bind_now |= has(elf::DF_BIND_NOW);
                self.text_relocations |= has(elf::DF_TEXTREL);
            }
            elf::DT_FLAGS_1 => {
                self.bind_now |= has(elf::DF_1_NOW);
                self.pie |= has(elf::DF_1_PIE);
            }
            _ => {}
        }
    }
}

/// Reads the dynamic section. A file without one has no flags to show either: nothing is bound
/// lazily, and nothing relocated.
pub(super) fn read<H: FileHeader<Endian = Endianness>>(
    endian: Endianness,
    file: Regions<'_>,
    segments: &[H::ProgramHeader],
) -> Found {
    let mut found = Found::default();
    let Some(segment) = segments
        .iter()
        .find(|s| s.p_type(endian) == elf::PT_DYNAMIC)
    else {
        found.flags.bind_now = Some(false);
        found.flags.text_relocations = Some(false);
        return found;
    };
    let Ok(Some(section)) = segment.dynamic(endian, file) else {
        return found;
    };
    let mut entries = Entries::default();
    for entry in section.iter().take(MAX_ENTRIES) {
        let tag: i64 = entry.d_tag(endian).into();
        if tag == elf::DT_NULL {
            break;
        }
        entries.add(tag, entry.d_val(endian).into());
    }
    found.pie = entries.pie;
    found.flags.bind_now = Some(entries.bind_now);
    found.flags.text_relocations = Some(entries.text_relocations);
    let place = |address: Option<u64>| file_offset::<H>(endian, segments, address?);
    let strings = place(entries.strings).and_then(|offset| file.from(offset));
    if let Some(strings) = strings {
        search(strings, entries.strings_bytes, &mut found);
    }
    let strings = strings.unwrap_or_default();
    let table = |address| {
        place(address).map(|offset| VersionTable {
            endian,
            bytes: file.from(offset).unwrap_or_default(),
            strings,
        })
    };
    found.dynamic = texts(&entries, strings).map(|texts| Dynamic {
        requires: match entries.version_needs {
            None => Some(SymbolVersions::default()),
            address => table(address).and_then(|table| table.needs()),
        },
        defines_glibc: table(entries.version_definitions).and_then(|table| table.definitions()),
        ..texts
    });
    found
}

/// The strings that entries name.
fn texts(entries: &Entries, strings: &[u8]) -> Option<Dynamic> {
    let mut budget = MAX_STRING_BYTES;
    let mut string = |offset: &u64| {
        let text = string_at(strings, *offset)?;
        budget = budget.checked_sub(text.len().saturating_add(1))?;
        Some(lossless(text).into_boxed_str())
    };
    let needed = entries
        .needed
        .iter()
        .map(&mut string)
        .collect::<Option<_>>()?;
    let soname = match &entries.soname {
        Some(offset) => Some(string(offset)?),
        None => None,
    };
    let rpath = entries
        .rpath
        .iter()
        .map(&mut string)
        .collect::<Option<Vec<_>>>()?;
    let runpath = entries
        .runpath
        .iter()
        .map(&mut string)
        .collect::<Option<Vec<_>>>()?;
    Some(Dynamic {
        needed,
        soname,
        rpath: directories(&rpath),
        runpath: directories(&runpath),
        requires: None,
        defines_glibc: None,
    })
}

fn directories(paths: &[Box<str>]) -> Box<[Box<str>]> {
    paths
        .iter()
        .flat_map(|path| path.split(':').map(Box::from))
        .take(MAX_RUN_PATHS)
        .collect()
}

/// Looks for names in the string table; only one that was kept to its end says what is not there.
fn search(strings: &[u8], bytes: u64, found: &mut Found) {
    let whole = usize::try_from(bytes)
        .ok()
        .and_then(|bytes| strings.get(..bytes));
    let Some(table) = whole.filter(|table| table.len() <= MAX_SEARCHED) else {
        return;
    };
    let (mut stack_protector, mut fortify) = (false, false);
    for name in table.split(|&byte| byte == 0) {
        match name {
            b"__stack_chk_fail" | b"__stack_chk_guard" | b"__stack_chk_fail_local" => {
                stack_protector = true;
            }
            b"_Unwind_Backtrace" => found.hints.unwinder = true,
            b"rust_eh_personality" | b"__rust_alloc" => found.hints.rust = true,
            name if name.ends_with(b"_chk") && name.starts_with(b"__") => fortify = true,
            _ => {}
        }
    }
    found.hints.searched = true;
    found.flags.stack_protector = Some(stack_protector);
    found.flags.fortify = Some(fortify);
}

/// A table of symbol versions (LSB Core, "Symbol Versioning"): records of 16 or 20 bytes linked
/// by offsets, the same for both classes.
struct VersionTable<'a> {
    endian: Endianness,
    bytes: &'a [u8],
    strings: &'a [u8],
}

/// `VER_FLG_WEAK`: the loader goes on without it.
const WEAK: u16 = 2;

impl VersionTable<'_> {
    /// The highest versions required (`Elf32_Verneed`, `Elf32_Vernaux`).
    fn needs(&self) -> Option<SymbolVersions> {
        let mut highest = SymbolVersions::default();
        self.records(12, |record| {
            let mut at = self.step(record, self.word(record, 8)?)?;
            for _ in 0..self.half(record, 2)? {
                if self.half(at, 4)? & WEAK == 0 {
                    highest.add(string_at(self.strings, self.word(at, 8)?.into())?);
                }
                match self.word(at, 12)? {
                    0 => break,
                    next => at = self.step(at, next)?,
                }
            }
            Some(())
        })?;
        Some(highest)
    }

    /// The highest glibc version defined (`Elf32_Verdef`, `Elf32_Verdaux`); the first auxiliary
    /// entry of a record has its name.
    fn definitions(&self) -> Option<SymbolVersion> {
        let mut highest = SymbolVersions::default();
        self.records(16, |record| {
            let first = self.step(record, self.word(record, 12)?)?;
            highest.add(string_at(self.strings, self.word(first, 0)?.into())?);
            Some(())
        })?;
        highest.glibc
    }

    /// Visits every record; `next_field` is the place of its link to the next.
    fn records(&self, next_field: usize, mut visit: impl FnMut(usize) -> Option<()>) -> Option<()> {
        let mut at = 0;
        for _ in 0..MAX_VERSIONS {
            visit(at)?;
            match self.word(at, next_field)? {
                0 => return Some(()),
                next => at = self.step(at, next)?,
            }
        }
        None
    }

    fn step(&self, at: usize, by: u32) -> Option<usize> {
        at.checked_add(usize::try_from(by).ok()?)
    }

    fn half(&self, record: usize, field: usize) -> Option<u16> {
        let bytes = self.bytes.get(record.checked_add(field)?..)?;
        let bytes = *bytes.first_chunk()?;
        Some(match self.endian {
            Endianness::Little => u16::from_le_bytes(bytes),
            Endianness::Big => u16::from_be_bytes(bytes),
        })
    }

    fn word(&self, record: usize, field: usize) -> Option<u32> {
        let bytes = self.bytes.get(record.checked_add(field)?..)?;
        let bytes = *bytes.first_chunk()?;
        Some(match self.endian {
            Endianness::Little => u32::from_le_bytes(bytes),
            Endianness::Big => u32::from_be_bytes(bytes),
        })
    }
}

/// Where in the file a virtual address is stored.
fn file_offset<H: FileHeader<Endian = Endianness>>(
    endian: Endianness,
    segments: &[H::ProgramHeader],
    address: u64,
) -> Option<u64> {
    segments
        .iter()
        .filter(|segment| segment.p_type(endian) == elf::PT_LOAD)
        .take(MAX_SEGMENTS)
        .find_map(|segment| {
            let start: u64 = segment.p_vaddr(endian).into();
            let size: u64 = segment.p_filesz(endian).into();
            let within = address.checked_sub(start).filter(|within| *within < size)?;
            let offset: u64 = segment.p_offset(endian).into();
            offset.checked_add(within)
        })
}

fn string_at(strings: &[u8], offset: u64) -> Option<&[u8]> {
    let rest = strings.get(usize::try_from(offset).ok()?..)?;
    let end = rest.iter().take(MAX_STRING).position(|&b| b == 0)?;
    rest.get(..end)
}
