//! The ELF files: how they are linked, protected and found by the loader.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Capped, FileKind, Side};

/// What is said of all ELF files of the image. A file with several names counts once for each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ElfSummary {
    /// ELF files.
    pub total: u64,
    /// Programs (with an interpreter, or executable without one).
    pub programs: u64,
    /// Of these, statically linked.
    pub static_programs: u64,
    /// Shared libraries.
    pub libraries: u64,
    /// Files that start like ELF and cannot be read as such.
    pub unreadable: u64,
    /// Programs and libraries for another machine than the image's platform, or another system than
    /// Linux. Their libraries are not looked for.
    pub other_machine: u64,
    /// Interpreters asked for by programs that can be executed on the image's platform.
    pub interpreters: Vec<InterpreterUse>,
    /// Programs and libraries counted by what they are and whose.
    pub groups: Vec<ElfGroup>,
    /// Files that lack a protection which the usual tools of their language give unasked, sorted by
    /// path.
    pub weak: Capped<WeakFile>,
    /// Libraries that files need and their loader would not find, sorted by path.
    pub missing_libraries: Capped<MissingLibrary>,
    /// The highest symbol versions required of the C and C++ libraries.
    pub symbol_versions: SymbolVersionUse,
    /// Run paths, interpreters and first lines of scripts that name a directory outside `/usr` and
    /// the directories in `/` that belong to it (`/bin`, `/sbin`, `/lib*`), sorted by path.
    pub vendor_paths: Capped<VendorPath>,
}

/// An ELF interpreter and how many programs ask for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InterpreterUse {
    /// Path as the programs state it.
    pub path: String,
    /// Programs that ask for it.
    pub programs: u64,
    /// Whether it is in the image.
    pub present: bool,
}

/// Who an ELF file belongs to, in short.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ElfOwner {
    /// A package.
    Package,
    /// Nobody.
    Unowned,
    /// Neither: a package tool, the image builder.
    Other,
    /// It cannot be said.
    Undetermined,
}

/// Language a file was written in, as far as compilers and linkers leave marks.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ElfLanguage {
    /// C, C++, or another that is compiled and linked like them.
    C,
    /// Go.
    Go,
    /// Rust.
    Rust,
    /// No mark says.
    Unknown,
}

/// What a file's language was told by.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ElfLanguageBasis {
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
    /// Nothing.
    None,
}

/// Read-only relocations.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ElfRelro {
    /// None.
    None,
    /// Without the table of function addresses.
    Partial,
    /// All.
    Full,
    /// The headers could not be read so far.
    Unknown,
}

/// Programs or libraries of one side, owner and language. Where a count and its opposite leave a
/// remainder, the headers did not tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ElfGroup {
    /// Base or added.
    pub side: Side,
    /// Whose they are.
    pub owner: ElfOwner,
    /// Language.
    pub language: ElfLanguage,
    /// `elf_program` or `elf_library`.
    pub kind: FileKind,
    /// How many there are.
    pub files: u64,
    /// What told the language, and of how many.
    pub language_basis: BTreeMap<ElfLanguageBasis, u64>,
    /// Statically linked.
    pub static_files: u64,
    /// Can be loaded at any address. True of every library.
    pub pie: u64,
    /// By their read-only relocations.
    pub relro: BTreeMap<ElfRelro, u64>,
    /// The stack is marked as not executable.
    pub nx: u64,
    /// The stack is marked as executable.
    pub executable_stack: u64,
    /// The loader has to write into code.
    pub text_relocations: u64,
    /// Refers to the stack protector's failure function: a hint that it was compiled with it.
    pub stack_protector: u64,
    /// Does not, though the names it refers to were read. A small file has no use for it.
    pub no_stack_protector: u64,
    /// Refers to glibc's checking functions (`_FORTIFY_SOURCE`): a hint likewise.
    pub fortify: u64,
    /// Has a build ID.
    pub build_id: u64,
}

