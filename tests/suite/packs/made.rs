//! Packs as others hand them over: bundles, and artifacts for a registry to serve.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::support::image_builder::{OCI_MANIFEST, REF_NAME, digest_of, json_bytes};
use crate::support::layout::Layout;

/// Media types of what `conftest push` writes.
pub const REGO: &str = "application/vnd.cncf.openpolicyagent.policy.layer.v1+rego";
pub const DATA: &str = "application/vnd.cncf.openpolicyagent.data.layer.v1+json";

/// Media type of an OPA bundle in a registry.
pub const BUNDLE: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// A rule that denies every image.
pub const DENIES: &str = "package main\n\ndeny contains \"no\" if input.image\n";

/// One tar entry with this name as it is, of this type.
pub fn tar_entry(name: &str, kind: tar::EntryType, content: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// Compressed entries with the end marker.
pub fn gzipped(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for entry in entries {
        encoder.write_all(entry).unwrap();
    }
    encoder.write_all(&[0; 1024]).unwrap();
    encoder.finish().unwrap()
}

/// A bundle of these files, by name.
pub fn bundle(files: &[(&str, &str)]) -> Vec<u8> {
    let entry =
        |(name, text): &(&str, &str)| tar_entry(name, tar::EntryType::Regular, text.as_bytes());
    gzipped(&files.iter().map(entry).collect::<Vec<_>>())
}

/// A layout that holds one artifact, tagged `latest`, with these layers: media type, title, bytes.
pub fn artifact(layers: &[(&str, Option<&str>, &[u8])]) -> (Layout, String) {
    let mut layout = Layout::new().blob(*b"{}");
    let mut listed: Vec<Value> = Vec::new();
    for (media_type, title, bytes) in layers {
        layout = layout.blob(*bytes);
        let mut layer = json!({
            "mediaType": media_type, "digest": digest_of(bytes), "size": bytes.len(),
        });
        if let Some(title) = title {
            layer["annotations"] = json!({"org.opencontainers.image.title": title});
        }
        listed.push(layer);
    }
    let manifest = json_bytes(&json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {
            "mediaType": "application/vnd.unknown.config.v1+json",
            "digest": digest_of(b"{}"), "size": 2,
        },
        "layers": listed,
    }));
    let digest = digest_of(&manifest);
    let entry = json!({
        "mediaType": OCI_MANIFEST, "digest": digest, "size": manifest.len(),
        "annotations": {REF_NAME: "latest"},
    });
    (layout.blob(manifest).entry(entry), digest)
}
