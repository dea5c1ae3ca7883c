//! Rust's list of crates, as cargo-auditable writes it into a program.
//!
//! Format: cargo-auditable, `PARSING.md` and its JSON schema: a zlib stream in the section
//! `.dep-v0`.

use object::Endianness;
use object::read::elf::{FileHeader, SectionHeader};
use serde::{Deserialize, Serialize};

use super::contents::{Read, text};
use super::regions::{MAX_SECTIONS, Regions};
use crate::facts::compressed::{End, unzlib};

/// Bytes of the list, before and after it is inflated. A thousand crates take a tenth of it.
const MAX_STORED: u64 = 1 << 20;
const MAX_INFLATED: usize = 4 << 20;
/// How many times its size it may have once inflated: names and numbers repeat some.
const MAX_INFLATION: usize = 20;
const LEAST_INFLATED: usize = 4 << 10;
/// Crates of one program.
const MAX_CRATES: usize = 5_000;

/// Crates a program was built from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RustBuild {
    /// The program's own crate.
    pub root: Option<Crate>,
    /// The others that are linked into it.
    pub crates: Box<[Crate]>,
    /// Whether there are more than are taken.
    pub cut: bool,
}

/// A crate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crate {
    /// Name.
    pub name: Box<str>,
    /// Version.
    pub version: Box<str>,
}

#[derive(Deserialize)]
struct Document {
    packages: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    version: String,
    /// `runtime` unless it says `build`: build scripts, macros and what they need.
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    root: bool,
}

/// Reads it.
pub(super) fn read<H: FileHeader<Endian = Endianness>>(
    header: &H,
    endian: Endianness,
    file: Regions<'_>,
) -> Read<RustBuild> {
    let Ok(sections) = header.sections(endian, file) else {
        return Read::Nothing;
    };
    let named = sections
        .iter()
        .take(MAX_SECTIONS)
        .find(|section| sections.section_name(endian, *section) == Ok(b".dep-v0"));
    let Some(section) = named else {
        return Read::Nothing;
    };
    let size: u64 = section.sh_size(endian).into();
    let stored = file
        .from(section.sh_offset(endian).into())
        .filter(|_| size <= MAX_STORED)
        .and_then(|bytes| bytes.get(..usize::try_from(size).ok()?));
    let Some(stored) = stored else {
        return Read::NotKept;
    };
    parse(stored).map_or(Read::Damaged, Read::Found)
}

fn parse(stored: &[u8]) -> Option<RustBuild> {
    let most = LEAST_INFLATED.saturating_add(stored.len().saturating_mul(MAX_INFLATION));
    let inflated = unzlib(stored, most.min(MAX_INFLATED));
    if inflated.end != End::Whole {
        return None;
    }
    let document: Document = serde_json::from_slice(&inflated.bytes).ok()?;
    let mut build = RustBuild::default();
    let mut crates = Vec::new();
    for entry in document.packages {
        if entry.kind.as_deref() == Some("build") {
            continue;
        }
        let found = Crate {
            name: text(entry.name.as_bytes()).filter(|name| !name.is_empty())?,
            version: text(entry.version.as_bytes()).filter(|version| !version.is_empty())?,
        };
        if entry.root {
            build.root = Some(found);
        } else if crates.len() < MAX_CRATES {
            crates.push(found);
        } else {
            build.cut = true;
        }
    }
    build.crates = crates.into();
    Some(build)
}
