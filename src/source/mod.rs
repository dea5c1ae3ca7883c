//! The source room: a reference in, manifests, configuration and blobs out. It never looks inside
//! a layer, uses the network only where a reference names it, and follows no name of an image out
//! of the folder or archive the user named.
//!
//! | file | its one job |
//! |---|---|
//! | `reference` | what the user named |
//! | `platform`, `digest`, `media_type` | the field's small values, and how they compare |
//! | `manifest`, `config` | the JSON documents of an image |
//! | `image_documents` | manifest and configuration of a chosen image |
//! | `blobs` | bytes by digest, out of a folder or an archive |
//! | `compression` | which compression some bytes have |
//! | `archive`, `tar_members` | a tar file, read at random |
//! | `tar_header` | one header block; the image room reads layers with it |
//! | `oci_layout`, `select` | an OCI image layout, and which of its images is meant |
//! | `listing` | what there is to choose from, as references to copy |
//! | `docker_archive` | what `docker save` writes |
//! | `rootfs`, `tar_encoder` | a folder, presented as one layer |
//! | `attached/` | signatures, SBOMs and attestations beside an image |
//! | `registry/` | an image in a registry, its layers as they arrive |
//! | `daemon` | an image that a daemon on this machine holds |
//! | `runtime` | the async runtime, which stays inside |
//! | `network` | how registries and daemons may be reached |
//! | `files` | the only place that opens files |
//! | `limits`, `error` | caps, and what can go wrong |

mod archive;
mod attached;
mod blobs;
mod compression;
mod config;
mod daemon;
mod digest;
mod docker_archive;
mod error;
mod files;
mod image_documents;
mod limits;
mod listing;
mod manifest;
mod media_type;
mod network;
mod oci_layout;
mod platform;
mod reference;
mod registry;
mod rootfs;
mod runtime;
mod select;
mod tar_encoder;
pub(crate) mod tar_header;
mod tar_members;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::Arc;

pub use attached::{
    Artifact, ArtifactBlob, Attached, SearchMethod, SearchState, SearchedPlace, SubjectKind,
};
pub use compression::Compression;
pub use config::{Healthcheck, HistoryStep, ImageConfiguration, RootFs, RunConfiguration};
pub use digest::{Algorithm, Digest, DigestVerifier, VerifyingReader};
pub use error::SourceError;
pub use limits::SourceLimits;
pub use network::{Environment, Login, Network};
pub use platform::Platform;
pub use reference::{Engine, Place, Reference, Selector, untagged};
pub use registry::{ImageName, ManifestReference, RemoteArtifact, RemoteLayer, without_login};

use archive::Archive;
use attached::{Evidence, Subjects};
use blobs::Blobs;
use files::{FileRange, read_capped};
use registry::Downloads;
use rootfs::RootfsFolder;

/// How to open a reference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// The platform asked for. Without one, Linux on this machine's architecture is preferred,
    /// else the only platform there is is taken.
    pub platform: Option<Platform>,
    /// Caps.
    pub limits: SourceLimits,
    /// How registries and daemons are reached.
    pub network: Network,
}

/// What kind of thing an image was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// An OCI image layout folder.
    OciDir,
    /// A tar of one.
    OciArchive,
    /// What `docker save` writes, in its old or new form.
    DockerArchive,
    /// A folder that holds a root file system.
    Rootfs,
    /// A registry.
    Registry,
    /// Docker's daemon.
    DockerDaemon,
    /// Podman's service.
    PodmanDaemon,
}

impl SourceKind {
    /// The scheme of references to it.
    pub fn name(self) -> &'static str {
        match self {
            Self::OciDir => "oci-dir",
            Self::OciArchive => "oci-archive",
            Self::DockerArchive => "docker-archive",
            Self::Rootfs => "rootfs",
            Self::Registry => "registry",
            Self::DockerDaemon => "docker",
            Self::PodmanDaemon => "podman",
        }
    }
}

