//! Places where programs look for what services rely on, and which no package format tells.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{EntryKind, Side};

/// What programs look for in a well-known place.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum WellKnown {
    /// Certificates of the authorities that TLS clients trust, in one PEM file.
    CaBundle,
    /// The time zone database (tzfile(5)).
    TimeZones,
    /// The GNU C library's locale of UTF-8 and no language (`C.UTF-8`).
    Utf8Locale,
    /// The GNU C library's locales in one file; which ones is not read (localedef(1)).
    LocaleArchive,
    /// Temporary files (FHS 3.0: 3.18, 5.15).
    TemporaryFiles,
}

/// A well-known place that the image has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WellKnownPlace {
    /// What is looked for there.
    pub holds: WellKnown,
    /// Path, as programs look for it.
    pub path: String,
    /// Kind of what is there, after links.
    pub kind: EntryKind,
    /// Permission bits of it in octal, four digits or more.
    pub mode: String,
    /// Owning user.
    pub uid: u64,
    /// Bytes of a file, entries of a directory; 0 for others.
    pub size: u64,
    /// Layer it came from.
    pub layer: u32,
    /// Base or added.
    pub side: Side,
}
