//! The language a file was written in, by the marks compilers and linkers leave.

use object::Endianness;
use object::elf;
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};

use super::dynamic::Hints;
use super::regions::{MAX_SECTIONS, MAX_SEGMENTS, Regions};
use super::{Elf, Language, LanguageBasis};

/// First bytes of Go's build information (Go, `debug/buildinfo`).
const GO_BUILD_INFORMATION: &[u8] = b"\xff Go buildinf:";
/// Where it starts: at a multiple of so many bytes, in the first so many of the data.
const GO_ALIGNMENT: usize = 16;
const GO_SEARCHED: usize = 64 << 10;
/// Bytes looked at of `.comment`.
const MAX_COMMENT: usize = 4_096;

/// What marks say, the plainest first.
///
/// A dynamic file with nothing of the kind that needs glibc or musl is C: Go always leaves a mark,
/// and Rust's standard library refers to the unwinder, which a file of C has no use for.
pub(super) fn recognise<H: FileHeader<Endian = Endianness>>(
    header: &H,
    endian: Endianness,
    file: Regions<'_>,
    (elf, hints): (&Elf, &Hints),
) -> Option<(Language, LanguageBasis)> {
    if has_go_build_information(header, endian, file) {
        return Some((Language::Go, LanguageBasis::BuildInformation));
    }
    let sections = Sections::read(header, endian, file);
    if let Some(language) = sections.language {
        return Some((language, LanguageBasis::Section));
    }
    if hints.rust {
        return Some((Language::Rust, LanguageBasis::Symbols));
    }
    // C's start files are in programs of every language, so their mark alone says nothing.
    let may_be_rust = !hints.searched || hints.unwinder;
    match sections.comment.and_then(compiler) {
        Some(Language::C) if may_be_rust => {}
        Some(language) => return Some((language, LanguageBasis::CompilerMark)),
        None => {}
    }
    let needs = |start: &str| {
        let needed = elf.dynamic().map(|dynamic| dynamic.needed.iter());
        needed.is_some_and(|mut needed| needed.any(|library| library.starts_with(start)))
    };
    if needs("libstdc++.so") || needs("libc++.so") {
        return Some((Language::C, LanguageBasis::Libraries));
    }
    let plain = !may_be_rust && needs("libc.");
    plain.then_some((Language::C, LanguageBasis::Symbols))
}

/// Looks where `debug/buildinfo` does when there are no sections: in the first writable segment.
fn has_go_build_information<H: FileHeader<Endian = Endianness>>(
    header: &H,
    endian: Endianness,
    file: Regions<'_>,
) -> bool {
    let segments = header.program_headers(endian, file).unwrap_or_default();
    let data = segments.iter().take(MAX_SEGMENTS).find(|segment| {
        let flags = segment.p_flags(endian) & (elf::PF_X | elf::PF_W);
        segment.p_type(endian) == elf::PT_LOAD && flags == elf::PF_W
    });
    let start = data.and_then(|segment| file.from(segment.p_offset(endian).into()));
    let start = start.unwrap_or_default();
    start
        .get(..GO_SEARCHED)
        .unwrap_or(start)
        .chunks_exact(GO_ALIGNMENT)
        .any(|chunk| chunk.starts_with(GO_BUILD_INFORMATION))
}

/// What the names of the sections say, and the compiler's mark.
#[derive(Default)]
struct Sections<'a> {
    language: Option<Language>,
    comment: Option<&'a [u8]>,
}

impl<'a> Sections<'a> {
    fn read<H: FileHeader<Endian = Endianness>>(
        header: &H,
        endian: Endianness,
        file: Regions<'a>,
    ) -> Self {
        let mut found = Self::default();
        let Ok(sections) = header.sections(endian, file) else {
            return found;
        };
        for section in sections.iter().take(MAX_SECTIONS) {
            match sections.section_name(endian, section) {
                Ok(b".note.go.buildid" | b".gopclntab" | b".go.buildinfo") => {
                    found.language = Some(Language::Go);
                }
                // `.dep-v0` is what cargo-auditable adds, `.rustc` the metadata of Rust libraries.
                Ok(b".dep-v0" | b".rustc") => {
                    found.language = found.language.or(Some(Language::Rust));
                }
                Ok(b".comment") => {
                    let offset: u64 = section.sh_offset(endian).into();
                    let size: u64 = section.sh_size(endian).into();
                    let size = usize::try_from(size).unwrap_or(usize::MAX).min(MAX_COMMENT);
                    found.comment = file
                        .from(offset)
                        .map(|rest| rest.get(..size).unwrap_or(rest));
                }
                _ => {}
            }
        }
        found
    }
}

/// `.comment` holds a line of each compiler that had a part; a program of Rust has C's start files
/// and so both.
fn compiler(comment: &[u8]) -> Option<Language> {
    let names = |word: &[u8]| comment.windows(word.len()).any(|window| window == word);
    if names(b"rustc version") {
        Some(Language::Rust)
    } else if names(b"GCC: (") || names(b"clang version") {
        Some(Language::C)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rust_program_names_two_compilers_and_is_rust() {
        let both = b"GCC: (Debian 12.2.0) 12.2.0\0rustc version 1.80.0 (051478957 2024-07-21)\0";
        assert_eq!(compiler(both), Some(Language::Rust));
        assert_eq!(compiler(&both[..28]), Some(Language::C));
        assert_eq!(compiler(b"Linker: LLD 17.0.6\0"), None);
    }
}
