//! ELF: kind, linking, symbol versions, hardening and language.
//!
//! Formats: System V ABI, generic part, chapters 4 (object files) and 5 (program loading and
//! dynamic linking); symbol versions as the Linux Standard Base (Core, "Symbol Versioning") has
//! them; GNU extensions as glibc's `elf.h` has them. Program headers, the dynamic section and notes
//! say what a file is; section headers, which may be stripped or lie, only hint at its language.

mod dynamic;
mod language;
mod regions;

use object::elf;
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, FileKind};
use serde::{Deserialize, Serialize};

use super::Probed;
use crate::facts::contract::Probe;
use crate::facts::text::lossless;
use crate::image::{Excerpts, FileView};
use dynamic::Dynamic;
use regions::Regions;

/// Bytes of a note that are a build ID: SHA-1 has 20, custom ones may be longer.
const MAX_BUILD_ID: usize = 64;
/// Notes looked at in one segment.
const MAX_NOTES: usize = 64;
/// Longest path of an interpreter: `PATH_MAX`.
const MAX_INTERPRETER: usize = 4_096;

/// Kind of an ELF file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ElfKind {
    /// Can be started.
    Program,
    /// Shared library.
    Library,
    /// Object, core file, kernel module, separate debug information, byte code in an ELF file.
    Other,
}

/// What was found of an ELF file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elf {
    /// Kind.
    pub kind: ElfKind,
    /// `e_machine`.
    pub machine: u16,
    /// Whether it is of class `ELFCLASS64`.
    pub is_64: bool,
    /// Whether it may be meant for Linux, by `EI_OSABI`: most files name no system at all.
    pub is_linux: bool,
    /// `PT_INTERP`.
    pub interpreter: Option<Box<str>>,
    /// What the dynamic section says; `Unread` when there is one that could not be read.
    pub linkage: Linkage,
    /// `NT_GNU_BUILD_ID`.
    pub build_id: Option<Box<[u8]>>,
    /// Language and what says so; `None` where nothing does.
    pub language: Option<(Language, LanguageBasis)>,
    /// Protections that show in the headers.
    pub hardening: Hardening,
}

/// How a file is linked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Linkage {
    /// It has no dynamic section.
    Static,
    /// The dynamic section.
    Dynamic(Box<Dynamic>),
    /// It has a dynamic section that could not be read.
    Unread,
}

/// What the dynamic section says that the loader goes by.
pub use dynamic::{Dynamic as DynamicSection, SymbolVersion, SymbolVersions};

/// Language a file was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Language {
    /// C, C++, or another that is compiled and linked like them.
    C,
    /// Go.
    Go,
    /// Rust.
    Rust,
}

/// What says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LanguageBasis {
    /// Go's build ID note.
    BuildIdNote,
    /// Go's build information.
    BuildInformation,
    /// Name of a section.
    Section,
    /// The compiler's mark in `.comment`.
    CompilerMark,
    /// Symbols it imports or exports.
    Symbols,
    /// Libraries it needs.
    Libraries,
}

/// Relocations that are read-only once the loader is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Relro {
    /// None: no `PT_GNU_RELRO`.
    None,
    /// Without the table of function addresses, which is filled in lazily.
    Partial,
    /// All: `PT_GNU_RELRO`, and binding at start (`DF_BIND_NOW`, `DF_1_NOW`).
    Full,
}

/// Protections; `None` where the headers do not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hardening {
    /// Whether a program can be loaded at any address.
    pub pie: Option<bool>,
    /// Read-only relocations.
    pub relro: Option<Relro>,
    /// Whether the stack is not executable (`PT_GNU_STACK`).
    pub nx: Option<bool>,
    /// Whether the loader has to write into code (`DT_TEXTREL`).
    pub text_relocations: Option<bool>,
    /// Whether a dynamic file refers to the stack protector's failure function.
    pub stack_protector: Option<bool>,
    /// Whether a dynamic file refers to glibc's checking functions (`_FORTIFY_SOURCE`).
    pub fortify: Option<bool>,
}

impl Elf {
    /// The dynamic section, if there is one that could be read.
    pub fn dynamic(&self) -> Option<&DynamicSection> {
        match &self.linkage {
            Linkage::Dynamic(dynamic) => Some(dynamic),
            Linkage::Static | Linkage::Unread => None,
        }
    }

    /// Whether a loader has to complete it at start: it names one, or needs libraries.
    pub fn is_dynamic(&self) -> bool {
        let needs = |dynamic: &DynamicSection| !dynamic.needed.is_empty();
        self.interpreter.is_some() || self.dynamic().is_some_and(needs)
    }
}

/// Reads ELF headers.
pub struct ElfProbe;

impl Probe for ElfProbe {
    fn name(&self) -> &'static str {
        "elf"
    }

    fn wants(&self, file: &FileView<'_>) -> usize {
        if file.peek.starts_with(&elf::ELFMAG) {
            regions::HEAD_BYTES
        } else {
            0
        }
    }

    fn further(&self, file: &FileView<'_>, head: &[u8]) -> Vec<std::ops::Range<u64>> {
        if file.size <= head.len() as u64 {
            return Vec::new();
        }
        match FileKind::parse(head) {
            Ok(FileKind::Elf32) => regions::wanted::<elf::FileHeader32<Endianness>>(head),
            Ok(FileKind::Elf64) => regions::wanted::<elf::FileHeader64<Endianness>>(head),
            _ => Vec::new(),
        }
    }

    fn probe(&self, file: &FileView<'_>, excerpts: &Excerpts<'_>) -> Option<Probed> {
        let regions = Regions::new(excerpts, file.size);
        let parsed = match FileKind::parse(excerpts.head()) {
            Ok(FileKind::Elf32) => parse::<elf::FileHeader32<Endianness>>(regions),
            Ok(FileKind::Elf64) => parse::<elf::FileHeader64<Endianness>>(regions),
            _ => None,
        };
        Some(parsed.map_or(Probed::BrokenElf, |elf| Probed::Elf(Box::new(elf))))
    }
}

