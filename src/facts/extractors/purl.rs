//! Package URLs (purl-spec, and its types `deb`, `apk`).

use std::fmt::Write as _;

use crate::facts::model::{Distro, PackageType};

/// `pkg:TYPE/NAMESPACE/NAME@VERSION?arch=…&distro=…`. `None` without a distribution `ID`, which is
/// the namespace of these types.
pub fn package_url(
    package_type: PackageType,
    distro: &Distro,
    name: &str,
    version: &str,
    arch: Option<&str>,
) -> Option<String> {
    let id = distro.id.as_deref()?;
    let mut purl = format!(
        "pkg:{}/{}/{}@{}",
        package_type.name(),
        encode(id),
        encode(&name.to_ascii_lowercase()),
        encode(version)
    );
    let mut separator = '?';
    if let Some(arch) = arch {
        // Writing to a String cannot fail.
        let _ = write!(purl, "{separator}arch={}", encode(arch));
        separator = '&';
    }
    if let Some(version_id) = &distro.version_id {
        let _ = write!(
            purl,
            "{separator}distro={}-{}",
            encode(id),
            encode(version_id)
        );
    }
    Some(purl)
}

/// Percent-encoding as purl-spec asks: unreserved characters of RFC 3986 and the colon stay.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                encoded.push(char::from(byte));
            }
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}
