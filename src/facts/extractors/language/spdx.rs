//! Packages that an SPDX document in the image names with a package URL.
//!
//! Format: SPDX 2.3, clause 7, as JSON; purl-spec.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::MAX_TEXT;
use super::json::{AtMost, Text};
use crate::facts::contract::{Extraction, MAX_PACKAGES};
use crate::facts::model::{GapKind, Topic};
use crate::facts::wanted::Found;

/// Bytes of one document.
const MAX_DOCUMENT: usize = 16 << 20;
/// References looked at of one package.
const MAX_REFERENCES: usize = 100;
/// SPDX' words for "not stated".
const NOT_STATED: [&str; 2] = ["NOASSERTION", "NONE"];

/// A package as a document names it.
pub(super) struct Listed {
    /// The purl as written.
    pub(super) url: String,
    /// purl type.
    pub(super) kind: String,
    /// Name, behind a namespace and a slash where there is one.
    pub(super) name: String,
    /// Version.
    pub(super) version: String,
    /// Qualifiers of the purl, decoded.
    pub(super) qualifiers: BTreeMap<String, String>,
    /// Declared licence, else the concluded one.
    pub(super) license: Option<String>,
}

impl Listed {
    /// A qualifier, or nothing.
    pub(super) fn qualifier(&self, key: &str) -> &str {
        self.qualifiers.get(key).map_or("", String::as_str)
    }

    /// The name without its namespace.
    pub(super) fn last_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }
}

/// The packages of a document that have a purl with a version; a document that is none is a gap of
/// `topic`.
pub(super) fn listed(file: &Found<'_>, topic: Topic, out: &mut Extraction) -> Vec<Listed> {
    let at = (file.path.as_str(), file.layer);
    if file.bytes.len() > MAX_DOCUMENT {
        let detail = format!("it is longer than {MAX_DOCUMENT} bytes");
        out.gap(topic, GapKind::Limit, at, &detail);
        return Vec::new();
    }
    let Ok(document) = serde_json::from_slice::<Document>(&file.bytes) else {
        out.gap(topic, GapKind::Corrupt, at, "it is not an SPDX document");
        return Vec::new();
    };
    if document.packages.more {
        let detail = format!("only the first {MAX_PACKAGES} packages were read");
        out.gap(topic, GapKind::Limit, at, &detail);
    }
    let packages = document.packages.items.iter();
    packages.filter_map(Entry::listed).collect()
}

#[derive(Deserialize)]
struct Document {
    packages: AtMost<Entry, MAX_PACKAGES>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(default)]
    license_declared: Text,
    #[serde(default)]
    license_concluded: Text,
    #[serde(default)]
    external_refs: AtMost<Reference, MAX_REFERENCES>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    #[serde(default)]
    reference_type: Text,
    #[serde(default)]
    reference_locator: Text,
}

impl Entry {
    fn listed(&self) -> Option<Listed> {
        let url = self.external_refs.items.iter().find_map(|reference| {
            let is_url = reference.reference_type.get() == Some("purl");
            reference.reference_locator.get().filter(|_| is_url)
        })?;
        let mut licenses = [&self.license_declared, &self.license_concluded]
            .into_iter()
            .filter_map(Text::get)
            .filter(|license| !NOT_STATED.contains(license));
        let license = licenses.next().map(str::to_owned);
        Some(Listed {
            license,
            ..parsed(url)?
        })
    }
}

/// Parts of `pkg:TYPE/[NAMESPACE/]NAME@VERSION[?QUALIFIERS][#SUBPATH]`, decoded.
fn parsed(text: &str) -> Option<Listed> {
    let url = text.to_owned();
    let (text, _) = text.split_once('#').unwrap_or((text, ""));
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let (kind, path) = path.strip_prefix("pkg:")?.split_once('/')?;
    let (name, version) = path.rsplit_once('@')?;
    let qualifiers = query.split('&').filter_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        Some((key.to_owned(), decoded(value)?))
    });
    let name = decoded(name.trim_matches('/'))?;
    let version = decoded(version)?;
    let sound = |text: &str| !text.is_empty() && text.len() <= MAX_TEXT;
    (sound(kind) && sound(&name) && sound(&version)).then(|| Listed {
        url,
        kind: kind.to_ascii_lowercase(),
        name,
        version,
        qualifiers: qualifiers.collect(),
        license: None,
    })
}

/// Takes percent-encoding out (RFC 3986, section 2.1).
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        bytes.extend(data_encoding::HEXLOWER_PERMISSIVE.decode(digits).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart_and_decoded() {
        let url = "pkg:apk/wolfi/libstdc%2B%2B@13.2.0-r1?arch=x86_64&distro=a%2Fb#x";
        let listed = parsed(url).unwrap();
        assert_eq!(listed.kind, "apk");
        assert_eq!(listed.name, "wolfi/libstdc++");
        assert_eq!(listed.last_name(), "libstdc++");
        assert_eq!(listed.version, "13.2.0-r1");
        assert_eq!(listed.qualifier("distro"), "a/b");
        for url in [
            "pkg:apk/a",
            "apk/a@1",
            "pkg:a@1",
            "pkg:a/@1",
            "pkg:a/b@%4",
            "pkg:a/b@%ff",
        ] {
            assert!(parsed(url).is_none(), "{url}");
        }
    }
}
