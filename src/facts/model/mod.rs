//! The facts document: everything policies may read, as serialised.
//!
//! These types are the twin of `schemas/facts-1.json`, which is generated from them. Every key is
//! always present; what could not be known is `null`, an empty list beside a [`Gap`], or a topic
//! whose coverage says so. Layers are numbered from 1, the lowest. Sizes are bytes. Modes are
//! octal text.

mod attached;
mod attestations;
mod binaries;
mod coverage;
mod distro;
mod elf;
mod evidence;
mod image;
mod layout;
mod libc;
mod ownership;
mod packages;
mod sbom;
mod small;
mod tools;
mod well_known;

pub use attached::{
    ArtifactContent, AttachedArtifact, AttachedBlob, AttachedBy, AttachedEvidence, AttachedPlace,
    AttachedTo, PlaceState,
};
pub use attestations::{
    Attestation, Material, MaterialKind, PredicateKind, Provenance, VerificationSummary, VexSummary,
};
pub use binaries::{Binary, BinaryBasis};
pub use coverage::{Coverage, Gap, GapKind, Topic, TopicCoverage};
pub use distro::{Distro, DistroMarker};
pub use elf::{
    ElfGroup, ElfLanguage, ElfLanguageBasis, ElfOwner, ElfProtection, ElfRelro, ElfSummary,
    HighestVersions, InterpreterUse, MissingLibrary, NeededBy, RequiredVersion, SymbolVersionUse,
    VendorPath, VendorPathKind, WeakFile,
};
pub use evidence::{
    EvidenceOrigin, EvidenceSubject, NamedBy, NamedDigest, OriginKind, Signature, SignatureFormat,
    Signer, SubjectIs, Trusted, Verdict, Verification,
};
pub use image::{
    Base, Health, HistoryEntry, ImageConfig, ImageFacts, LayerFacts, PlatformFacts, Role, RoleName,
};
pub use layout::{
    DanglingLink, Entry, EntryKind, Layout, LinkState, NameProblem, PermissionEntry, TopLevel,
    UnportableName, UsrMerge,
};
pub use libc::{Libc, LibcBasis, LibcFamily, LibcFile, LibcProgram, LibcVersionBasis};
pub use ownership::{
    Change, ChangeClass, ChangedAttributes, ClaimedTwice, DirectoryTotal, ExecutableTotals,
    FileKind, MainTree, MissingFile, ModifiedFile, Ownership, Rung, RungTotal, SideTotals,
    SizeTotals, Totals, UnownedFile,
};
pub use packages::{
    DatabaseState, ManagerLevel, Package, PackageDatabase, PackageFiles, PackageManager,
    PackageType, Repository, RepositoryKind, SourcePackage, TrustKey, TrustKeyKind,
};
pub use sbom::{
    AccuracyCounts, EcosystemAccuracy, ElementList, ElementShare, Sbom, SbomAccuracy,
    SbomDifference, SbomFormat, SbomScope, SbomValidity,
};
pub use small::{CredentialFile, CredentialKind, PrivateKeyFile, Shell};
pub use tools::{Tool, ToolKind};
pub use well_known::{WellKnown, WellKnownPlace};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The identifier in every facts document this version writes.
pub const SCHEMA: &str = "freehold.facts/v1";

/// Everything read from one image: the `input` of every rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// `freehold.facts/v1`.
    pub schema: String,
    /// The image itself: identity, configuration, layers, role.
    pub image: ImageFacts,
    /// Which distribution the image declares, and the markers beside that declaration.
    pub distro: Distro,
    /// Installed packages, sorted by type, name, architecture and version.
    pub packages: Vec<Package>,
    /// Package databases found, or missing where the distribution would have one.
    pub package_databases: Vec<PackageDatabase>,
    /// Package managers found, each with whether it would run.
    pub package_managers: Vec<PackageManager>,
    /// Package repositories the image is configured to use.
    pub repositories: Vec<Repository>,
    /// Keys the image's package managers would trust.
    pub trust_keys: Vec<TrustKey>,
    /// Directory layout and permissions.
    pub layout: Layout,
    /// Which files belong to which package, and which to none.
    pub ownership: Ownership,
    /// The ELF files: how they are linked, protected and found by the loader.
    pub elf: ElfSummary,
    /// The C library programs of the image run on.
    pub libc: Libc,
    /// ELF files that say what they are or were built from, sorted by path.
    pub binaries: Capped<Binary>,
    /// Command shells found.
    pub shells: Vec<Shell>,
    /// Compilers, debuggers and network tools found, by the names of well-known programs.
    pub tools: Capped<Tool>,
    /// SBOMs inside the image, attached to it or given, each compared with what was read.
    pub sboms: Capped<Sbom>,
    /// Signatures over the image, attached to it or given, each checked.
    pub signatures: Capped<Signature>,
    /// Statements about the image, attached to it or given, each checked.
    pub attestations: Capped<Attestation>,
    /// Who was trusted to sign.
    pub trust: Trusted,
    /// Files that begin a PEM or OpenSSH private key. The key itself is never kept.
    pub private_keys: Capped<PrivateKeyFile>,
    /// Files whose name says that they hold credentials, and that do. What they hold is never kept.
    pub credentials: Capped<CredentialFile>,
    /// Signatures, SBOMs and attestations attached to the image, and where they were looked for.
    pub attached_evidence: AttachedEvidence,
    /// How completely each topic was read.
    pub topics: BTreeMap<Topic, TopicCoverage>,
    /// What we failed to read. What the image does not contain is a fact, not a gap.
    pub gaps: Vec<Gap>,
}

/// A list that may be cut. `total` counts before the cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "{T}List")]
pub struct Capped<T> {
    /// The entries kept.
    pub items: Vec<T>,
    /// How many there were before the cut.
    pub total: u64,
    /// Whether `items` holds fewer than `total`.
    pub truncated: bool,
}

impl<T> Capped<T> {
    /// Keeps the first `limit` of `items`; the caller has sorted them most important first.
    pub fn new(mut items: Vec<T>, limit: usize) -> Self {
        let total = items.len() as u64;
        let truncated = items.len() > limit;
        items.truncate(limit);
        Self {
            items,
            total,
            truncated,
        }
    }

    /// A list whose owner has cut it already; there were `total`.
    pub fn of_total(items: Vec<T>, total: u64) -> Self {
        Self {
            truncated: total > items.len() as u64,
            items,
            total,
        }
    }
}

impl<T> Default for Capped<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            total: 0,
            truncated: false,
        }
    }
}

/// Whether something came with the base image or was added on top. Never guessed.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// In a layer of the base image.
    Base,
    /// In a layer above the base image.
    Added,
    /// The boundary is not known (`--base`, `--base-layers`).
    #[default]
    Unknown,
}
