//! What a bare SBOM says it is about, compared with the image.

use super::sbom::{SbomComponent, SbomDocument};
use crate::facts::model::{EvidenceSubject, ImageFacts, SubjectIs};
use crate::facts::redaction::redact_address;

/// Hexadecimal digits of a SHA-256.
const HEX: usize = 64;

/// Digests that are kept.
const MAX_DIGESTS: usize = 16;

/// The subject of a document. Tools state an image's digest as the version of its purl (purl-spec,
/// `oci`), as its version (Syft), as its hash, or beside its name.
pub fn stated(document: &SbomDocument, image: &ImageFacts) -> EvidenceSubject {
    let Some(subject) = &document.subject else {
        return EvidenceSubject {
            name: document.name.as_deref().map(redact_address),
            ..EvidenceSubject::default()
        };
    };
    let mut digests = digests(subject);
    digests.truncate(MAX_DIGESTS);
    let own = [
        (&image.digest, SubjectIs::Platform),
        // Docker's "image ID" is the digest of the configuration, which names the layers.
        (&image.config_digest, SubjectIs::Platform),
        (&image.index_digest, SubjectIs::Index),
    ];
    let is = |digest: &String| {
        let mut own = own.iter();
        let found = own.find(|(own, _)| own.as_ref() == Some(digest));
        found.map_or(SubjectIs::AnotherImage, |(_, is)| *is)
    };
    let known = image.digest.is_some() || image.config_digest.is_some();
    EvidenceSubject {
        is: digests
            .iter()
            .map(is)
            .min()
            .filter(|_| known)
            .unwrap_or_default(),
        name: Some(redact_address(
            subject.purl.as_ref().unwrap_or(&subject.name),
        )),
        digests,
    }
}

fn digests(subject: &SbomComponent) -> Vec<String> {
    let hashes = subject.hashes.iter();
    let hashes = hashes.filter(|(algorithm, _)| algorithm == "sha256");
    let mut found: Vec<String> = hashes.map(|(_, hex)| format!("sha256:{hex}")).collect();
    let texts = [
        subject.purl.as_ref(),
        subject.version.as_ref(),
        Some(&subject.name),
    ];
    for text in texts.into_iter().flatten() {
        let text = text.replace("%3A", ":").replace("%3a", ":");
        found.extend(named(&text));
    }
    found.sort();
    found.dedup();
    found
}

/// The digests in a text, as `sha256:hex`.
fn named(text: &str) -> impl Iterator<Item = String> {
    text.match_indices("sha256:").filter_map(|(at, _)| {
        let hex = text.get(at..)?.strip_prefix("sha256:")?.get(..HEX)?;
        let is_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| format!("sha256:{}", hex.to_ascii_lowercase()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_images_digest_is_found_wherever_tools_write_it() {
        let hex = "ab".repeat(32);
        let of = |purl: Option<String>, version: Option<String>, name: &str| {
            digests(&SbomComponent {
                purl,
                version,
                name: name.to_owned(),
                ..SbomComponent::default()
            })
        };
        let expected = [format!("sha256:{hex}")];
        assert_eq!(
            of(
                Some(format!("pkg:oci/a@sha256%3A{hex}?arch=amd64")),
                None,
                "a"
            ),
            expected
        );
        assert_eq!(of(None, Some(format!("sha256:{hex}")), "a"), expected);
        assert_eq!(of(None, None, &format!("a@sha256:{hex}")), expected);
        assert!(of(None, Some("sha256:1".into()), "a").is_empty());
    }
}
