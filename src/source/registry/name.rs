//! Names of images in registries (OCI distribution-spec, "Pulling manifests"; short names as
//! Docker writes them).

use std::fmt;

use oci_client::Reference as OciReference;

use crate::source::digest::Digest;
use crate::source::error::{SourceError, printable};

/// The name of an image in a registry: host, repository, and a tag or a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageName {
    name: OciReference,
    manifest: ManifestReference,
}

/// Which manifest of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestReference {
    /// The one with this tag.
    Tag(String),
    /// The one with this digest. It wins over a tag beside it, as everywhere in the field.
    Digest(Digest),
}

impl fmt::Display for ManifestReference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => out.write_str(tag),
            Self::Digest(digest) => digest.fmt(out),
        }
    }
}

impl ImageName {
    /// Parses `[HOST[:PORT]/]REPOSITORY[:TAG][@DIGEST]`. Without a host Docker Hub is meant,
    /// without a tag or a digest `latest`.
    ///
    /// # Errors
    /// [`SourceError::InvalidReference`] or [`SourceError::InvalidDigest`]; neither repeats a
    /// password that was written into the name.
    pub(crate) fn parse(text: &str) -> Result<Self, SourceError> {
        let invalid = |reason: &str| SourceError::InvalidReference {
            reference: printable(text),
            reason: reason.to_owned(),
        };
        if names_a_user(text) {
            return Err(SourceError::InvalidReference {
                reference: "…".into(),
                reason: "what stands before `@` looks like a login, which does not belong there; \
                         give --username and --password-stdin"
                    .into(),
            });
        }
        if text.contains("://") {
            return Err(invalid("it has a scheme, and image names have none"));
        }
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(Digest::parse(digest, "the reference")?)),
            None => (text, None),
        };
        let name: OciReference = name
            .parse()
            .map_err(|error: oci_client::ParseError| invalid(&error.to_string()))?;
        let manifest = match digest {
            Some(digest) => ManifestReference::Digest(digest),
            None => ManifestReference::Tag(name.tag().unwrap_or("latest").to_owned()),
        };
        Ok(Self { name, manifest })
    }

    /// The host to ask, with its port; Docker Hub's is not the one in its names.
    pub fn host(&self) -> &str {
        self.name.resolve_registry()
    }

    /// The host as names have it, with its port: what credentials are stored under.
    pub fn registry(&self) -> &str {
        self.name.registry()
    }

    /// Whether `text`, which this name was parsed from, begins with the registry's host.
    pub(in crate::source) fn names_its_registry(&self, text: &str) -> bool {
        text.strip_prefix(self.registry())
            .is_some_and(|rest| rest.starts_with('/'))
    }

    /// The repository.
    pub fn repository(&self) -> &str {
        self.name.repository()
    }

    /// Which manifest.
    pub fn manifest(&self) -> &ManifestReference {
        &self.manifest
    }

    /// The name without tag and digest.
    pub(in crate::source) fn without_manifest(&self) -> String {
        format!("{}/{}", self.registry(), self.repository())
    }

    /// The name without its host.
    pub(super) fn without_host(&self) -> String {
        let mark = match &self.manifest {
            ManifestReference::Tag(_) => ':',
            ManifestReference::Digest(_) => '@',
        };
        format!("{}{mark}{}", self.repository(), self.manifest)
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.registry(), self.without_host())
    }
}

/// A reference as it may be shown and written down: without a login that was put into it by
/// mistake.
pub fn without_login(reference: &str) -> String {
    let (scheme, rest) = match reference.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), reference),
    };
    let first = rest.split('/').next().unwrap_or_default();
    let after = rest.get(first.len()..).unwrap_or_default();
    match first.rsplit_once('@') {
        Some((login, host)) if login.contains(':') && !is_digest(host) => {
            let mut schemes = SCHEMES.iter().map(|scheme| format!("{scheme}:"));
            let kept = schemes.find(|scheme| login.starts_with(scheme));
            format!("{scheme}{}…@{host}{after}", kept.unwrap_or_default())
        }
        _ => reference.to_owned(),
    }
}

/// Schemes that a name may have before it.
const SCHEMES: [&str; 4] = ["registry", "docker-daemon", "docker", "podman"];

/// Whether what follows an `@` is meant as a digest.
fn is_digest(text: &str) -> bool {
    text.starts_with("sha256:") || text.starts_with("sha512:")
}

/// Whether a name holds something like `user@host/`, or `user:password@` anywhere: a password may
/// hold slashes.
fn names_a_user(text: &str) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let path = rest.split_once('/').map(|(first, _)| first);
    path.is_some_and(|first| first.contains('@'))
        || rest
            .rsplit_once('@')
            .is_some_and(|(login, host)| login.contains(':') && !is_digest(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_docker_hubs_and_a_digest_wins_over_a_tag() {
        let digest = Digest::sha256(b"x");
        for (text, registry, repository, manifest) in [
            ("debian", "docker.io", "library/debian", "latest".to_owned()),
            ("a/b:1", "docker.io", "a/b", "1".into()),
            ("localhost:5000/a", "localhost:5000", "a", "latest".into()),
            (
                &format!("registry.example/a/b:1@{digest}"),
                "registry.example",
                "a/b",
                digest.to_string(),
            ),
        ] {
            let name = ImageName::parse(text).unwrap();
            assert_eq!(name.registry(), registry);
            assert_eq!(name.repository(), repository);
            assert_eq!(name.manifest().to_string(), manifest);
        }
        assert_eq!(
            ImageName::parse("debian").unwrap().host(),
            "index.docker.io"
        );
    }

    #[test]
    fn a_password_in_a_name_is_refused_and_not_repeated() {
        for text in [
            "me:hunter2@registry.example/a",
            "me:hunter2@registry.example",
            "me:/hunter2@registry.example/a",
            "me:hunter2/a@hunter2@registry.example/a",
            "hunter2@registry.example/a",
        ] {
            let error = ImageName::parse(text).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        for (text, shown) in [
            ("me:pw@a.example/b", "…@a.example/b"),
            ("registry:me:pw@a.example/b", "registry:…@a.example/b"),
            ("docker://me:pw@a.example/b:1", "docker://…@a.example/b:1"),
            ("me:pw@a.example", "…@a.example"),
            ("podman:me:pw@a.example:5000/b", "podman:…@a.example:5000/b"),
            ("a.example/b@sha256:0", "a.example/b@sha256:0"),
            ("debian:12@sha256:0", "debian:12@sha256:0"),
            ("me@a.example", "me@a.example"),
            ("https://a.example/b@refs/c", "https://a.example/b@refs/c"),
            ("oci-dir:/a@b/c", "oci-dir:/a@b/c"),
            ("debian:12", "debian:12"),
        ] {
            assert_eq!(without_login(text), shown);
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            "Upper",
            "a b",
            "a@sha256:12",
            "https://registry.example/a",
            "a//b",
        ] {
            assert!(ImageName::parse(text).is_err(), "{text}");
        }
    }
}
