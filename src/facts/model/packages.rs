//! Packages, their databases, managers, repositories and keys.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Side;

/// Type of package, as in purl.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PackageType {
    /// Debian package (dpkg).
    Deb,
    /// Alpine package (apk).
    Apk,
    /// RPM package.
    Rpm,
    /// Arch package (pacman).
    Alpm,
    /// Python package.
    Pypi,
    /// Node package.
    Npm,
    /// Ruby gem.
    Gem,
    /// PHP package (Composer).
    Composer,
    /// .NET package.
    Nuget,
    /// Conda package.
    Conda,
    /// Java artifact.
    Maven,
    /// Go module.
    Golang,
    /// Rust crate.
    Cargo,
    /// Bitnami component.
    Bitnami,
    /// Something that names itself and belongs to no ecosystem.
    Generic,
}

impl PackageType {
    /// The purl type (purl-spec, purl types).
    pub fn name(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Apk => "apk",
            Self::Rpm => "rpm",
            Self::Alpm => "alpm",
            Self::Pypi => "pypi",
            Self::Npm => "npm",
            Self::Gem => "gem",
            Self::Composer => "composer",
            Self::Nuget => "nuget",
            Self::Conda => "conda",
            Self::Maven => "maven",
            Self::Golang => "golang",
            Self::Cargo => "cargo",
            Self::Bitnami => "bitnami",
            Self::Generic => "generic",
        }
    }

    /// Whether a system's package manager installs such packages: they make up the distribution,
    /// the others come on top of one.
    pub fn is_system(self) -> bool {
        matches!(self, Self::Deb | Self::Apk | Self::Rpm | Self::Alpm)
    }
}

/// One installed package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Type, as in purl.
    #[serde(rename = "type")]
    pub package_type: PackageType,
    /// Name.
    pub name: String,
    /// Version in the native tool's full form.
    pub version: String,
    /// Architecture in the native tool's words.
    pub arch: Option<String>,
    /// Package URL (purl-spec); null while the distribution, the namespace of a system package, is
    /// not known.
    pub purl: Option<String>,
    /// Source package it was built from, where the database says so.
    pub source: Option<SourcePackage>,
    /// Maintainer as written.
    pub maintainer: Option<String>,
    /// Vendor as written (rpm).
    pub vendor: Option<String>,
    /// Who packaged it, as written (rpm, pacman).
    pub packager: Option<String>,
    /// Module stream it belongs to, `name:stream:version:context` (rpm's `MODULARITYLABEL`).
    pub modularity: Option<String>,
    /// Key IDs of the package's signatures as its database keeps them (rpm), 16 hex digits each.
    /// The signatures themselves are not checked here.
    pub signature_keys: Vec<String>,
    /// What it says it provides beside its name, as written (dpkg `Provides`, apk `p:`).
    pub provides: Vec<String>,
    /// State other than installed in full, in the native tool's words (dpkg's `half-configured` …).
    pub broken_state: Option<String>,
    /// `Origin` field (dpkg).
    pub origin: Option<String>,
    /// Licence strings as written in the database. dpkg records none.
    pub licenses: Vec<String>,
    /// Layer most of its files came from; the database's own layer when it has none.
    pub layer: u32,
    /// Base or added, by that layer.
    pub side: Side,
    /// Whether the database of a system's package manager lists it; false for what only describes
    /// itself.
    pub installed: bool,
    /// Path of the database that lists it, or of the file that describes it.
    pub database: String,
    /// System or conda package that owns that file: such a package is the same thing under two
    /// names. Null for system packages.
    pub owner: Option<String>,
    /// How its file list compares with the image; null when the database has no list for it.
    pub files: Option<PackageFiles>,
}

impl Package {
    /// Takes away texts of people and licences that are absurdly long or many.
    pub fn drop_long_texts(&mut self) {
        const MAX_BYTES: usize = 1_024;
        const MAX_LICENSES: usize = 100;
        for text in [&mut self.maintainer, &mut self.vendor] {
            text.take_if(|text| text.len() > MAX_BYTES);
        }
        self.licenses.retain(|text| text.len() <= MAX_BYTES);
        self.licenses.truncate(MAX_LICENSES);
    }

