//! What the user named, parsed once.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::digest::Digest;
use super::error::SourceError;
use super::registry::ImageName;

/// A reference as the user wrote it, and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    text: String,
    place: Place,
}

/// Where a reference points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `oci-dir:PATH[:TAG|@DIGEST]`: an OCI image layout folder (image-layout.md).
    OciDir {
        /// The folder.
        path: PathBuf,
        /// Which of its images.
        selector: Selector,
    },
    /// `oci-archive:PATH[:TAG|@DIGEST]`: a tar of such a folder.
    OciArchive {
        /// The archive.
        path: PathBuf,
        /// Which of its images.
        selector: Selector,
    },
    /// `docker-archive:PATH[:TAG|@DIGEST]`: what `docker save` writes.
    DockerArchive {
        /// The archive.
        path: PathBuf,
        /// Which of its images.
        selector: Selector,
    },
    /// A bare path to a file: an archive of either kind, told apart when it is opened.
    Archive {
        /// The archive.
        path: PathBuf,
        /// Which of its images.
        selector: Selector,
    },
    /// `rootfs:PATH`: a folder that holds a root file system.
    Rootfs {
        /// The folder.
        path: PathBuf,
    },
    /// `registry:NAME`, `docker://NAME` or a bare `NAME`: an image in a registry.
    Registry {
        /// Its name.
        name: ImageName,
        /// Whether the reference may have been meant as a path that is not there.
        bare: bool,
    },
    /// `docker:NAME` or `podman:NAME`: an image that a daemon on this machine holds.
    Daemon {
        /// Which daemon.
        engine: Engine,
        /// What the daemon calls the image: a name or an ID.
        name: String,
    },
    /// `facts:FILE`: a facts document written earlier; not opened by this room.
    Facts {
        /// The document.
        path: PathBuf,
    },
}

/// A daemon that holds images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Docker, or anything that speaks its API at its address.
    Docker,
    /// Podman's service.
    Podman,
}

impl Engine {
    /// The scheme of references to it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }
}

/// Which image of several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Selector {
    /// The one for the platform.
    #[default]
    Any,
    /// The one with this tag or name.
    Tag(String),
    /// The manifest or index with this digest; of a docker archive also the configuration, which
    /// docker calls the image's ID.
    Digest(Digest),
}

impl Reference {
    /// The reference as given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it points.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The image or index with this digest in the same layout; `None` where a reference points to
    /// something else than a layout.
    pub fn sibling(&self, digest: &Digest) -> Option<Self> {
        let selector = Selector::Digest(digest.clone());
        let place = match &self.place {
            Place::OciDir { path, .. } => {
                let path = path.clone();
                Place::OciDir { path, selector }
            }
            Place::OciArchive { path, .. } => {
                let path = path.clone();
                Place::OciArchive { path, selector }
            }
            _ => return None,
        };
        Some(Self {
            text: format!("{digest} in the same layout"),
            place,
        })
    }

    /// What holds the image: the repository in a registry or daemon, or the layout or archive, so
    /// that two references can be told to point into the same one. `None` where a reference points to
    /// a place of one image alone.
    pub fn repository(&self) -> Option<String> {
        match &self.place {
            Place::OciDir { path, .. }
            | Place::OciArchive { path, .. }
            | Place::DockerArchive { path, .. }
            | Place::Archive { path, .. } => Some(path.display().to_string()),
            Place::Registry { name, .. } => Some(name.without_manifest()),
            Place::Daemon { engine, name } => {
                let untagged = name.split('@').next().unwrap_or(name);
                let untagged = match untagged.rsplit_once(':') {
                    Some((before, tag)) if !tag.contains('/') => before,
                    _ => untagged,
                };
                Some(format!("{}:{untagged}", engine.name()))
            }
            Place::Rootfs { .. } | Place::Facts { .. } => None,
        }
    }

    /// Parses a reference. Looks at which paths exist, since a path may contain a colon and a
    /// bare path has to be told from a name; opens nothing.
    ///
    /// # Errors
    /// [`SourceError::InvalidReference`], [`SourceError::UnsupportedReference`],
    /// [`SourceError::NotFound`], [`SourceError::NotAnImage`] or [`SourceError::InvalidDigest`].
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        let place = match text.split_once(':') {
            Some((scheme, rest)) => match with_scheme(text, scheme, rest)? {
                Some(place) => place,
                None => bare(text)?,
            },
            None => bare(text)?,
        };
        Ok(Self {
            text: text.to_owned(),
            place,
        })
    }
}

