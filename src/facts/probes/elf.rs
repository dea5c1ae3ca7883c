//! ELF: kind, interpreter, static or dynamic, needed libraries.
//!
//! Formats: System V ABI, generic part, chapters 4 (object files) and 5 (program loading and
//! dynamic linking); `DF_1_PIE` as glibc's `elf.h` has it. Only program headers and the dynamic
//! section are read; section headers may be stripped or lie.

use object::elf;
use object::read::elf::{Dyn as _, FileHeader, ProgramHeader};
use object::{Endianness, FileKind};
use serde::{Deserialize, Serialize};

use super::Probed;
use crate::facts::contract::Probe;
use crate::facts::text::lossless;
use crate::image::FileView;

/// How much of an ELF file is looked at. The dynamic section of a larger file may lie beyond it;
/// its needed libraries are then not known.
const ELF_BYTES: usize = 8 << 20;
/// Entries read of one dynamic section, and bytes of the strings they name, together.
const MAX_ENTRIES: usize = 4_096;
const MAX_STRING_BYTES: usize = 64 << 10;
/// Directories of one run path.
const MAX_RUN_PATHS: usize = 64;
/// Longest string read out of a string table.
const MAX_STRING: usize = 4_096;

/// Kind of an ELF file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ElfKind {
    /// Can be started.
    Program,
    /// Shared library.
    Library,
    /// Object, core file, kernel module.
    Other,
}

/// What the headers of an ELF file say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elf {
    /// Kind.
    pub kind: ElfKind,
    /// `PT_INTERP`.
    pub interpreter: Option<String>,
    /// Whether it has a dynamic section that needs libraries or an interpreter.
    pub dynamic: bool,
    /// `DT_NEEDED`; `None` when the dynamic section could not be read.
    pub needed: Option<Vec<String>>,
    /// `DT_RUNPATH` and `DT_RPATH`, split at colons.
    pub run_paths: Vec<String>,
    /// `e_machine`.
    pub machine: u16,
}

/// Reads ELF headers.
pub struct ElfProbe;

impl Probe for ElfProbe {
    fn name(&self) -> &'static str {
        "elf"
    }

    fn wants(&self, file: &FileView<'_>) -> usize {
        if file.peek.starts_with(&elf::ELFMAG) {
            ELF_BYTES
        } else {
            0
        }
    }

    fn probe(&self, _file: &FileView<'_>, head: &[u8]) -> Option<Probed> {
        let parsed = match FileKind::parse(head) {
            Ok(FileKind::Elf32) => parse::<elf::FileHeader32<Endianness>>(head),
            Ok(FileKind::Elf64) => parse::<elf::FileHeader64<Endianness>>(head),
            _ => None,
        };
        Some(parsed.map_or(Probed::BrokenElf, |elf| Probed::Elf(Box::new(elf))))
    }
}

fn parse<H: FileHeader<Endian = Endianness>>(head: &[u8]) -> Option<Elf> {
    let header = H::parse(head).ok()?;
    let endian = header.endian().ok()?;
    let segments = header.program_headers(endian, head).ok()?;
    let interpreter = segments
        .iter()
        .filter_map(|segment| segment.interpreter(endian, head).ok().flatten())
        .filter(|path| path.len() <= MAX_STRING)
        .map(lossless)
        .next();
    let has_dynamic = segments
        .iter()
        .any(|segment| segment.p_type(endian) == elf::PT_DYNAMIC);
    let dynamic = Dynamic::read::<H>(endian, head, segments);
    let kind = match header.e_type(endian) {
        elf::ET_EXEC => ElfKind::Program,
        // A shared object with a name of its own is a library even if it can be started, as
        // glibc's libc.so.6 can.
        elf::ET_DYN if dynamic.as_ref().is_some_and(|d| d.has_soname) => ElfKind::Library,
        elf::ET_DYN if interpreter.is_some() => ElfKind::Program,
        elf::ET_DYN if dynamic.as_ref().is_some_and(|d| d.pie) => ElfKind::Program,
        elf::ET_DYN => ElfKind::Library,
        _ => ElfKind::Other,
    };
    let needs_libraries = dynamic.as_ref().is_some_and(|d| !d.needed.is_empty());
    Some(Elf {
        kind,
        dynamic: interpreter.is_some() || needs_libraries,
        needed: match dynamic {
            Some(ref dynamic) => Some(dynamic.needed.clone()),
            None if has_dynamic => None,
            None => Some(Vec::new()),
        },
        run_paths: dynamic.map(|d| d.run_paths).unwrap_or_default(),
        interpreter,
        machine: header.e_machine(endian),
    })
}

/// The dynamic section.
struct Dynamic {
    needed: Vec<String>,
    run_paths: Vec<String>,
    has_soname: bool,
    pie: bool,
}

impl Dynamic {
    /// Reads it; `None` when there is none or it lies outside `head`.
    fn read<H: FileHeader<Endian = Endianness>>(
        endian: Endianness,
        head: &[u8],
        segments: &[H::ProgramHeader],
    ) -> Option<Self> {
        let entries = segments
            .iter()
            .find_map(|segment| segment.dynamic(endian, head).ok().flatten())?;
        let mut strings_at = None;
        let mut names = Vec::new();
        let mut paths = Vec::new();
        let (mut has_soname, mut pie) = (false, false);
        for entry in entries.iter().take(MAX_ENTRIES) {
            let value: u64 = entry.d_val(endian).into();
            match entry.d_tag(endian).into() {
                elf::DT_NULL => break,
                elf::DT_STRTAB => strings_at = file_offset::<H>(endian, segments, value),
                elf::DT_NEEDED => names.push(value),
                elf::DT_RUNPATH | elf::DT_RPATH => paths.push(value),
                elf::DT_SONAME => has_soname = true,
                elf::DT_FLAGS_1 => pie = value & u64::from(elf::DF_1_PIE) != 0,
                _ => {}
            }
        }
        let mut budget = MAX_STRING_BYTES;
        let mut string = |offset: &u64| {
            let text = string_at(head, strings_at?.checked_add(*offset)?)?;
            budget = budget.checked_sub(text.len().saturating_add(1))?;
            Some(text)
        };
        Some(Self {
            needed: names.iter().map(&mut string).collect::<Option<_>>()?,
            run_paths: paths
                .iter()
                .map(&mut string)
                .collect::<Option<Vec<_>>>()?
                .iter()
                .flat_map(|path| path.split(':').map(str::to_owned))
                .take(MAX_RUN_PATHS)
                .collect(),
            has_soname,
            pie,
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
        .find_map(|segment| {
            let start: u64 = segment.p_vaddr(endian).into();
            let size: u64 = segment.p_filesz(endian).into();
            let within = address.checked_sub(start).filter(|within| *within < size)?;
            let offset: u64 = segment.p_offset(endian).into();
            offset.checked_add(within)
        })
}

fn string_at(head: &[u8], offset: u64) -> Option<String> {
    let rest = head.get(usize::try_from(offset).ok()?..)?;
    let end = rest.iter().take(MAX_STRING).position(|&b| b == 0)?;
    rest.get(..end).map(lossless)
}
