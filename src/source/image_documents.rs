//! Manifest and configuration of one image, wherever they come from (OCI image-spec, manifest.md
//! and config.md).

use super::attached::Evidence;
use super::blobs::{DocumentRole, Documents};
use super::config::ImageConfiguration;
use super::digest::Digest;
use super::error::{SourceError, printable};
use super::manifest::{Descriptor, Manifest};
use super::media_type::check_layer;
use super::platform::Platform;
use super::select::{Listed, artifact_type};
use super::{LayerBlob, LayerStore, Request, SourceImage, SourceKind, layer_name};

/// The image that was chosen out of those that fit a reference.
pub(super) struct Chosen {
    /// What it is read from.
    pub(super) kind: SourceKind,
    /// Its manifest's descriptor.
    pub(super) listed: Listed,
    /// Its platform.
    pub(super) platform: Platform,
}

/// Reads manifest and configuration. `store` says where the bytes of a layer are, from its
/// descriptor, its digest and the name messages give it.
pub(super) fn read_image(
    documents: &dyn Documents,
    chosen: Chosen,
    request: &Request<'_>,
    mut store: impl FnMut(&Descriptor, &Digest, &str) -> Result<LayerStore, SourceError>,
) -> Result<SourceImage, SourceError> {
    let limits = &request.options.limits;
    let Chosen {
        kind,
        listed,
        platform,
    } = chosen;
    let limit = limits.document_bytes;
    let document = documents.document(&listed.descriptor, DocumentRole::Manifest, limit)?;
    let manifest = Manifest::parse(&document.bytes, &document.name)?;
    let manifest_digest = document.digest;
    if let Some(artifact) = artifact_type(&manifest) {
        let holds = format!(", only: {}", printable(&artifact));
        return Err(SourceError::NoImage {
            reference: request.reference.to_owned(),
            holds,
        });
    }
    let document = documents.document(&manifest.config, DocumentRole::Configuration, limit)?;
    let config = ImageConfiguration::parse(&document.bytes, &document.name)?;
    if config.os.eq_ignore_ascii_case("windows") {
        return Err(SourceError::WindowsImage {
            reference: request.reference.to_owned(),
        });
    }
    let diff_ids = &config.rootfs.diff_ids;
    check_layer_count(manifest.layers.len(), diff_ids.len(), limits.layers)?;
    let mut layers = Vec::new();
    let mut stores = Vec::new();
    for (number, (layer, diff_id)) in (1_usize..).zip(manifest.layers.iter().zip(diff_ids)) {
        let what = layer_name(number);
        check_layer(&layer.media_type, &what)?;
        let digest = layer.digest(&what)?;
        stores.push(store(layer, &digest, &what)?);
        layers.push(LayerBlob {
            digest: Some(digest),
            diff_id: Some(diff_id.clone()),
            media_type: Some(layer.media_type.clone()),
            stored_bytes: layer.size,
        });
    }
    let mut annotations = listed.descriptor.annotations;
    annotations.extend(manifest.annotations);
    Ok(SourceImage {
        reference: request.reference.to_owned(),
        kind,
        manifest_digest: Some(manifest_digest),
        index_digest: listed.index_digest,
        platforms: listed.offered,
        config_digest: Some(document.digest),
        platform,
        config,
        annotations,
        layers,
        evidence: Evidence::not_carried(),
        stores,
    })
}

/// Every layer has a diff ID (config.md, "rootfs"), and there are not too many.
pub(super) fn check_layer_count(
    layers: usize,
    diff_ids: usize,
    limit: usize,
) -> Result<(), SourceError> {
    if layers > limit {
        let what = "the number of layers".to_owned();
        return Err(SourceError::Limit {
            what,
            limit: limit.to_string(),
        });
    }
    if layers != diff_ids {
        return Err(SourceError::LayerCount { layers, diff_ids });
    }
    Ok(())
}
