//! What an ELF file says of itself: what it was built from, the package it belongs to, its version.

use object::Endianness;
use object::read::elf::FileHeader;
use serde::{Deserialize, Serialize};

use super::go::{self, GoBuild};
use super::note::PackageNote;
use super::regions::Regions;
use super::rust::{self, RustBuild};
use super::stated::{self, Stated};
use crate::facts::text::lossless;

/// Bytes of one name, version or setting; what is longer is none.
const MAX_TEXT: usize = 1_024;

/// What a file says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Go's build information.
    pub go: Option<GoBuild>,
    /// The list of crates cargo-auditable writes.
    pub rust: Option<RustBuild>,
    /// The package it says it belongs to.
    pub note: Option<PackageNote>,
    /// What it is and the version it states, by a text in it.
    pub stated: Option<Stated>,
    /// What is there and could not be read.
    pub unread: Option<Unread>,
}

/// Why something was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unread {
    /// It lies in a part of the file that was not kept, or is too long.
    NotKept,
    /// It makes no sense.
    Damaged,
}

/// What became of one of them.
pub(super) enum Read<T> {
    /// It was read.
    Found(T),
    /// There is none.
    Nothing,
    /// It lies in a part of the file that was not kept, or is too long.
    NotKept,
    /// It makes no sense.
    Damaged,
}

impl<T> Read<T> {
    fn into_option(self, unread: &mut Option<Unread>) -> Option<T> {
        match self {
            Self::Found(found) => return Some(found),
            Self::Nothing => {}
            Self::NotKept => *unread = Some(Unread::NotKept),
            Self::Damaged => *unread = Some(Unread::Damaged),
        }
        None
    }
}

/// Reads all of it but the note; `None` when there is nothing.
pub(super) fn read<H: FileHeader<Endian = Endianness>>(
    header: &H,
    endian: Endianness,
    file: Regions<'_>,
    (name, is_go, note): (&[u8], bool, Option<PackageNote>),
) -> Option<Box<Contents>> {
    let mut unread = None;
    let contents = Contents {
        go: go::read(header, endian, file, is_go).into_option(&mut unread),
        rust: rust::read(header, endian, file).into_option(&mut unread),
        stated: stated::find(name, file),
        note,
        unread,
    };
    (contents != Contents::default()).then(|| Box::new(contents))
}

/// A text of sensible length.
pub(super) fn text(bytes: &[u8]) -> Option<Box<str>> {
    (bytes.len() <= MAX_TEXT).then(|| lossless(bytes).into())
}

impl Contents {
    /// Whether it says what it was built from, or what package it belongs to.
    pub fn describes_itself(&self) -> bool {
        self.go.is_some() || self.rust.is_some() || self.note.is_some()
    }

    /// Bytes of memory it takes beyond its own size.
    pub fn weight(&self) -> u64 {
        // A text of its own, and what the allocator adds.
        let pair = |a: &str, b: &str| a.len().saturating_add(b.len()).saturating_add(96) as u64;
        let go = self.go.iter().flat_map(|go| &go.modules);
        let rust = self.rust.iter().flat_map(|rust| &rust.crates);
        go.map(|module| pair(&module.path, &module.version))
            .chain(rust.map(|found| pair(&found.name, &found.version)))
            .fold(0, u64::saturating_add)
    }
}