fn parse<H: FileHeader<Endian = Endianness>>(file: Regions<'_>) -> Option<Elf> {
    let header = H::parse(file).ok()?;
    let endian = header.endian().ok()?;
    let segments = header.program_headers(endian, file).ok()?;
    let interpreter = segments
        .iter()
        .filter_map(|segment| segment.interpreter(endian, file).ok().flatten())
        .find(|path| path.len() <= MAX_INTERPRETER)
        .map(|path| lossless(path).into_boxed_str());
    let found = dynamic::read::<H>(endian, file, segments);
    let linkage = match found.dynamic {
        Some(dynamic) => Linkage::Dynamic(Box::new(dynamic)),
        None if segments.iter().any(|s| s.p_type(endian) == elf::PT_DYNAMIC) => Linkage::Unread,
        None => Linkage::Static,
    };
    let kind = if has_no_content::<H>(endian, segments) {
        ElfKind::Other
    } else {
        kind(header, endian, interpreter.is_some(), &linkage, found.pie)
    };
    let notes = Notes::read::<H>(endian, file, segments);
    let mut elf = Elf {
        kind,
        machine: header.e_machine(endian),
        is_64: header.is_type_64(),
        is_linux: matches!(
            header.e_ident().os_abi,
            elf::ELFOSABI_SYSV | elf::ELFOSABI_GNU
        ),
        interpreter,
        linkage,
        build_id: notes.build_id,
        language: None,
        hardening: hardening::<H>(endian, header, segments, &found.flags),
    };
    elf.language = if notes.go {
        Some((Language::Go, LanguageBasis::BuildIdNote))
    } else {
        language::recognise(header, endian, file, (&elf, &found.hints))
    };
    Some(elf)
}

/// Whether the segments have lost their content, as in separate debug information
/// (`objcopy --only-keep-debug`), or were never meant for a loader: Guile's byte code has no
/// machine, BPF programs run in the kernel.
fn has_no_content<H: FileHeader<Endian = Endianness>>(
    endian: Endianness,
    segments: &[H::ProgramHeader],
) -> bool {
    let mut loaded = segments
        .iter()
        .filter(|segment| segment.p_type(endian) == elf::PT_LOAD)
        .peekable();
    loaded.peek().is_some() && loaded.all(|segment| segment.p_filesz(endian).into() == 0)
}

fn kind<H: FileHeader<Endian = Endianness>>(
    header: &H,
    endian: Endianness,
    has_interpreter: bool,
    linkage: &Linkage,
    pie: bool,
) -> ElfKind {
    if matches!(header.e_machine(endian), elf::EM_NONE | elf::EM_BPF) {
        return ElfKind::Other;
    }
    let named = match linkage {
        Linkage::Dynamic(dynamic) => dynamic.soname.is_some(),
        Linkage::Static | Linkage::Unread => false,
    };
    match header.e_type(endian) {
        elf::ET_EXEC => ElfKind::Program,
        // A shared object with a name of its own is a library even if it can be started, as
        // glibc's libc.so.6 can.
        elf::ET_DYN if named => ElfKind::Library,
        elf::ET_DYN if has_interpreter || pie => ElfKind::Program,
        elf::ET_DYN => ElfKind::Library,
        _ => ElfKind::Other,
    }
}

/// What the notes say.
#[derive(Default)]
struct Notes {
    build_id: Option<Box<[u8]>>,
    go: bool,
}

impl Notes {
    fn read<H: FileHeader<Endian = Endianness>>(
        endian: Endianness,
        file: Regions<'_>,
        segments: &[H::ProgramHeader],
    ) -> Self {
        let mut found = Self::default();
        let notes = segments
            .iter()
            .filter_map(|segment| segment.notes(endian, file).ok().flatten());
        for note in notes.flatten().take(MAX_NOTES).flatten() {
            match (note.name(), note.n_type(endian)) {
                (elf::ELF_NOTE_GNU, elf::NT_GNU_BUILD_ID) => {
                    let id = note.desc();
                    found.build_id = (id.len() <= MAX_BUILD_ID).then(|| id.into());
                }
                (elf::ELF_NOTE_GO, elf::NT_GO_BUILD_ID) => found.go = true,
                _ => {}
            }
        }
        found
    }
}

fn hardening<H: FileHeader<Endian = Endianness>>(
    endian: Endianness,
    header: &H,
    segments: &[H::ProgramHeader],
    flags: &dynamic::Flags,
) -> Hardening {
    let segment = |wanted: u32| segments.iter().find(|s| s.p_type(endian) == wanted);
    let relro = match (segment(elf::PT_GNU_RELRO), flags.bind_now) {
        (None, _) => Some(Relro::None),
        (Some(_), Some(true)) => Some(Relro::Full),
        (Some(_), Some(false)) => Some(Relro::Partial),
        (Some(_), None) => None,
    };
    Hardening {
        pie: match header.e_type(endian) {
            elf::ET_DYN => Some(true),
            elf::ET_EXEC => Some(false),
            _ => None,
        },
        relro,
        nx: segment(elf::PT_GNU_STACK).map(|stack| stack.p_flags(endian) & elf::PF_X == 0),
        text_relocations: flags.text_relocations,
        stack_protector: flags.stack_protector,
        fortify: flags.fortify,
    }
}
