//! The image as such: identity, configuration, layers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Side;

/// Identity, configuration and layers of the image that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageFacts {
    /// The reference as the user gave it.
    pub reference: String,
    /// Kind of source: `oci-dir`, `oci-archive`, `docker-archive`, `rootfs`.
    pub source: String,
    /// Digest of the platform's manifest; null where the source has none.
    pub digest: Option<String>,
    /// Digest of the index the manifest was chosen from, if there was one.
    pub index_digest: Option<String>,
    /// Digest of the configuration.
    pub config_digest: Option<String>,
    /// Platform of this image.
    pub platform: PlatformFacts,
    /// Platforms of all images in the index this one was chosen from, in containerd's normal form
    /// (`arm64`, not `arm64/v8`), sorted; null where there was no index or it does not say: a single
    /// manifest tells of no other platform.
    pub platforms: Option<Vec<PlatformFacts>>,
    /// Creation time as the configuration states it.
    pub created: Option<String>,
    /// Annotations of the manifest, and of the index entry it was chosen through; secret-shaped
    /// values left out.
    pub annotations: BTreeMap<String, String>,
    /// Labels of the configuration, secret-shaped values left out.
    pub labels: BTreeMap<String, String>,
    /// Run-time configuration. Values of environment variables are never kept.
    pub config: ImageConfig,
    /// Layers, lowest first.
    pub layers: Vec<LayerFacts>,
    /// Build history as the configuration states it, values of variables left out.
    pub history: Vec<HistoryEntry>,
    /// Sum of the layers' sizes as stored (compressed), in bytes.
    pub stored_bytes: u64,
    /// Sum of the layers' tar sizes, in bytes.
    pub tar_bytes: u64,
    /// What kind of image this is.
    pub role: Role,
    /// Where the base image ends.
    pub base: Base,
}

/// Operating system and architecture, in OCI's words (GOOS, GOARCH).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlatformFacts {
    /// Operating system.
    pub os: String,
    /// Architecture.
    pub architecture: String,
    /// Variant of the architecture, such as `v8`.
    pub variant: Option<String>,
}

/// Run-time configuration (OCI image-spec, config.md, `config`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageConfig {
    /// User as written; empty means root.
    pub user: String,
    /// Whether that user is root: uid 0, `root`, empty, or a name `/etc/passwd` maps to 0; a name
    /// it lacks is not. Null when there is no `/etc/passwd` to look a name up in.
    pub runs_as_root: Option<bool>,
    /// Entry point.
    pub entrypoint: Vec<String>,
    /// Default arguments.
    pub cmd: Vec<String>,
    /// Working directory.
    pub working_dir: Option<String>,
    /// Names of environment variables, sorted.
    pub env_names: Vec<String>,
    /// Exposed ports, such as `80/tcp`.
    pub exposed_ports: Vec<String>,
    /// Declared volumes.
    pub volumes: Vec<String>,
    /// Signal that stops the container.
    pub stop_signal: Option<String>,
    /// Whether a health check is defined (a Docker extension to the OCI configuration).
    pub health: Health,
}

/// Health check of the configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// A check is defined.
    Defined,
    /// The check is switched off (`NONE`).
    Disabled,
    /// Nothing is said.
    #[default]
    None,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerFacts {
    /// Number, from 1 (the lowest).
    pub number: u32,
    /// Digest of the stored blob.
    pub digest: Option<String>,
    /// Digest of the tar stream (diff ID), verified.
    pub diff_id: Option<String>,
    /// Media type as the manifest states it.
    pub media_type: Option<String>,
    /// Size as stored, in bytes.
    pub stored_bytes: u64,
    /// Size of the tar stream, in bytes.
    pub tar_bytes: u64,
    /// Entries in the tar stream.
    pub entries: u64,
    /// Base or added.
    pub side: Side,
    /// The instruction that made it, where history and layers can be paired.
    pub created_by: Option<String>,
}

/// One step of the build history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistoryEntry {
    /// Creation time as stated.
    pub created: Option<String>,
    /// Instruction, with values of variables left out.
    pub created_by: Option<String>,
    /// Comment.
    pub comment: Option<String>,
    /// Layer it made, or null for a metadata step.
    pub layer: Option<u32>,
}

/// What kind of image this is, and how we know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The kind.
    pub name: RoleName,
    /// `--role`, or what the inference rests on.
    pub basis: String,
}

/// Kinds of image.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RoleName {
    /// Something to build on: starts a shell, or nothing.
    Base,
    /// Holds compilers or build tools.
    Build,
    /// Starts a language runtime or a packaged server.
    Runtime,
    /// Starts a program that was added to it.
    App,
}

/// Where the base image ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// How many of the lowest layers belong to the base; null when not known.
    pub layers: Option<u32>,
    /// How we know, or why we do not.
    pub basis: String,
}