/// A protection that shows in the headers.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ElfProtection {
    /// A stack that is not executable. Every tool chain.
    Nx,
    /// Code the loader does not write into. Every tool chain.
    NoTextRelocations,
    /// A program that can be loaded at any address. C and Rust.
    Pie,
    /// Relocations that become read-only, some or all. C and Rust, dynamically linked.
    Relro,
}

/// A file that lacks protections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeakFile {
    /// Path.
    pub path: String,
    /// `elf_program` or `elf_library`.
    pub kind: FileKind,
    /// Language.
    pub language: ElfLanguage,
    /// What it lacks.
    pub lacks: Vec<ElfProtection>,
    /// Build ID, hexadecimal.
    pub build_id: Option<String>,
    /// Whose it is.
    pub owner: ElfOwner,
    /// Name of the package it belongs to.
    pub package_name: Option<String>,
    /// Layer it came from.
    pub layer: u32,
    /// Base or added.
    pub side: Side,
}

/// How a file that misses a library comes to be loaded.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum NeededBy {
    /// It is a program: it does not start.
    Program,
    /// It is a library that a program of the image needs: that program does not start.
    Library,
    /// No program needs it; one may load it while it runs, when the library may be there already.
    /// Only listed where no file of the library's name is anywhere in the image.
    Plugin,
}

/// A library that is not where its loader looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MissingLibrary {
    /// The file that needs it.
    pub path: String,
    /// Name of the library as the file has it.
    pub library: String,
    /// How that file comes to be loaded.
    pub needed_by: NeededBy,
    /// A program that does not start for it: the first by path.
    pub program: Option<String>,
    /// A library of that name is where the loader looks, for another machine or word size.
    pub wrong_machine: bool,
    /// A file of that name elsewhere in the image: the first by path.
    pub elsewhere: Option<String>,
    /// Where the loader looks beside its configuration and built-in directories: the run path as
    /// written, and `LD_LIBRARY_PATH` where the image sets it.
    pub searched: Vec<String>,
    /// Whose the file is.
    pub owner: ElfOwner,
    /// Name of the package it belongs to.
    pub package_name: Option<String>,
    /// Layer it came from.
    pub layer: u32,
    /// Base or added.
    pub side: Side,
}

/// Highest symbol versions required, by whom they are required.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SymbolVersionUse {
    /// By any program or library.
    pub all: HighestVersions,
    /// By those that nobody owns.
    pub unowned: HighestVersions,
    /// By those added on top of the base; empty where the boundary is not known.
    pub added: HighestVersions,
    /// Files whose required versions could not be read.
    pub unread: u64,
}

/// The highest version of each family.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HighestVersions {
    /// Of glibc (`GLIBC_`).
    pub glibc: Option<RequiredVersion>,
    /// Of libstdc++ (`GLIBCXX_`).
    pub glibcxx: Option<RequiredVersion>,
    /// Of libstdc++'s run-time support (`CXXABI_`).
    pub cxxabi: Option<RequiredVersion>,
}

/// A required version and a file that requires it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequiredVersion {
    /// Version, such as `2.38`.
    pub version: String,
    /// Its numbers, so that they can be compared: `[2, 38, 0]`.
    pub numbers: [u16; 3],
    /// The file that requires it: the first by path.
    pub path: String,
    /// Layer of the file.
    pub layer: u32,
}

/// Where a path is written down.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum VendorPathKind {
    /// The interpreter of a program (`PT_INTERP`).
    Interpreter,
    /// A run path (`DT_RPATH`, `DT_RUNPATH`).
    RunPath,
    /// The first line of a script that can be executed.
    Script,
}

/// A path outside the system's own directories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VendorPath {
    /// The file that names it.
    pub path: String,
    /// Where in the file.
    pub kind: VendorPathKind,
    /// The path it names.
    pub target: String,
    /// Whether that is in the image.
    pub present: bool,
    /// Whose the file is.
    pub owner: ElfOwner,
    /// Name of the package it belongs to.
    pub package_name: Option<String>,
    /// Layer it came from.
    pub layer: u32,
    /// Base or added.
    pub side: Side,
}
