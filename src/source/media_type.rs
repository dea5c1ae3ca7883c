//! Media types of manifests, configurations and layers (OCI image-spec, media-types.md; Docker
//! image manifest version 2, schema 2).

use super::error::{SourceError, printable};

const INDEXES: [&str; 2] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

const MANIFESTS: [&str; 2] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

const SCHEMA_ONE: [&str; 2] = [
    "application/vnd.docker.distribution.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
];

const CONFIGS: [&str; 2] = [
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
];

/// Layer types, with what follows the name of the compression left out.
const LAYERS: [&str; 4] = [
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
];

/// What a descriptor points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DocumentKind {
    /// An image index or manifest list.
    Index,
    /// An image manifest.
    Manifest,
    /// Docker's obsolete schema 1.
    SchemaOne,
    /// Something else.
    Other,
}

/// What kind of document a media type names.
pub(super) fn document_kind(media_type: &str) -> DocumentKind {
    if INDEXES.contains(&media_type) {
        DocumentKind::Index
    } else if MANIFESTS.contains(&media_type) {
        DocumentKind::Manifest
    } else if SCHEMA_ONE.contains(&media_type) {
        DocumentKind::SchemaOne
    } else {
        DocumentKind::Other
    }
}

/// Whether a media type is that of an image configuration.
pub(super) fn is_image_config(media_type: &str) -> bool {
    CONFIGS.contains(&media_type)
}

/// Whether a layer type is one that registries do not carry (media-types.md,
/// "nondistributable"; Docker's `foreign`).
pub(super) fn is_nondistributable(media_type: &str) -> bool {
    media_type.contains(".nondistributable.") || media_type.contains(".foreign.")
}

/// Checks that a layer's media type is one this program reads. The compression it names is not
/// relied on: the first bytes of the blob decide (see [`super::compression`]).
pub(super) fn check_layer(media_type: &str, what: &str) -> Result<(), SourceError> {
    let named = || (what.to_owned(), printable(media_type));
    // The suffix of the ocicrypt project's layer types.
    if media_type.ends_with("+encrypted") {
        let (what, media_type) = named();
        return Err(SourceError::Encrypted { what, media_type });
    }
    let known = LAYERS.iter().any(|stem| {
        let suffix = media_type.strip_prefix(stem);
        matches!(suffix, Some("" | "+gzip" | "+zstd" | ".gzip" | ".zstd"))
    });
    if known {
        return Ok(());
    }
    let (what, media_type) = named();
    Err(SourceError::UnsupportedMediaType { what, media_type })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layer_types_of_both_families_are_accepted() {
        for media_type in [
            "application/vnd.oci.image.layer.v1.tar",
            "application/vnd.oci.image.layer.v1.tar+gzip",
            "application/vnd.oci.image.layer.v1.tar+zstd",
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            "application/vnd.docker.image.rootfs.diff.tar.gzip",
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        ] {
            assert_eq!(check_layer(media_type, "layer 1"), Ok(()), "{media_type}");
        }
    }

    #[test]
    fn encrypted_and_unknown_layers_are_refused_by_different_names() {
        let encrypted = check_layer(
            "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
            "it",
        );
        assert!(matches!(encrypted, Err(SourceError::Encrypted { .. })));
        for media_type in [
            "",
            "application/x-tar",
            "application/vnd.oci.image.layer.v1.tar+xz",
        ] {
            let unknown = check_layer(media_type, "it");
            assert!(
                matches!(unknown, Err(SourceError::UnsupportedMediaType { .. })),
                "{media_type}"
            );
        }
    }
}
