//! Package URLs (purl-spec, and its types `deb`, `apk`, `rpm`, `alpm`).

use std::fmt::Write as _;

use crate::facts::model::{Distro, PackageType};

/// `pkg:TYPE/NAMESPACE/NAME@VERSION?arch=…&distro=…&epoch=…`. `None` without a distribution `ID`, which is
/// the namespace of these types.
pub fn package_url(
    package_type: PackageType,
    distro: &Distro,
    name: &str,
    version: &str,
    arch: Option<&str>,
) -> Option<String> {
    let id = distro.id.as_deref()?;
    // Of these types rpm alone has names whose case counts, and its epoch apart from the version.
    let (name, epoch, version) = match package_type {
        PackageType::Rpm => {
            let (epoch, version) = match version.split_once(':') {
                Some((epoch, version)) => (Some(epoch), version),
                None => (None, version),
            };
            (name.to_owned(), epoch, version)
        }
        _ => (name.to_ascii_lowercase(), None, version),
    };
    let mut purl = format!(
        "pkg:{}/{}/{}@{}",
        package_type.name(),
        encode(id),
        encode(&name),
        encode(version)
    );
    let distro = distro.version_id.as_ref();
    let distro = distro.map(|version_id| format!("{}-{}", encode(id), encode(version_id)));
    let qualifiers = [
        ("arch", arch.map(encode)),
        ("distro", distro),
        ("epoch", epoch.map(encode)),
    ];
    let mut separator = '?';
    for (key, value) in qualifiers {
        if let Some(value) = value {
            // Writing to a String cannot fail.
            let _ = write!(purl, "{separator}{key}={value}");
            separator = '&';
        }
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
