//! Indexes, manifests and descriptors (OCI image-spec, image-index.md, manifest.md,
//! descriptor.md).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::config::or_default;
use super::digest::Digest;
use super::error::{SourceError, printable};
use super::platform::Platform;

/// A descriptor as written; nothing in it has been checked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) media_type: String,
    digest: String,
    pub(super) size: u64,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) annotations: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) artifact_type: String,
    #[serde(default)]
    platform: Option<PlatformDocument>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct PlatformDocument {
    #[serde(default, deserialize_with = "or_default")]
    os: String,
    #[serde(default, deserialize_with = "or_default")]
    architecture: String,
    variant: Option<String>,
}

impl Descriptor {
    /// The descriptor of something whose digest and size are known.
    pub(super) fn of(media_type: &str, digest: &Digest, size: u64) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: digest.to_string(),
            size,
            annotations: BTreeMap::new(),
            artifact_type: String::new(),
            platform: None,
        }
    }

    /// The digest, checked; `what` names the blob in the error.
    pub(super) fn digest(&self, what: &str) -> Result<Digest, SourceError> {
        Digest::parse(&self.digest, what)
    }

    /// The platform stated in an index.
    pub(super) fn platform(&self) -> Option<Platform> {
        let stated = self.platform.as_ref()?;
        Some(Platform::new(
            &stated.os,
            &stated.architecture,
            stated.variant.as_deref(),
        ))
    }
}

/// An image index, Docker's manifest list, or `index.json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Index {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) manifests: Vec<Descriptor>,
}

/// An image manifest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) artifact_type: String,
    pub(super) config: Descriptor,
    // Go writes an empty list as null.
    #[serde(deserialize_with = "or_default")]
    pub(super) layers: Vec<Descriptor>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) annotations: BTreeMap<String, String>,
    /// The manifest this one is about (manifest.md, "subject").
    #[serde(default)]
    pub(super) subject: Option<Descriptor>,
}

/// What both versions of Docker's manifest have: enough to tell schema 1.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    schema_version: Option<u64>,
}

impl Manifest {
    /// Reads a manifest; `document` names it in errors. Schema 1 is refused by name.
    pub(super) fn parse(bytes: &[u8], document: &str) -> Result<Self, SourceError> {
        let version: Version = parse_json(bytes, document)?;
        if version.schema_version == Some(1) {
            return Err(SourceError::SchemaOne {
                document: document.to_owned(),
            });
        }
        parse_json(bytes, document)
    }
}

/// Reads a JSON document whose size is already capped. The parser itself stops at a nesting of
/// 128.
pub(super) fn parse_json<T: DeserializeOwned>(
    bytes: &[u8],
    document: &str,
) -> Result<T, SourceError> {
    serde_json::from_slice(bytes).map_err(|error| SourceError::InvalidDocument {
        document: document.to_owned(),
        reason: printable(&error.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_1_is_refused_by_name() {
        let error = Manifest::parse(br#"{"schemaVersion":1,"fsLayers":[]}"#, "it").unwrap_err();
        assert_eq!(
            error,
            SourceError::SchemaOne {
                document: "it".into()
            }
        );
    }

    #[test]
    fn very_deep_json_is_an_error_and_no_stack_overflow() {
        let deep = "[".repeat(1_000_000);
        let error = Manifest::parse(format!("{{\"x\":{deep}").as_bytes(), "it").unwrap_err();
        assert!(matches!(error, SourceError::InvalidDocument { .. }));
    }
}
