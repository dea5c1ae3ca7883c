//! OCI image layouts (OCI image-spec, image-layout.md), in a folder or in a tar of one.

use std::sync::Arc;

use serde::Deserialize;

use super::attached::{Evidence, LayoutEvidence};
use super::blobs::Blobs;
use super::digest::Digest;
use super::error::SourceError;
use super::files::read_capped;
use super::image_documents;
use super::manifest::{Descriptor, Index, parse_json};
use super::media_type::is_nondistributable;
use super::platform::Platform;
use super::select::{Listed, candidates, choose};
use super::{LayerStore, Request, SourceImage, SourceKind};

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
    let mut image = read_image(&blobs, kind, chosen.item, chosen.platform, request)?;
    if let Some(subjects) = image.subjects() {
        image.evidence = match request.options.network.attached {
            false => Evidence::not_asked(&subjects),
            true => {
                let limits = &request.options.limits;
                let store = Arc::new(LayoutEvidence::gather(&blobs, &index, limits));
                Evidence::search(store, &subjects, limits)
            }
        };
    }
    Ok(image)
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

/// Reads a chosen image; every layer must be there, in the size the manifest states.
pub(super) fn read_image(
    blobs: &Blobs,
    kind: SourceKind,
    listed: Listed,
    platform: Platform,
    request: &Request<'_>,
) -> Result<SourceImage, SourceError> {
    let chosen = image_documents::Chosen {
        kind,
        listed,
        platform,
    };
    image_documents::read_image(blobs, chosen, request, |layer, digest, what| {
        find_layer(blobs, layer, digest, what)?;
        Ok(LayerStore::Blob(blobs.clone(), digest.clone()))
    })
}

/// Checks that the blob of a layer is there; its contents come later.
fn find_layer(
    blobs: &Blobs,
    layer: &Descriptor,
    digest: &Digest,
    what: &str,
) -> Result<(), SourceError> {
    let range = blobs.open(digest, what).map_err(|error| match error {
        SourceError::MissingBlob { what, digest, .. } if is_nondistributable(&layer.media_type) => {
            let help = "the layer is non-distributable: copies of the image may leave it out; \
                 copy it again with the option to include such layers"
                .into();
            SourceError::MissingBlob { what, digest, help }
        }
        other => other,
    })?;
    match range.bytes_left() {
        found if found == layer.size => Ok(()),
        found => Err(SourceError::SizeMismatch {
            what: what.to_owned(),
            stated: layer.size,
            found,
        }),
    }
}
