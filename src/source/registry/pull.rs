//! An artifact that is no image: its manifest, and its layers one by one (OCI image-spec,
//! manifest.md, "Guidelines for Artifact Usage").

use super::name::ImageName;
use super::{RegistryClient, client};
use crate::source::digest::Digest;
use crate::source::error::SourceError;
use crate::source::limits::SourceLimits;
use crate::source::manifest::{Descriptor, Manifest};
use crate::source::media_type::{DocumentKind, document_kind};
use crate::source::network::Network;

/// Annotation of a layer that names its file (annotations.md, "Pre-Defined Annotation Keys").
const TITLE: &str = "org.opencontainers.image.title";

/// Layers of one artifact. A tool that pushes files makes one of each.
const MAX_LAYERS: usize = 10_000;

/// An artifact of a registry, its manifest read and checked.
#[derive(Debug)]
pub struct RemoteArtifact {
    client: RegistryClient,
    /// Digest of its manifest.
    pub digest: Digest,
    /// Its layers, in order.
    pub layers: Vec<RemoteLayer>,
}

/// A layer of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteLayer {
    /// Media type as the manifest states it.
    pub media_type: String,
    /// The file's name, where one is stated.
    pub title: Option<String>,
    /// Size in bytes, as stated.
    pub size: u64,
    digest: Digest,
}

impl RemoteLayer {
    fn of(listed: &Descriptor, number: usize) -> Result<Self, SourceError> {
        Ok(Self {
            digest: listed.digest(&format!("layer {number}"))?,
            media_type: listed.media_type.clone(),
            title: listed.annotations.get(TITLE).cloned(),
            size: listed.size,
        })
    }
}

impl RemoteArtifact {
    /// Reads the manifest that a name means.
    ///
    /// # Errors
    /// What asking the registry brings; [`SourceError::NotAnArtifact`] for an index.
    pub fn open(name: &ImageName, network: &Network) -> Result<Self, SourceError> {
        let client = RegistryClient::connect(name, network)?;
        let limit = SourceLimits::default().document_bytes;
        let Some(named) = client.manifest(name.manifest(), limit)? else {
            return Err(SourceError::RegistryNotFound {
                host: name.registry().to_owned(),
                name: name.without_host(),
            });
        };
        if document_kind(&client.kind_of(&named)?) != DocumentKind::Manifest {
            return Err(SourceError::NotAnArtifact {
                name: name.to_string(),
            });
        }
        let manifest = Manifest::parse(&named.bytes, &format!("manifest {}", named.digest))?;
        if manifest.layers.len() > MAX_LAYERS {
            return Err(SourceError::Limit {
                what: format!("manifest {}", named.digest),
                limit: format!("{MAX_LAYERS} layers"),
            });
        }
        let layers = (1_usize..).zip(&manifest.layers);
        let layers = layers.map(|(number, listed)| RemoteLayer::of(listed, number));
        Ok(Self {
            layers: layers.collect::<Result<_, _>>()?,
            digest: named.digest,
            client,
        })
    }

    /// The bytes of a layer, checked for size and digest. They are held in memory: what `size` says
    /// is for the caller to have judged.
    ///
    /// # Errors
    /// What asking the registry brings; [`SourceError::MissingBlob`] where it has no such blob.
    pub fn read(&self, layer: &RemoteLayer) -> Result<Vec<u8>, SourceError> {
        let what = format!("layer {}", layer.digest);
        let blob = self
            .client
            .repository
            .small_blob(&layer.digest, &what, layer.size);
        let Some(bytes) = self.client.runtime.wait(blob)? else {
            return Err(SourceError::MissingBlob {
                what,
                digest: layer.digest.clone(),
                help: client::INCOMPLETE.into(),
            });
        };
        let found = bytes.len() as u64;
        match found == layer.size {
            true => Ok(bytes),
            false => Err(SourceError::SizeMismatch {
                what,
                stated: layer.size,
                found,
            }),
        }
    }
}
