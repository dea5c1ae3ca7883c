//! How much of each topic was read, and what was not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A subject the facts cover. A rule names the topics it `needs`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Manifest, configuration, history: `input.image`.
    Image,
    /// The merged file tree, which every topic below rests on.
    Files,
    /// `input.distro`.
    Distro,
    /// `input.packages`.
    Packages,
    /// `input.packages`, those of programming languages and others that describe themselves: what is
    /// not read of one says nothing of the system's.
    LanguagePackages,
    /// `input.package_databases`.
    PackageDatabases,
    /// `input.package_managers`.
    PackageManagers,
    /// `input.repositories`.
    Repositories,
    /// `input.trust_keys`.
    TrustKeys,
    /// `input.layout`.
    Layout,
    /// `input.ownership`, except what compares files with their packages' records.
    Ownership,
    /// `input.ownership.modified`, `.attributes_changed`, `.missing`, `.differences`: packaged files
    /// against their packages' records.
    Integrity,
    /// `input.elf`.
    Elf,
    /// `input.binaries`, and the packages that binaries and Java archives say they hold.
    Binaries,
    /// `input.shells`.
    Shells,
    /// `input.tools`.
    Tools,
    /// `input.sboms`: SBOM files inside the image, and those given. What is attached is another topic.
    Sboms,
    /// `input.private_keys`.
    PrivateKeys,
    /// `input.credentials`.
    Credentials,
    /// SBOMs, signatures and attestations attached to the image in its registry or layout:
    /// `input.attached_evidence`, and what of `input.sboms`, `.signatures` and `.attestations` comes
    /// from it.
    AttachedEvidence,
}

impl Topic {
    /// Every topic, in the order of the document.
    pub const ALL: [Self; 20] = [
        Self::Image,
        Self::Files,
        Self::Distro,
        Self::Packages,
        Self::LanguagePackages,
        Self::PackageDatabases,
        Self::PackageManagers,
        Self::Repositories,
        Self::TrustKeys,
        Self::Layout,
        Self::Ownership,
        Self::Integrity,
        Self::Elf,
        Self::Binaries,
        Self::Shells,
        Self::Tools,
        Self::Sboms,
        Self::PrivateKeys,
        Self::Credentials,
        Self::AttachedEvidence,
    ];

    /// The name used in documents and in a rule's `needs`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Files => "files",
            Self::Distro => "distro",
            Self::Packages => "packages",
            Self::LanguagePackages => "language_packages",
            Self::PackageDatabases => "package_databases",
            Self::PackageManagers => "package_managers",
            Self::Repositories => "repositories",
            Self::TrustKeys => "trust_keys",
            Self::Layout => "layout",
            Self::Ownership => "ownership",
            Self::Integrity => "integrity",
            Self::Elf => "elf",
            Self::Binaries => "binaries",
            Self::Shells => "shells",
            Self::Tools => "tools",
            Self::Sboms => "sboms",
            Self::PrivateKeys => "private_keys",
            Self::Credentials => "credentials",
            Self::AttachedEvidence => "attached_evidence",
        }
    }
}

/// How completely a topic was read.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// All of it was read.
    Complete,
    /// Some of it was not: see the gaps. A pass or warn that rests on it becomes unknown.
    Partial,
    /// None of it could be read.
    Missing,
    /// Nobody looked, or the source cannot carry it.
    NotSearched,
}

/// Coverage of one topic with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopicCoverage {
    /// How completely the topic was read.
    pub coverage: Coverage,
    /// Why it is not complete.
    pub reason: Option<String>,
}

/// Why something could not be read.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// The bytes are there and make no sense.
    Corrupt,
    /// A limit was reached; the detail says which, with its flag where it has one.
    Limit,
    /// The format is known and not supported.
    Unsupported,
    /// The image refers to something that does not lead anywhere, such as a link cycle.
    Unresolvable,
    /// A name in a layer was refused, such as one that leaves the image.
    Refused,
}

/// One thing we failed to read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// The topic that is incomplete because of it.
    pub topic: Topic,
    /// Where in the image, when it is about one path.
    pub path: Option<String>,
    /// Layer the path came from.
    pub layer: Option<u32>,
    /// Why.
    pub kind: GapKind,
    /// What was seen, in one sentence without a full stop.
    pub detail: String,
}