/// One layer as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerBlob {
    /// Digest of the stored bytes, where the source names them by one; checked while read.
    pub digest: Option<Digest>,
    /// Digest the configuration states for the tar stream; the reader of the tar stream checks
    /// it. None for a root file system.
    pub diff_id: Option<Digest>,
    /// Media type as the manifest states it.
    pub media_type: Option<String>,
    /// Size as stored, in bytes; 0 for a root file system, whose size is not known before it is
    /// read.
    pub stored_bytes: u64,
}

/// The stored bytes of a layer, and how they are compressed.
pub struct LayerReader {
    /// By their first bytes. Where the media type says otherwise the bytes are right: they are
    /// what the digest vouches for.
    pub compression: Compression,
    /// Size and digest are checked while it is read, at its end; see [`VerifyingReader`].
    pub stored: Box<dyn Read + Send>,
}

/// An image whose manifest and configuration have been read and checked, and whose layers are
/// there to be read.
#[derive(Debug)]
pub struct SourceImage {
    /// The reference as the user gave it.
    pub reference: String,
    /// What it was read from.
    pub kind: SourceKind,
    /// Digest of the manifest, where there is one.
    pub manifest_digest: Option<Digest>,
    /// Digest of the index the manifest was chosen from; of several below one another, the
    /// outermost, which is what a tag names. `index.json` itself does not count.
    pub index_digest: Option<Digest>,
    /// Platforms of all images in that index, in containerd's normal form, sorted; `None` where
    /// there is no index, or where it does not say.
    pub platforms: Option<Arc<[Platform]>>,
    /// Digest of the configuration.
    pub config_digest: Option<Digest>,
    /// Platform of the image.
    pub platform: Platform,
    /// The image configuration.
    pub config: ImageConfiguration,
    /// Annotations of the index entry and, where both have one, of the manifest.
    pub annotations: BTreeMap<String, String>,
    /// Layers, lowest first.
    pub layers: Vec<LayerBlob>,
    evidence: Evidence,
    stores: Vec<LayerStore>,
}

/// Where the bytes of one layer are.
#[derive(Debug)]
enum LayerStore {
    Blob(Blobs, Digest),
    Member(FileRange),
    Rootfs(RootfsFolder),
    Remote(Arc<Downloads>, usize),
}

impl SourceImage {
    /// What is attached to the image, and where it was looked for; waits for the search to end.
    pub fn attached(&self) -> &Attached {
        self.evidence.found()
    }

    /// The contents of a part of something attached, at most `limit` bytes, checked for size and
    /// digest.
    ///
    /// # Errors
    /// [`SourceError::Limit`], or what reading the blob brings.
    pub fn read_attached(&self, blob: &ArtifactBlob, limit: u64) -> Result<Vec<u8>, SourceError> {
        self.evidence.read(blob, limit)
    }

    /// The digests that evidence about the image may name.
    fn subjects(&self) -> Option<Subjects> {
        Some(Subjects {
            index: self.index_digest.clone(),
            index_unknown: false,
            manifest: self.manifest_digest.clone()?,
        })
    }

    /// The stored bytes of layer `index` (from 0). May be called more than once, and from several
    /// threads.
    ///
    /// # Errors
    /// [`SourceError::NoSuchLayer`], [`SourceError::UnsupportedCompression`], or what opening the
    /// blob brings. While reading, an [`std::io::Error`] that carries a [`SourceError`].
    pub fn open_layer(&self, index: usize) -> Result<LayerReader, SourceError> {
        let what = layer_name(index.saturating_add(1));
        let mut stored = self.open_stored(index)?;
        let head = read_capped((&mut stored).take(MAGIC_BYTES), MAGIC_BYTES, &what)?;
        Ok(LayerReader {
            compression: Compression::of(&head, &what)?,
            stored: Box::new(Cursor::new(head).chain(stored)),
        })
    }