impl FromStr for Reference {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        Self::parse(text)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// The place of a reference with a scheme; `None` when the word before the colon is none.
fn with_scheme(text: &str, scheme: &str, rest: &str) -> Result<Option<Place>, SourceError> {
    let place = match scheme {
        // A host of that name with a port, as composed services have it.
        "registry" | "docker" | "podman" if begins_with_port(rest) => return Ok(None),
        "oci-dir" => {
            let (path, selector) = path_and_selector(text, rest)?;
            Place::OciDir { path, selector }
        }
        "oci-archive" => {
            let (path, selector) = path_and_selector(text, rest)?;
            Place::OciArchive { path, selector }
        }
        "docker-archive" => {
            let (path, selector) = path_and_selector(text, rest)?;
            Place::DockerArchive { path, selector }
        }
        "rootfs" => Place::Rootfs {
            path: some_path(text, rest)?,
        },
        "facts" => Place::Facts {
            path: some_path(text, rest)?,
        },
        "registry" => registry(rest)?,
        // `docker://` is how skopeo writes a registry.
        "docker" if rest.starts_with("//") => registry(rest.trim_start_matches('/'))?,
        "docker" | "docker-daemon" => daemon(text, Engine::Docker, rest)?,
        "podman" => daemon(text, Engine::Podman, rest)?,
        _ => return refuse_foreign_scheme(text, scheme, rest).map(|()| None),
    };
    Ok(Some(place))
}

/// Words before the colon of a reference that say where the image is.
const SCHEMES: [&str; 9] = [
    "registry",
    "docker",
    "docker-daemon",
    "podman",
    "oci-dir",
    "oci-archive",
    "docker-archive",
    "rootfs",
    "facts",
];

/// A reference as it is written without scheme, tag and digest: what stays when an image is built
/// anew, or moves from a daemon to a registry. Looks at no file, unlike [`Reference::repository`], so
/// that it is the same on another machine.
pub fn untagged(reference: &str) -> &str {
    let name = match reference.split_once(':') {
        Some((scheme, rest)) if SCHEMES.contains(&scheme) && !begins_with_port(rest) => {
            rest.strip_prefix("//").unwrap_or(rest)
        }
        _ => reference,
    };
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let last = name.rfind('/').map_or(0, |slash| slash.saturating_add(1));
    let tag = name.get(last..).and_then(|last| last.find(':'));
    let end = tag.map_or(name.len(), |colon| last.saturating_add(colon));
    name.get(..end).unwrap_or(name)
}

/// Whether a text is a port and a path, as in `HOST:PORT/NAME`.
fn begins_with_port(text: &str) -> bool {
    let port = text.split_once('/').map(|(port, _)| port.parse::<u16>());
    matches!(port, Some(Ok(_)))
}

fn registry(name: &str) -> Result<Place, SourceError> {
    let name = ImageName::parse(name)?;
    Ok(Place::Registry { name, bare: false })
}

fn daemon(text: &str, engine: Engine, name: &str) -> Result<Place, SourceError> {
    if name.is_empty() {
        return Err(SourceError::InvalidReference {
            reference: text.to_owned(),
            reason: "the name of the image is missing".into(),
        });
    }
    let name = name.to_owned();
    Ok(Place::Daemon { engine, name })
}

fn some_path(text: &str, rest: &str) -> Result<PathBuf, SourceError> {
    if rest.is_empty() {
        let reason = "the path is missing".into();
        return Err(SourceError::InvalidReference {
            reference: text.to_owned(),
            reason,
        });
    }
    Ok(PathBuf::from(rest))
}

/// Schemes of the field that this version does not read, each with what to write instead.
fn refuse_foreign_scheme(text: &str, scheme: &str, rest: &str) -> Result<(), SourceError> {
    let unsupported = |what: &str, instead: String| {
        let (reference, what) = (text.to_owned(), what.to_owned());
        Err(SourceError::UnsupportedReference {
            reference,
            what,
            instead,
        })
    };
    let name = rest.trim_start_matches('/');
    match scheme {
        "containers-storage" => unsupported(
            "container storage without podman's service is",
            format!("start the service and name podman:{name}"),
        ),
        "containerd" => unsupported(
            "containerd's storage is",
            format!(
                "export it: ctr images export image.tar {name}, then name oci-archive:image.tar"
            ),
        ),
        "oci" => unsupported("the scheme `oci` is", format!("write oci-dir:{rest}")),
        "dir" => unsupported(
            "skopeo's `dir` layout is",
            "copy it to an OCI layout: skopeo copy dir:PATH oci:FOLDER, then name oci-dir:FOLDER"
                .into(),
        ),
        _ => Ok(()),
    }
}

/// Splits `PATH[:TAG|@DIGEST]`. Of several ways to split, the one with the longest path that
/// exists is meant; if none exists, the first colon or the digest's `@` ends the path.
fn path_and_selector(text: &str, rest: &str) -> Result<(PathBuf, Selector), SourceError> {
    let whole = some_path(text, rest)?;
    if whole.exists() {
        return Ok((whole, Selector::Any));
    }
    let ends = rest
        .char_indices()
        .filter(|(_, c)| matches!(c, ':' | '@'))
        .map(|(at, _)| at);
    let splits: Vec<(&str, &str)> = ends.filter_map(|at| rest.split_at_checked(at)).collect();
    let exists = |(path, _): &&(&str, &str)| !path.is_empty() && Path::new(path).exists();
    let first = || splits.iter().find(|(path, _)| !path.is_empty());
    let Some((path, selector)) = splits.iter().rev().find(exists).or_else(first) else {
        return Ok((whole, Selector::Any));
    };
    let selector = match (selector.strip_prefix('@'), selector.strip_prefix(':')) {
        (Some(digest), _) => Selector::Digest(Digest::parse(digest, "the reference")?),
        (None, Some("")) => {
            let reason = "the tag after the colon is missing".into();
            return Err(SourceError::InvalidReference {
                reference: text.to_owned(),
                reason,
            });
        }
        (None, tag) => Selector::Tag(tag.unwrap_or_default().to_owned()),
    };
    Ok((PathBuf::from(path), selector))
}

/// Endings by which a name is a path: no image of the field is called so.
const ARCHIVES: [&str; 4] = [".tar", ".tgz", ".tar.gz", ".tar.zst"];

/// A reference without a scheme: a path that exists, or a name.
fn bare(text: &str) -> Result<Place, SourceError> {
    let whole = Path::new(text);
    if text.is_empty() {
        let reason = "it is empty".into();
        return Err(SourceError::InvalidReference {
            reference: String::new(),
            reason,
        });
    }
    let starts = ["/", "./", "../"];
    let stem = text.split([':', '@']).next().unwrap_or_default();
    let written_as_path = starts.iter().any(|start| text.starts_with(start))
        || ARCHIVES.iter().any(|end| stem.ends_with(end));
    let (path, selector) = if whole.exists() || !written_as_path {
        (whole.to_owned(), Selector::Any)
    } else {
        path_and_selector(text, text)?
    };
    if path.is_dir() {
        return folder(path, selector);
    }
    if path.exists() {
        return Ok(Place::Archive { path, selector });
    }
    if written_as_path {
        return Err(SourceError::NotFound {
            path: text.to_owned(),
        });
    }
    let name = ImageName::parse(text).map_err(|error| match error {
        SourceError::InvalidReference { reference, reason } => SourceError::InvalidReference {
            reference,
            reason: format!("there is no such path, and it names no image: {reason}"),
        },
        other => other,
    })?;
    // A host before the first slash leaves no doubt.
    let bare = !name.names_its_registry(text);
    Ok(Place::Registry { name, bare })
}

/// Tells an OCI layout from a root file system.
fn folder(path: PathBuf, selector: Selector) -> Result<Place, SourceError> {
    let has = |name: &str| path.join(name).exists();
    if has("oci-layout") || (has("index.json") && has("blobs")) {
        return Ok(Place::OciDir { path, selector });
    }
    if has("etc") || has("usr") {
        return Ok(Place::Rootfs { path });
    }
    Err(SourceError::NotAnImage {
        path: path.display().to_string(),
        reason: "it has neither `oci-layout` nor `etc` or `usr`".into(),
        help: "name an OCI layout or a root file system; rootfs:PATH takes any folder".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> SourceError {
        Reference::parse(text).unwrap_err()
    }

    #[test]
    fn a_tag_follows_the_first_colon_of_a_path_that_does_not_exist() {
        let read = Reference::parse("oci-dir:/no/such:a/b:1.0").unwrap();
        let path = PathBuf::from("/no/such");
        let selector = Selector::Tag("a/b:1.0".into());
        assert_eq!(read.place(), &Place::OciDir { path, selector });
    }

    #[test]
    fn a_path_that_exists_keeps_its_colons() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a:b");
        std::fs::create_dir(&path).unwrap();
        let read = Reference::parse(&format!("oci-dir:{}:latest", path.display())).unwrap();
        let selector = Selector::Tag("latest".into());
        assert_eq!(read.place(), &Place::OciDir { path, selector });
    }

    #[test]
    fn a_digest_follows_an_at_sign_and_is_checked() {
        let digest = Digest::sha256(b"x");
        let read = Reference::parse(&format!("oci-archive:/no/such.tar@{digest}")).unwrap();
        let (path, selector) = (PathBuf::from("/no/such.tar"), Selector::Digest(digest));
        assert_eq!(read.place(), &Place::OciArchive { path, selector });
        assert!(matches!(
            error("oci-dir:/no@sha256:12"),
            SourceError::InvalidDigest { .. }
        ));
    }

    #[test]
    fn a_name_that_is_no_path_is_an_image_in_a_registry() {
        for (text, name, bare) in [
            (
                "no-such-image",
                "docker.io/library/no-such-image:latest",
                true,
            ),
            ("registry.example/a/b:1", "registry.example/a/b:1", false),
            ("registry:debian:12", "docker.io/library/debian:12", false),
            ("docker://a/b", "docker.io/a/b:latest", false),
            ("registry:5000/a/b:1", "registry:5000/a/b:1", false),
            ("registry:2", "docker.io/library/2:latest", false),
        ] {
            let place = Reference::parse(text).unwrap().place().clone();
            let expected = ImageName::parse(name).unwrap().to_string();
            let Place::Registry { name, bare: found } = place else {
                panic!("{text}: {place:?}");
            };
            assert_eq!((name.to_string(), found), (expected, bare), "{text}");
        }
    }

    #[test]
    fn daemons_are_named_by_their_schemes() {
        for (text, engine) in [
            ("docker:debian:12", Engine::Docker),
            ("docker-daemon:debian:12", Engine::Docker),
            ("podman:debian:12", Engine::Podman),
        ] {
            let name = "debian:12".to_owned();
            let place = Reference::parse(text).unwrap().place().clone();
            assert_eq!(place, Place::Daemon { engine, name });
        }
    }

    #[test]
    fn foreign_schemes_are_refused_with_what_works_instead() {
        for text in ["containers-storage:x", "containerd:x", "oci:x", "dir:x"] {
            assert!(
                matches!(error(text), SourceError::UnsupportedReference { .. }),
                "{text}: {}",
                error(text)
            );
        }
    }

    #[test]
    fn something_written_as_a_path_that_is_not_there_is_a_missing_path() {
        for text in [
            "./no-such",
            "/no/such",
            "no-such.tar",
            "no-such.tar:latest",
            "../no/such.tar.gz",
        ] {
            assert!(
                matches!(error(text), SourceError::NotFound { .. }),
                "{text}"
            );
        }
    }

    #[test]
    fn a_folder_that_is_neither_layout_nor_root_is_no_image() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().display().to_string();
        assert!(matches!(error(&text), SourceError::NotAnImage { .. }));
        std::fs::create_dir(folder.path().join("etc")).unwrap();
        let place = Reference::parse(&text).unwrap().place().clone();
        assert_eq!(
            place,
            Place::Rootfs {
                path: folder.path().to_owned()
            }
        );
    }

    #[test]
    fn a_missing_path_or_tag_is_an_invalid_reference() {
        for text in [
            "",
            "oci-dir:",
            "rootfs:",
            "oci-dir:/no/such:",
            "facts:",
            "registry:",
            "docker:",
            "NoSuchPath",
        ] {
            assert!(
                matches!(error(text), SourceError::InvalidReference { .. }),
                "{text:?}"
            );
        }
    }

    #[test]
    fn an_untagged_reference_is_one_without_scheme_tag_and_digest() {
        for (reference, expected) in [
            (
                "registry.example:5000/team/cart:1.42",
                "registry.example:5000/team/cart",
            ),
            ("registry.example:5000/cart", "registry.example:5000/cart"),
            ("registry:5000/cart", "registry:5000/cart"),
            ("cart:1@sha256:00", "cart"),
            ("docker:cart:1", "cart"),
            ("docker://cart:1", "cart"),
            ("oci-dir:build/cart:1.42", "build/cart"),
            ("oci-archive:/tmp/a.b/cart.tar", "/tmp/a.b/cart.tar"),
        ] {
            assert_eq!(untagged(reference), expected);
        }
    }
}
