//! Small topics: shells, private keys, credentials.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Side;

/// A command shell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shell {
    /// Path as a user would type it.
    pub path: String,
    /// Name of the program behind it, after links (`busybox`, `dash`, `bash`).
    pub program: String,
    /// Layer of the program.
    pub layer: u32,
    /// Package that owns the program, when one does.
    pub owner: Option<String>,
}

/// A file that begins a private key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrivateKeyFile {
    /// Path.
    pub path: String,
    /// Label of the block, such as `RSA PRIVATE KEY`.
    pub label: String,
    /// Whether the block is encrypted, as far as its header says.
    pub encrypted: bool,
    /// Package that owns it; null when none does or when that cannot be said.
    pub owner: Option<String>,
    /// Whether package databases are complete enough for a null `owner` to mean "no package".
    pub owner_known: bool,
    /// Layer it came from.
    pub layer: u32,
    /// Base or added.
    pub side: Side,
}

/// A file that holds a password, token or key a program reads by itself, written out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CredentialFile {
    /// Path, after links.
    pub path: String,
    /// Whose credentials they are.
    pub kind: CredentialKind,
    /// Package that owns it; null when none does or when that cannot be said.
    pub owner: Option<String>,
    /// Whether package databases are complete enough for a null `owner` to mean "no package".
    pub owner_known: bool,
    /// Layer it came from.
    pub layer: u32,
    /// Base or added.
    pub side: Side,
}

/// What credentials are for, by the program that reads them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// `.npmrc`: a registry of npm packages.
    Npm,
    /// `.pypirc`: an index of Python packages.
    Pypi,
    /// `.netrc`: any host.
    Netrc,
    /// `.git-credentials`: hosts of Git repositories.
    Git,
    /// `.docker/config.json`, `.dockercfg`, `containers/auth.json`: registries of images.
    Registry,
    /// `.aws/credentials`: Amazon Web Services.
    Aws,
    /// Application default credentials and keys of service accounts of Google Cloud.
    GoogleCloud,
    /// `.kube/config`: a Kubernetes cluster.
    Kubernetes,
    /// `.pgpass`: a PostgreSQL server.
    Postgresql,
    /// `.my.cnf`: a MySQL or MariaDB server.
    Mysql,
    /// `.terraformrc`, `credentials.tfrc.json`: a host of Terraform.
    Terraform,
    /// `.cargo/credentials.toml`: a registry of Rust crates.
    Cargo,
    /// `.m2/settings.xml`: a repository or proxy of Maven.
    Maven,
    /// `.gem/credentials`: RubyGems.
    Rubygems,
    /// `auth.json`: repositories of Composer.
    Composer,
    /// `/etc/apt/auth.conf`, `/etc/apt/auth.conf.d`: package repositories of apt.
    Apt,
}
