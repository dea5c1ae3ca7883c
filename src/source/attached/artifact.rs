//! What an artifact's manifest says of it (OCI image-spec 1.1, manifest.md and image-index.md).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::search::EvidenceStore;
use super::{Artifact, ArtifactBlob};
use crate::source::config::or_default;
use crate::source::error::printable;
use crate::source::limits::SourceLimits;
use crate::source::manifest::{Descriptor, parse_json};
use crate::source::media_type::is_image_config;

/// Annotations kept of one descriptor or manifest.
const ANNOTATIONS: usize = 64;
/// Bytes of annotations kept of one artifact, over all its parts. A signature of cosign has a
/// certificate, its chain and a proof of entry into a log among them, some 10 KiB.
const ANNOTATION_BYTES: usize = 256 << 10;

/// What a manifest is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// The image.
    Subject,
    /// Another one.
    Another,
    /// It does not say.
    Unsaid,
    /// It could not be read.
    Unread,
}

/// An artifact's manifest. Mostly that of an image; an index may have a subject as well
/// (image-index.md, "subject"), and so had the artifact manifest of image-spec 1.1's release
/// candidates, which some registries still hold.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactManifest {
    #[serde(default, deserialize_with = "or_default")]
    media_type: String,
    #[serde(default, deserialize_with = "or_default")]
    artifact_type: String,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    blobs: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
    #[serde(default, deserialize_with = "or_default")]
    annotations: BTreeMap<String, String>,
    subject: Option<Descriptor>,
}

impl Artifact {
    /// Reads the manifest and notes what it says; `listed` is the descriptor that led to it.
    pub(super) fn read(
        &mut self,
        store: &dyn EvidenceStore,
        listed: &Descriptor,
        limits: &SourceLimits,
    ) -> About {
        let mut room = ANNOTATION_BYTES;
        let document = store.manifest(&self.digest, limits.attached_manifest_bytes);
        let read = document.and_then(|document| {
            self.size = document.bytes.len() as u64;
            parse_json::<ArtifactManifest>(&document.bytes, &document.name)
        });
        let manifest = match read {
            Ok(manifest) => manifest,
            Err(error) => {
                self.annotations = kept(&listed.annotations, &mut room);
                self.unread = Some(error.to_string());
                return About::Unread;
            }
        };
        self.describe(&manifest, listed, limits, room);
        match manifest.subject.map(|it| it.digest("a subject")) {
            None => About::Unsaid,
            Some(Ok(subject)) if subject == self.subject => About::Subject,
            Some(_) => About::Another,
        }
    }

    fn describe(
        &mut self,
        manifest: &ArtifactManifest,
        listed: &Descriptor,
        limits: &SourceLimits,
        mut room: usize,
    ) {
        if !manifest.media_type.is_empty() {
            self.media_type = printable(&manifest.media_type);
        }
        let config = manifest.config.as_ref();
        let config = config.map_or("", |config| config.media_type.as_str());
        // The configuration of an image is there for tools that know no other.
        let config = if is_image_config(config) { "" } else { config };
        let stated = [&manifest.artifact_type, config, &listed.artifact_type];
        let stated = stated.into_iter().find(|text| !text.is_empty());
        self.artifact_type = printable(stated.unwrap_or_default());
        self.annotations = kept(&manifest.annotations, &mut room);
        for (key, value) in kept(&listed.annotations, &mut room) {
            self.annotations.entry(key).or_insert(value);
        }
        let parts = manifest.layers.as_ref().or(manifest.blobs.as_ref());
        // What can be read as an index and as an image is not read as either.
        let parts = parts.filter(|_| manifest.manifests.is_none());
        let parts = parts.map(Vec::as_slice).unwrap_or_default();
        let described = parts.iter().take(limits.attached).filter_map(|part| {
            Some(ArtifactBlob {
                media_type: printable(&part.media_type),
                digest: part.digest("a part").ok()?,
                size: part.size,
                annotations: kept(&part.annotations, &mut room),
            })
        });
        self.blobs = described.collect();
        self.unread = if manifest.manifests.is_some() {
            Some("it is an index, whose manifests are not looked into".into())
        } else if manifest.layers.is_none() && manifest.blobs.is_none() {
            Some("it does not say what it holds".into())
        } else if self.blobs.len() < parts.len() {
            Some(format!(
                "{} of its {} parts are described",
                self.blobs.len(),
                parts.len()
            ))
        } else {
            None
        };
    }
}

/// As many annotations as there is room for, in the order of their names.
fn kept(annotations: &BTreeMap<String, String>, room: &mut usize) -> BTreeMap<String, String> {
    let fits = |(key, value): &(&String, &String)| {
        let bytes = key.len().saturating_add(value.len());
        match room.checked_sub(bytes) {
            Some(left) => {
                *room = left;
                true
            }
            None => false,
        }
    };
    annotations
        .iter()
        .take(ANNOTATIONS)
        .filter(fits)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}