    /// A package of which nothing is known yet but what every database has. `found` is the path
    /// and layer of its database.
    pub fn new(
        package_type: PackageType,
        name: String,
        version: String,
        (database, layer): (String, u32),
    ) -> Self {
        Self {
            installed: package_type.is_system(),
            package_type,
            name,
            version,
            arch: None,
            purl: None,
            source: None,
            maintainer: None,
            vendor: None,
            packager: None,
            modularity: None,
            signature_keys: Vec::new(),
            provides: Vec::new(),
            broken_state: None,
            origin: None,
            licenses: Vec::new(),
            layer,
            side: Side::Unknown,
            database,
            owner: None,
            files: None,
        }
    }
}

/// A source package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourcePackage {
    /// Name (dpkg `Source`, apk `o:`).
    pub name: String,
    /// Version, where it differs from the binary package's or is recorded.
    pub version: Option<String>,
    /// Commit of the recipe (apk `c:`).
    pub commit: Option<String>,
}

/// A package's file list against the image. Directories are not counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackageFiles {
    /// Files and links recorded.
    pub recorded: u64,
    /// Of these, present.
    pub present: u64,
}

/// State of a package database.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DatabaseState {
    /// The native tool could use it.
    Complete,
    /// It lists packages and lacks what the native tool needs (distroless `status.d`).
    Reduced,
    /// The distribution's files are there and its database is not.
    Absent,
    /// It is there and could not be read in full.
    Damaged,
}

/// One package database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackageDatabase {
    /// Type of its packages.
    #[serde(rename = "type")]
    pub package_type: PackageType,
    /// Where it is, or where it would be.
    pub path: String,
    /// Layer it came from; for an absent one, the layer that removed it, if one did.
    pub layer: Option<u32>,
    /// State.
    pub state: DatabaseState,
    /// What the state rests on.
    pub basis: String,
    /// Packages read from it.
    pub packages: u64,
}

/// Which kind of package manager.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ManagerLevel {
    /// Installs from repositories (apt, apk, dnf).
    Repository,
    /// Installs a package file (dpkg, rpm).
    File,
}

/// One package manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackageManager {
    /// Name of the command.
    pub name: String,
    /// Type of package it installs.
    #[serde(rename = "type")]
    pub package_type: PackageType,
    /// What it installs from.
    pub level: ManagerLevel,
    /// Path of the program, after links.
    pub path: String,
    /// Layer of the program.
    pub layer: u32,
    /// Whether it would run and find packages; null when a part could not be read.
    pub operational: Option<bool>,
    /// Why not.
    pub obstacles: Vec<String>,
}

/// Format of a repository configuration.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RepositoryKind {
    /// sources.list(5), one-line or deb822.
    Apt,
    /// `/etc/apk/repositories`.
    Apk,
    /// `*.repo` files of dnf, yum, microdnf, tdnf and zypper (dnf.conf(5)).
    Yum,
}

/// One configured package repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// Format of its configuration.
    pub kind: RepositoryKind,
    /// Address without credentials.
    pub url: String,
    /// Host of the address; null for a local path.
    pub host: Option<String>,
    /// Suites (apt), the tag (apk), or the repository's name in brackets (yum).
    pub suites: Vec<String>,
    /// Components (apt).
    pub components: Vec<String>,
    /// Keys it must be signed by, when the configuration says so.
    pub signed_by: Option<String>,
    /// Whether signatures are not checked (apt `trusted=yes`, yum `gpgcheck=0`).
    pub unsigned_allowed: bool,
    /// Whether the configuration switches it on.
    pub enabled: bool,
    /// Whether the address carries a user name or password, or the configuration beside it does.
    pub credentials: bool,
    /// File that configures it.
    pub path: String,
    /// Layer of that file.
    pub layer: u32,
    /// Base or added.
    pub side: Side,
}

/// Format of a trusted key.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum TrustKeyKind {
    /// RSA public key of apk.
    ApkRsa,
    /// OpenPGP certificate.
    Openpgp,
}

/// One key a package manager would trust.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustKey {
    /// Format.
    pub kind: TrustKeyKind,
    /// OpenPGP fingerprint of the primary key (RFC 9580, section 5.5.4), or the SHA-256 of an apk
    /// key's DER form, lower-case hex.
    pub fingerprint: String,
    /// User IDs of an OpenPGP certificate.
    pub user_ids: Vec<String>,
    /// File that holds it.
    pub path: String,
    /// Layer of that file.
    pub layer: u32,
    /// Base or added.
    pub side: Side,
    /// Package that owns the file.
    pub owner: Option<String>,
}
