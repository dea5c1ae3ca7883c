//! Bytes by digest, out of an OCI image layout (image-layout.md, "Blobs"): a folder or a tar of
//! one. Names of blobs are built from parsed digests only.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::archive::Archive;
use super::digest::{Digest, VerifyingReader};
use super::error::SourceError;
use super::files::{FileRange, open_file, read_capped};
use super::manifest::Descriptor;

/// Where the blobs of an image layout are.
#[derive(Debug, Clone)]
pub(super) enum Blobs {
    /// In a folder; the path has its links resolved.
    Folder(PathBuf),
    /// In a tar archive.
    Archive(Arc<Archive>),
}

impl Blobs {
    /// The blobs of a folder.
    pub(super) fn folder(path: &Path) -> Result<Self, SourceError> {
        let resolved = path
            .canonicalize()
            .map_err(|error| SourceError::unreadable(path, &error))?;
        if !resolved.is_dir() {
            return Err(SourceError::NotAnImage {
                path: path.display().to_string(),
                reason: "it is not a folder".into(),
                help: "name an archive with oci-archive: or docker-archive:".into(),
            });
        }
        Ok(Self::Folder(resolved))
    }

    /// The blobs of an archive.
    pub(super) fn archive(archive: Archive) -> Self {
        Self::Archive(Arc::new(archive))
    }

    /// How messages name the place.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Folder(root) => root.display().to_string(),
            Self::Archive(archive) => archive.path().to_owned(),
        }
    }

    /// A file of the layout by its name; `None` if there is none.
    pub(super) fn named(&self, name: &str) -> Result<Option<FileRange>, SourceError> {
        match self {
            Self::Folder(root) => file_inside(root, name),
            Self::Archive(archive) => archive.member(name),
        }
    }

    /// A blob; `what` names it in errors.
    pub(super) fn open(&self, digest: &Digest, what: &str) -> Result<FileRange, SourceError> {
        let name = format!("blobs/{}/{}", digest.algorithm().name(), digest.hex());
        self.named(&name)?.ok_or_else(|| SourceError::MissingBlob {
            what: what.to_owned(),
            digest: digest.clone(),
            help: "the image is incomplete; copy it again from where it came from".into(),
        })
    }
}

impl Documents for Blobs {
    fn document(
        &self,
        descriptor: &Descriptor,
        role: DocumentRole,
        limit: u64,
    ) -> Result<Document, SourceError> {
        let kind = role.name();
        let digest = descriptor.digest(&format!("a {kind}"))?;
        let name = format!("{kind} {digest}");
        if descriptor.size > limit {
            let limit = format!("{limit} bytes");
            return Err(SourceError::Limit { what: name, limit });
        }
        let reader = VerifyingReader::new(self.open(&digest, kind)?, digest.clone(), name.clone())
            .with_size(descriptor.size);
        let bytes = read_capped(reader, limit, &name)?;
        Ok(Document {
            digest,
            name,
            bytes,
        })
    }
}

/// Where the JSON documents of an image come from.
pub(super) trait Documents {
    /// The document a descriptor names, at most `limit` bytes, checked for size and digest.
    fn document(
        &self,
        descriptor: &Descriptor,
        role: DocumentRole,
        limit: u64,
    ) -> Result<Document, SourceError>;
}

/// What a document is: registries keep manifests and indexes apart from other blobs (OCI
/// distribution-spec, "Pulling manifests" and "Pulling blobs").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DocumentRole {
    /// An image index or manifest list.
    Index,
    /// An image manifest.
    Manifest,
    /// An image configuration.
    Configuration,
}

impl DocumentRole {
    /// How messages name it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Manifest => "manifest",
            Self::Configuration => "configuration",
        }
    }
}

/// A JSON document whose size and digest are the stated ones.
#[derive(Debug)]
pub(super) struct Document {
    /// Its digest.
    pub(super) digest: Digest,
    /// How messages name it.
    pub(super) name: String,
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
}

/// A regular file below `root`. Links are followed as long as they stay below it: some build
/// tools store blobs as links to one another.
fn file_inside(root: &Path, name: &str) -> Result<Option<FileRange>, SourceError> {
    let path = root.join(name);
    let resolved = match path.canonicalize() {
        Ok(resolved) => resolved,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(SourceError::unreadable(&path, &error)),
    };
    if !resolved.starts_with(root) {
        return Err(SourceError::OutsideLayout {
            path: path.display().to_string(),
        });
    }
    // Opening a pipe would wait for ever.
    if !resolved.is_file() {
        let (path, reason) = (
            path.display().to_string(),
            "it is not a regular file".into(),
        );
        return Err(SourceError::Unreadable { path, reason });
    }
    let file = open_file(&resolved)?;
    let bytes = file
        .metadata()
        .map_err(|error| SourceError::unreadable(&path, &error))?
        .len();
    Ok(Some(FileRange::new(Arc::new(file), 0, bytes)))
}
