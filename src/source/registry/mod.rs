//! Images in a registry (OCI distribution-spec 1.1).
//!
//! oci-client knows names. It reads errors of any length, tries nothing twice, follows any
//! redirect and knows no identity tokens; so requests are made beside it, with the HTTP library it
//! brings.
//!
//! | file | its one job |
//! |---|---|
//! | `name` | what an image is called |
//! | `client` | one repository: manifests, referrers, blobs |
//! | `http` | the HTTP library: certificates, redirects, caps, what its failures mean |
//! | `tries` | how often and after which waits it is asked again |
//! | `token` | challenges, and the tokens that answer them |
//! | `credentials` | who asks |
//! | `evidence` | what is attached to an image |
//! | `download` | layers, while they arrive |
//! | `pull` | an artifact that is no image |

mod client;
mod credentials;
mod download;
mod evidence;
mod http;
mod name;
mod pull;
mod token;
mod tries;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use serde::de::IgnoredAny;

pub(super) use download::Downloads;
pub(super) use http::is_loopback;
pub use name::{ImageName, ManifestReference, without_login};
pub use pull::{RemoteArtifact, RemoteLayer};

use super::attached::Evidence;
use super::blobs::{Document, DocumentRole, Documents};
use super::config::or_default;
use super::digest::Digest;
use super::error::{SourceError, printable};
use super::image_documents::{self, Chosen};
use super::manifest::{Descriptor, Index, parse_json};
use super::media_type::{DocumentKind, document_kind};
use super::network::Network;
use super::runtime::Runtime;
use super::select::{candidates, choose};
use super::{LayerStore, Request, SourceImage, SourceKind};
use client::{Fetched, Repository};
use evidence::RegistryEvidence;

/// Bytes of documents kept so that none is asked for twice.
const REMEMBERED_BYTES: usize = 16 << 20;

/// Opens the image that a name and a platform mean.
pub(super) fn open(name: &ImageName, request: &Request<'_>) -> Result<SourceImage, SourceError> {
    let network = &request.options.network;
    let client = Arc::new(RegistryClient::connect(name, network)?);
    let limit = request.options.limits.document_bytes;
    let Some(named) = client.manifest(name.manifest(), limit)? else {
        return Err(SourceError::RegistryNotFound {
            host: name.registry().to_owned(),
            name: name.without_host(),
        });
    };
    let media_type = client.kind_of(&named)?;
    let size = named.bytes.len() as u64;
    let index = Index {
        manifests: vec![Descriptor::of(&media_type, &named.digest, size)],
    };
    client.remember(&named.digest, &named.bytes);
    let chosen = choose(candidates(client.as_ref(), &index, request)?, request)?;
    let chosen = Chosen {
        kind: SourceKind::Registry,
        listed: chosen.item,
        platform: chosen.platform,
    };
    let repository = Arc::clone(&client.repository);
    let downloads = Arc::new(Downloads::new(repository, Arc::clone(&client.runtime)));
    let read = image_documents::read_image;
    let mut image = read(
        client.as_ref(),
        chosen,
        request,
        |layer: &Descriptor, digest: &Digest, what: &str| {
            let place = downloads.add(digest, layer.size, what);
            Ok(LayerStore::Remote(Arc::clone(&downloads), place))
        },
    )?;
    if let Some(mut subjects) = image.subjects() {
        let by_digest = matches!(name.manifest(), ManifestReference::Digest(_));
        subjects.index_unknown = by_digest && subjects.index.is_none();
        image.evidence = match network.attached {
            false => Evidence::not_asked(&subjects),
            true => {
                let limits = &request.options.limits;
                let store = Arc::new(RegistryEvidence::new(client, limits));
                Evidence::search_beside(store, subjects, limits.clone())
            }
        };
    }
    Ok(image)
}

/// What tells how a document is meant to be read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    schema_version: Option<u64>,
    #[serde(default, deserialize_with = "or_default")]
    media_type: String,
    manifests: Option<IgnoredAny>,
    layers: Option<IgnoredAny>,
}

/// A repository, asked and answering without async.
#[derive(Debug)]
pub(super) struct RegistryClient {
    host: String,
    repository: Arc<Repository>,
    runtime: Arc<Runtime>,
    remembered: Mutex<BTreeMap<Digest, Vec<u8>>>,
}

