//! OCI image layouts (OCI image-spec, image-layout.md), in a folder or in a tar of one.

use serde::Deserialize;

use super::blobs::Blobs;
use super::compression::Compression;
use super::config::ImageConfiguration;
use super::digest::Digest;
use super::error::SourceError;
use super::files::read_capped;
use super::manifest::{Descriptor, Index, Manifest, parse_json};
use super::media_type::{check_layer, is_nondistributable};
use super::platform::Platform;
use super::select::{Listed, artifact_type, candidates, choose};
use super::{
    EvidenceCarriage, LayerBlob, LayerStore, Request, SourceImage, SourceKind, layer_name,
};

/// The entry point of a layout (image-layout.md, "index.json file").
pub(super) const INDEX: &str = "index.json";
/// The file that marks a layout (image-layout.md, "oci-layout file").
pub(super) const MARKER: &str = "oci-layout";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Marker {
    image_layout_version: String,
}

/// Opens the image of a layout that a request means.
pub(super) fn open(
    blobs: Blobs,
    kind: SourceKind,
    request: &Request<'_>,
) -> Result<SourceImage, SourceError> {
    let limit = request.options.limits.document_bytes;
    check_marker(&blobs, limit)?;
    let index = read_index(&blobs, limit)?;
    let chosen = choose(candidates(&blobs, &index, request)?, request)?;
    read_image(&blobs, kind, chosen.item, chosen.platform, request)
}

fn check_marker(blobs: &Blobs, limit: u64) -> Result<(), SourceError> {
    let not_a_layout = |reason: &str| SourceError::NotAnImage {
        path: blobs.path(),
        reason: reason.to_owned(),
        help:
            "an OCI image layout holds `oci-layout`, `index.json` and `blobs`; what `docker save` \
               writes is named with docker-archive:"
                .into(),
    };
    let Some(file) = blobs.named(MARKER)? else {
        return Err(not_a_layout("`oci-layout` is missing"));
    };
    let document = "`oci-layout`";
    let marker: Marker = parse_json(&read_capped(file, limit, document)?, document)?;
    if !marker.image_layout_version.starts_with("1.") {
        return Err(not_a_layout("its layout version is not 1"));
    }
    Ok(())
}

/// Reads `index.json`.
pub(super) fn read_index(blobs: &Blobs, limit: u64) -> Result<Index, SourceError> {
    let Some(file) = blobs.named(INDEX)? else {
        return Err(SourceError::NotAnImage {
            path: blobs.path(),
            reason: "`index.json` is missing".into(),
            help: "an OCI image layout holds `oci-layout`, `index.json` and `blobs`".into(),
        });
    };
    let document = "`index.json`";
    parse_json(&read_capped(file, limit, document)?, document)
}

/// Reads manifest and configuration of a chosen image, and finds its layers.
pub(super) fn read_image(
    blobs: &Blobs,
    kind: SourceKind,
    listed: Listed,
    platform: Platform,
    request: &Request<'_>,
) -> Result<SourceImage, SourceError> {
    let limits = &request.options.limits;
    let document = blobs.document(&listed.descriptor, "manifest", limits.document_bytes)?;
    let manifest = Manifest::parse(&document.bytes, &document.name)?;
    let manifest_digest = document.digest;
    if let Some(artifact) = artifact_type(&manifest) {
        let holds = format!(", only: {}", super::error::printable(&artifact));
        return Err(SourceError::NoImage {
            reference: request.reference.to_owned(),
            holds,
        });
    }
    let document = blobs.document(&manifest.config, "configuration", limits.document_bytes)?;
    let config = ImageConfiguration::parse(&document.bytes, &document.name)?;
    let config_digest = document.digest;
    if config.os.eq_ignore_ascii_case("windows") {
        return Err(SourceError::WindowsImage {
            reference: request.reference.to_owned(),
        });
    }
    check_layer_count(
        manifest.layers.len(),
        config.rootfs.diff_ids.len(),
        limits.layers,
    )?;
    let mut layers = Vec::new();
    let mut stores = Vec::new();
    for (number, (layer, diff_id)) in
        (1_usize..).zip(manifest.layers.iter().zip(&config.rootfs.diff_ids))
    {
        let (blob, digest) = find_layer(blobs, layer, diff_id, number)?;
        layers.push(blob);
        stores.push(LayerStore::Blob(blobs.clone(), digest));
    }
    let mut annotations = listed.descriptor.annotations;
    annotations.extend(manifest.annotations);
    Ok(SourceImage {
        reference: request.reference.to_owned(),
        kind,
        manifest_digest: Some(manifest_digest),
        index_digest: listed.index_digest,
        config_digest: Some(config_digest),
        platform,
        config,
        annotations,
        layers,
        attached_evidence: EvidenceCarriage::NotSearched,
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

/// Checks a layer's media type and size and that its blob is there; its contents come later.
fn find_layer(
    blobs: &Blobs,
    layer: &Descriptor,
    diff_id: &Digest,
    number: usize,
) -> Result<(LayerBlob, Digest), SourceError> {
    let what = layer_name(number);
    check_layer(&layer.media_type, &what)?;
    let digest = layer.digest(&what)?;
    let range = blobs.open(&digest, &what).map_err(|error| match error {
        SourceError::MissingBlob { what, digest, .. } if is_nondistributable(&layer.media_type) => {
            let help = "the layer is non-distributable: copies of the image may leave it out; \
                 copy it again with the option to include such layers"
                .into();
            SourceError::MissingBlob { what, digest, help }
        }
        other => other,
    })?;
    let found = range.bytes_left();
    if found != layer.size {
        return Err(SourceError::SizeMismatch {
            what,
            stated: layer.size,
            found,
        });
    }
    let blob = LayerBlob {
        digest: Some(digest.clone()),
        diff_id: Some(diff_id.clone()),
        media_type: Some(layer.media_type.clone()),
        compression: Compression::sniff(&range, &what)?,
        stored_bytes: found,
    };
    Ok((blob, digest))
}
