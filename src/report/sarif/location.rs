//! Where a finding of an image is, for tools that expect files of a repository.

use serde_json::{Value, json};

use crate::report::document::{FindingReport, ImageReport};
use crate::report::sarif::text;
use crate::report::standing;
use crate::report::table::words::platform;
use crate::source::untagged;

/// A relative URI reference (RFC 3986, section 4.2) for `path` in the image: its name, then the path.
///
/// Code scanning takes only URIs it can read as relative to the repository: a scheme of its own
/// (`docker:`), a colon in the first segment or a stray character makes it refuse the whole file. So
/// everything but the unreserved characters of section 2.3 is percent-encoded, and no segment leads
/// upwards. There is no tag in it: the path is part of what code scanning knows an alert by.
pub(super) fn uri(image: &ImageReport, path: &str) -> String {
    let name = untagged(&image.reference);
    let mut segments = Vec::new();
    for segment in name.split('/').chain(path.split('/')) {
        if !matches!(segment, "" | "." | "..") {
            segments.push(percent_encoded(segment));
        }
    }
    if segments.is_empty() {
        return "image".to_owned();
    }
    segments.join("/")
}

fn percent_encoded(segment: &str) -> String {
    let mut out = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The reference with the digest it had.
fn pinned(image: &ImageReport) -> String {
    match &image.digest {
        Some(digest) if !image.reference.contains('@') => {
            text(&format!("{}@{digest}", image.reference))
        }
        _ => text(&image.reference),
    }
}

/// The place of a finding: a file of the image where its subject is one, else the image; the image
/// and the layer as logical locations (SARIF 2.1.0, 3.33).
///
/// A region is required by code scanning; files of an image have no lines, and the first stands in.
pub(super) fn of_finding(image: &ImageReport, finding: &FindingReport) -> Value {
    let path = finding.subject.strip_prefix("path:").unwrap_or_default();
    let mut logical = vec![of_image(image)];
    if let Some(number) = standing::layer_number(finding) {
        let digest = image
            .layers
            .iter()
            .find(|layer| u64::from(layer.number) == number)
            .and_then(|layer| layer.digest.as_deref());
        let name = format!("layer {number}");
        let full = digest.map_or_else(|| format!("{} {name}", pinned(image)), text);
        logical.push(json!({"name": name, "fullyQualifiedName": full, "kind": "layer"}));
    }
    json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(image, path)},
            "region": {"startLine": 1},
        },
        "logicalLocations": logical,
    })
}

/// The place of what concerns an image as a whole.
pub(super) fn whole_image(image: &ImageReport) -> Value {
    json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(image, "")},
            "region": {"startLine": 1},
        },
        "logicalLocations": [of_image(image)],
    })
}

fn of_image(image: &ImageReport) -> Value {
    json!({
        "name": text(&image.reference),
        "fullyQualifiedName": format!("{} {}", pinned(image), text(&platform(&image.platform))),
        "kind": "container image",
    })
}