impl RegistryClient {
    fn connect(name: &ImageName, network: &Network) -> Result<Self, SourceError> {
        let credential = credentials::find(name, network)?;
        let runtime = Runtime::start()?;
        let repository = runtime.wait(Repository::connect(name, credential, network))?;
        Ok(Self {
            host: name.registry().to_owned(),
            repository: Arc::new(repository),
            runtime: Arc::new(runtime),
            remembered: Mutex::default(),
        })
    }

    /// A manifest or index, at most `limit` bytes; `None` if there is none.
    fn manifest(
        &self,
        reference: &ManifestReference,
        limit: u64,
    ) -> Result<Option<Fetched>, SourceError> {
        self.runtime
            .wait(self.repository.manifest(reference, limit))
    }

    /// The media type of a manifest: that of the answer, else the document's own. One that can be
    /// read in two ways is refused, since its digest does not say which is meant (image-spec,
    /// manifest.md, "mediaType"; CVE-2021-41190).
    fn kind_of(&self, fetched: &Fetched) -> Result<String, SourceError> {
        let nonsense = |reason: &str| self.repository.nonsense(reason);
        let document = format!("manifest {}", fetched.digest);
        let kind = document_kind(&fetched.media_type);
        let sent = printable(&fetched.media_type);
        let read = parse_json::<Shape>(&fetched.bytes, &document);
        let shape = match kind {
            DocumentKind::Other => {
                read.map_err(|_| nonsense(&format!("it sends `{sent}` where a manifest belongs")))?
            }
            _ => read?,
        };
        if shape.schema_version == Some(1) {
            return Err(SourceError::SchemaOne { document });
        }
        if shape.manifests.is_some() && shape.layers.is_some() {
            return Err(nonsense("it sends an index that is an image as well"));
        }
        let own = document_kind(&shape.media_type);
        match (kind, own) {
            (DocumentKind::Other, DocumentKind::Other) => Err(nonsense(&format!(
                "it sends `{sent}` where a manifest belongs"
            ))),
            (DocumentKind::Other, _) => Ok(shape.media_type),
            _ if own != kind && !shape.media_type.is_empty() => {
                let own = printable(&shape.media_type);
                Err(nonsense(&format!(
                    "it sends as `{sent}` what calls itself `{own}`"
                )))
            }
            _ => Ok(fetched.media_type.clone()),
        }
    }

    fn remember(&self, digest: &Digest, bytes: &[u8]) {
        let mut known = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let held: usize = known.values().map(Vec::len).sum();
        if held.saturating_add(bytes.len()) <= REMEMBERED_BYTES {
            known.insert(digest.clone(), bytes.to_vec());
        }
    }

    fn remembered(&self, digest: &Digest) -> Option<Vec<u8>> {
        let known = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known.get(digest).cloned()
    }

    fn fetch(
        &self,
        digest: &Digest,
        role: DocumentRole,
        (name, size): (&str, u64),
    ) -> Result<Vec<u8>, SourceError> {
        if let Some(bytes) = self.remembered(digest) {
            return Ok(bytes);
        }
        let found = match role {
            DocumentRole::Configuration => {
                let blob = self.repository.small_blob(digest, name, size);
                self.runtime.wait(blob)?
            }
            DocumentRole::Index | DocumentRole::Manifest => {
                let reference = ManifestReference::Digest(digest.clone());
                self.manifest(&reference, size)?.map(|found| found.bytes)
            }
        };
        let bytes = found.ok_or_else(|| SourceError::MissingBlob {
            what: role.name().to_owned(),
            digest: digest.clone(),
            help: client::INCOMPLETE.into(),
        })?;
        self.remember(digest, &bytes);
        Ok(bytes)
    }
}

impl Documents for RegistryClient {
    fn document(
        &self,
        descriptor: &Descriptor,
        role: DocumentRole,
        limit: u64,
    ) -> Result<Document, SourceError> {
        let digest = descriptor.digest(&format!("a {}", role.name()))?;
        let name = format!("{} {digest}", role.name());
        if descriptor.size > limit {
            let limit = format!("{limit} bytes");
            return Err(SourceError::Limit { what: name, limit });
        }
        let bytes = self.fetch(&digest, role, (&name, descriptor.size))?;
        let found = bytes.len() as u64;
        if found != descriptor.size {
            return Err(SourceError::SizeMismatch {
                what: name,
                stated: descriptor.size,
                found,
            });
        }
        Ok(Document {
            digest,
            name,
            bytes,
        })
    }
}
