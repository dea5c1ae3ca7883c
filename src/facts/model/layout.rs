//! Directory layout, for the Filesystem Hierarchy Standard (FHS 3.0) and for permissions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Capped, Side, WellKnownPlace};

/// Directory layout and permissions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Entries of `/`.
    pub top_level: Vec<TopLevel>,
    /// Entries of `/usr`.
    pub usr: Vec<TopLevel>,
    /// Entries of `/var`.
    pub var: Vec<TopLevel>,
    /// Entries of `/opt`.
    pub opt: Vec<TopLevel>,
    /// How `/bin`, `/sbin` and `/lib*` relate to `/usr`.
    pub usr_merge: UsrMerge,
    /// Files with the setuid or setgid bit.
    pub setuid: Capped<PermissionEntry>,
    /// Files that carry capabilities (capabilities(7)), which setuid is one way to give.
    pub file_capabilities: Capped<PermissionEntry>,
    /// Files and directories any user may write; directories with the sticky bit, links and
    /// devices left out.
    pub world_writable: Capped<PermissionEntry>,
    /// Character and block devices stored in a layer.
    pub devices: Capped<PermissionEntry>,
    /// ELF programs, and executable scripts that no package owns, outside the directories FHS 3.0
    /// has for programs: `/bin`, `/sbin`, `/lib*`, `/usr/{bin,sbin,games,lib*,libexec,share,local}`
    /// and `/opt`.
    pub stray_executables: Capped<Entry>,
    /// Symbolic links that lead nowhere inside the image, those no package answers for first. Left
    /// out are links to what only a running container has (`/proc`, `/dev`, `/run`, `/sys`,
    /// volumes), and links to documentation, which images leave out.
    pub dangling_links: Capped<DanglingLink>,
    /// Names that do not survive a copy to another file system or tool, those no package answers
    /// for first.
    pub unportable_names: Capped<UnportableName>,
    /// Places where programs look for what services rely on (certificates, time zones, locales,
    /// room for temporary files), those that are there, sorted.
    pub well_known: Vec<WellKnownPlace>,
}

/// A symbolic link that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DanglingLink {
    /// Path of the link.
    pub path: String,
    /// Target as written.
    pub target: String,
    /// Whether it leads in circles.
    pub circular: bool,
    /// Package that owns it; null when none does or when that cannot be said.
    pub owner: Option<String>,
    /// Whether package databases are complete enough for a null `owner` to mean "no package".
    pub owner_known: bool,
    /// Whether a package tool made it, such as one of Debian's alternatives.
    pub generated: bool,
    /// Layer it came from.
    pub layer: u32,
    /// Base or added.
    pub side: Side,
}

/// Why a name does not survive a copy.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum NameProblem {
    /// Its bytes are not UTF-8, which pax headers (POSIX.1-2024, pax, `path`), macOS and most
    /// tools expect.
    NotUtf8,
    /// It holds a control character.
    ControlCharacter,
    /// Another name in its directory differs from it only by case: file systems that ignore case
    /// keep one of the two.
    CaseClash,
    /// The name is longer than 255 bytes (Linux' `NAME_MAX`).
    LongName,
    /// It ends with a dot or a space, which Windows drops (Microsoft, "Naming Files, Paths, and
    /// Namespaces").
    TrailingDotOrSpace,
    /// It holds one of `< > : " | ? *` or a backslash, which Windows refuses (the same).
    ReservedCharacter,
}

/// A name that does not survive a copy to another file system or tool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnportableName {
    /// Path.
    pub path: String,
    /// Every reason, sorted.
    pub problems: Vec<NameProblem>,
    /// Package that owns it; null when none does or when that cannot be said.
    pub owner: Option<String>,
    /// Whether package databases are complete enough for a null `owner` to mean "no package".
    pub owner_known: bool,
    /// Whether a package tool made it, such as dpkg's own records.
    pub generated: bool,
    /// Layer it came from.
    pub layer: u32,
    /// Base or added.
    pub side: Side,
}

/// Kind of a file-system entry.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Regular file.
    File,
    /// Directory.
    Directory,
    /// Symbolic link.
    Symlink,
    /// Character device.
    CharacterDevice,
    /// Block device.
    BlockDevice,
    /// Named pipe.
    Fifo,
}

/// An entry directly below `/`, `/usr`, `/var` or `/opt`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopLevel {
    /// Name without the directory.
    pub name: String,
    /// Full path.
    pub path: String,
    /// Kind.
    pub kind: EntryKind,
    /// Target of a symbolic link, as written.
    pub target: Option<String>,
    /// Package that owns it, when one does.
    pub owner: Option<String>,
    /// Layer it came from.
    pub layer: u32,
    /// Base or added.
    pub side: Side,
}

/// State of one directory of the merged-/usr layout.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Nothing there.
    #[default]
    Absent,
    /// A directory of its own.
    Directory,
    /// A link into `/usr`.
    Merged,
    /// A link elsewhere.
    OtherLink,
    /// Something else.
    Other,
}

/// How the root's program and library directories relate to `/usr`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsrMerge {
    /// `/bin`.
    pub bin: LinkState,
    /// `/sbin`.
    pub sbin: LinkState,
    /// `/lib`.
    pub lib: LinkState,
    /// Links into `/usr` of a lower layer that a higher layer replaced by a directory: files on
    /// both sides of the break no longer see each other.
    pub broken: Vec<Entry>,
}

/// A path with where it came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Path.
    pub path: String,
    /// Layer it came from.
    pub layer: u32,
    /// Base or added.
    pub side: Side,
    /// Package that owns it, when one does.
    pub owner: Option<String>,
}

/// A path with its permissions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PermissionEntry {
    /// Path.
    pub path: String,
    /// Kind.
    pub kind: EntryKind,
    /// Permission bits in octal, four digits or more.
    pub mode: String,
    /// Setuid bit.
    pub setuid: bool,
    /// Setgid bit.
    pub setgid: bool,
    /// Owning user.
    pub uid: u64,
    /// Owning group.
    pub gid: u64,
    /// Package that owns it; null when none does or when that cannot be said.
    pub owner: Option<String>,
    /// Whether package databases are complete enough for a null `owner` to mean "no package".
    pub owner_known: bool,
    /// Layer it came from.
    pub layer: u32,
    /// Base or added.
    pub side: Side,
}