    fn open_stored(&self, index: usize) -> Result<Box<dyn Read + Send>, SourceError> {
        let number = index.saturating_add(1);
        let what = layer_name(number);
        match self.stores.get(index) {
            None => Err(SourceError::NoSuchLayer { number }),
            Some(LayerStore::Remote(downloads, number)) => downloads.open(*number),
            Some(LayerStore::Member(range)) => Ok(Box::new(range.clone())),
            Some(LayerStore::Rootfs(folder)) => Ok(Box::new(folder.stream()?)),
            Some(LayerStore::Blob(blobs, digest)) => {
                let range = blobs.open(digest, &what)?;
                let bytes = range.bytes_left();
                Ok(Box::new(
                    VerifyingReader::new(range, digest.clone(), what).with_size(bytes),
                ))
            }
        }
    }
}

/// Bytes that tell one compression from another.
const MAGIC_BYTES: u64 = 6;

/// How errors name a layer; `number` counts from 1.
fn layer_name(number: usize) -> String {
    format!("layer {number}")
}

/// Opens what a reference names: reads and checks index, manifest and configuration, and makes
/// sure that every layer is there. Layers are read later, with [`SourceImage::open_layer`].
///
/// # Errors
/// Any [`SourceError`].
pub fn open(reference: &Reference, options: &OpenOptions) -> Result<SourceImage, SourceError> {
    let request = |selector, place| Request {
        reference: reference.text(),
        place,
        selector,
        options,
    };
    match reference.place() {
        Place::OciDir { path, selector } => {
            let place = again(SourceKind::OciDir, path);
            let blobs = Blobs::folder(path)?;
            oci_layout::open(blobs, SourceKind::OciDir, &request(selector, &place))
        }
        Place::OciArchive { path, selector } => {
            let place = again(SourceKind::OciArchive, path);
            let blobs = Blobs::archive(Archive::open(path, &options.limits)?);
            oci_layout::open(blobs, SourceKind::OciArchive, &request(selector, &place))
        }
        Place::DockerArchive { path, selector } => {
            let place = again(SourceKind::DockerArchive, path);
            let archive = Archive::open(path, &options.limits)?;
            docker_archive::open(archive, &request(selector, &place))
        }
        Place::Archive { path, selector } => {
            let archive = Archive::open(path, &options.limits)?;
            let kind = kind_of(&archive)?;
            let place = again(kind, path);
            let request = request(selector, &place);
            match kind {
                SourceKind::DockerArchive => docker_archive::open(archive, &request),
                kind => oci_layout::open(Blobs::archive(archive), kind, &request),
            }
        }
        Place::Rootfs { path } => rootfs::open(path, reference.text(), options),
        Place::Registry { name, bare } => {
            let place = name.without_manifest();
            let opened = registry::open(name, &request(&Selector::Any, &place));
            opened.map_err(|error| match bare {
                true => error.of_a_bare_name(reference.text()),
                false => error,
            })
        }
        Place::Daemon { engine, name } => {
            let request = request(&Selector::Any, reference.text());
            daemon::open(*engine, name, &request)
        }
        Place::Facts { .. } => Err(SourceError::FactsDocument {
            reference: reference.text().to_owned(),
        }),
    }
}

/// How a path is named, without what chooses among its images: with its scheme, since a bare path
/// and a tag may look like a name.
fn again(kind: SourceKind, path: &Path) -> String {
    format!("{}:{}", kind.name(), path.display())
}

/// What is asked of a source that may hold several images.
struct Request<'a> {
    reference: &'a str,
    /// The reference without what chooses.
    place: &'a str,
    selector: &'a Selector,
    options: &'a OpenOptions,
}

/// What an archive is. One that is both, as `docker save` writes since Docker 25, is read as a
/// docker archive: its `manifest.json` says which images were saved.
fn kind_of(archive: &Archive) -> Result<SourceKind, SourceError> {
    if archive.has(docker_archive::MANIFEST) {
        return Ok(SourceKind::DockerArchive);
    }
    if archive.has(oci_layout::INDEX) {
        return Ok(SourceKind::OciArchive);
    }
    Err(SourceError::NotAnImage {
        path: archive.path().to_owned(),
        reason: "the archive has neither `manifest.json` nor `index.json`".into(),
        help: "name an archive of docker save, podman save or skopeo copy; \
               unpack a tar of a root file system and name rootfs:FOLDER"
            .into(),
    })
}
