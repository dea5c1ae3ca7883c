//! The image configuration (OCI image-spec, config.md).
//!
//! Reading is tolerant: members may be missing or null, unknown ones are left alone. A member of
//! the wrong type is an error, since guessing would hide it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::digest::Digest;
use super::error::SourceError;

/// The image configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageConfiguration {
    /// Creation time as stated.
    pub created: Option<String>,
    /// Architecture; empty when not stated.
    pub architecture: String,
    /// Operating system; empty when not stated.
    pub os: String,
    /// Variant of the architecture.
    pub variant: Option<String>,
    /// What a container starts with.
    pub config: RunConfiguration,
    /// Digests of the layers' tar streams, lowest first.
    pub rootfs: RootFs,
    /// How the image was built, oldest step first.
    pub history: Vec<HistoryStep>,
}

/// `rootfs` of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RootFs {
    /// Digest of each layer's tar stream, lowest first.
    pub diff_ids: Vec<Digest>,
}

/// `config` of the configuration: what a container starts with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RunConfiguration {
    /// `User`: `user`, `uid`, `user:group` and so on; empty means root.
    #[serde(deserialize_with = "or_default")]
    pub user: String,
    /// `ExposedPorts`, such as `80/tcp`, sorted.
    #[serde(deserialize_with = "member_names")]
    pub exposed_ports: Vec<String>,
    /// `Env`, as `NAME=value`. Values may be secret: never print them.
    #[serde(deserialize_with = "or_default")]
    pub env: Vec<String>,
    /// `Entrypoint`.
    #[serde(deserialize_with = "words")]
    pub entrypoint: Vec<String>,
    /// `Cmd`.
    #[serde(deserialize_with = "words")]
    pub cmd: Vec<String>,
    /// `Volumes`, sorted.
    #[serde(deserialize_with = "member_names")]
    pub volumes: Vec<String>,
    /// `WorkingDir`.
    pub working_dir: Option<String>,
    /// `Labels`.
    #[serde(deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
    /// `StopSignal`.
    pub stop_signal: Option<String>,
    /// `Healthcheck`, Docker's extension (config.md, "Healthcheck" is reserved).
    pub healthcheck: Option<Healthcheck>,
}

/// Docker's health check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Healthcheck {
    /// The test: empty means inherited, `["NONE"]` switched off.
    #[serde(deserialize_with = "words")]
    pub test: Vec<String>,
}

/// One step of `history`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct HistoryStep {
    /// Creation time as stated.
    pub created: Option<String>,
    /// The instruction.
    pub created_by: Option<String>,
    /// Who made it.
    pub author: Option<String>,
    /// A comment.
    pub comment: Option<String>,
    /// Whether the step made no layer.
    #[serde(deserialize_with = "or_default")]
    pub empty_layer: bool,
}

/// The configuration as it stands in the file.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Document {
    created: Option<String>,
    #[serde(deserialize_with = "or_default")]
    architecture: String,
    #[serde(deserialize_with = "or_default")]
    os: String,
    variant: Option<String>,
    #[serde(deserialize_with = "or_default")]
    config: RunConfiguration,
    #[serde(deserialize_with = "or_default")]
    rootfs: RootFsDocument,
    #[serde(deserialize_with = "or_default")]
    history: Vec<HistoryStep>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RootFsDocument {
    #[serde(deserialize_with = "or_default")]
    diff_ids: Vec<String>,
}

impl ImageConfiguration {
    /// Reads a configuration; `document` names it in errors.
    ///
    /// # Errors
    /// [`SourceError::InvalidDocument`] when it is not such a JSON document,
    /// [`SourceError::InvalidDigest`] when a diff ID is malformed.
    pub fn parse(bytes: &[u8], document: &str) -> Result<Self, SourceError> {
        let read: Document = super::manifest::parse_json(bytes, document)?;
        let mut diff_ids = Vec::new();
        for (number, text) in (1_usize..).zip(&read.rootfs.diff_ids) {
            diff_ids.push(Digest::parse(text, &format!("diff ID {number}"))?);
        }
        Ok(Self {
            created: read.created,
            architecture: read.architecture,
            os: read.os,
            variant: read.variant.filter(|variant| !variant.is_empty()),
            config: read.config,
            rootfs: RootFs { diff_ids },
            history: read.history,
        })
    }
}

/// A value, or the default where it is null.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Sorted names of an object's members; Docker and OCI write sets this way.
fn member_names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let set: BTreeMap<String, serde::de::IgnoredAny> = or_default(deserializer)?;
    Ok(set.into_keys().collect())
}

/// A list of words; old Docker versions also wrote one string for a list of one.
fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a list of strings")]
    enum Words {
        Many(Vec<String>),
        One(String),
    }
    Ok(match Option::<Words>::deserialize(deserializer)? {
        None => Vec::new(),
        Some(Words::Many(words)) => words,
        Some(Words::One(word)) => vec![word],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_and_missing_members_read_as_empty() {
        let text = br#"{"architecture":"amd64","os":"linux","config":{"Cmd":null,"Labels":null,
            "Entrypoint":null,"Env":null,"User":null,"Volumes":null},"history":null}"#;
        let read = ImageConfiguration::parse(text, "it").unwrap();
        assert_eq!(read.config, RunConfiguration::default());
        assert!(read.history.is_empty());
        assert_eq!(ImageConfiguration::parse(b"{}", "it").unwrap().os, "");
    }

    #[test]
    fn a_member_of_the_wrong_type_is_an_error_that_names_the_document() {
        let error = ImageConfiguration::parse(br#"{"config":{"Env":7}}"#, "config X").unwrap_err();
        assert!(
            error.to_string().starts_with("config X is not valid"),
            "{error}"
        );
    }

    #[test]
    fn sets_come_out_sorted() {
        let text = br#"{"config":{"ExposedPorts":{"9/udp":{},"80/tcp":{}}}}"#;
        let read = ImageConfiguration::parse(text, "it").unwrap();
        assert_eq!(read.config.exposed_ports, ["80/tcp", "9/udp"]);
    }
}
