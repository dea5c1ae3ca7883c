//! What is attached to an image of a registry.

use std::sync::Arc;

use super::RegistryClient;
use super::name::ManifestReference;
use crate::source::attached::{EvidenceStore, Listing};
use crate::source::blobs::Document;
use crate::source::digest::Digest;
use crate::source::error::SourceError;
use crate::source::limits::SourceLimits;
use crate::source::manifest::{Descriptor, Index, parse_json};

/// Pages of one listing.
const PAGES: usize = 100;

/// The evidence a repository holds.
#[derive(Debug)]
pub(super) struct RegistryEvidence {
    pub(super) client: Arc<RegistryClient>,
    pub(super) limits: SourceLimits,
}

impl EvidenceStore for RegistryEvidence {
    fn referrers(&self, subject: &Digest) -> Result<Option<Listing>, SourceError> {
        let (runtime, repository) = (&self.client.runtime, &self.client.repository);
        let mut listing = Listing::default();
        let mut next: Option<String> = None;
        for _ in 0..PAGES {
            let limit = self.limits.document_bytes;
            let page = runtime.wait(repository.referrers(subject, next.as_deref(), limit))?;
            let Some(page) = page else {
                return Ok(None);
            };
            let index: Index = parse_json(&page.bytes, "the list of referrers")?;
            listing.descriptors.extend(index.manifests);
            if listing.descriptors.len() > self.limits.manifests {
                return Ok(Some(listing));
            }
            match page.next {
                Some(path) => next = Some(path),
                None => {
                    listing.complete = true;
                    return Ok(Some(listing));
                }
            }
        }
        Ok(Some(listing))
    }

    fn tagged(&self, tag: &str) -> Result<Option<(Descriptor, Document)>, SourceError> {
        let reference = ManifestReference::Tag(tag.to_owned());
        let limit = self.limits.document_bytes;
        let Some(found) = self.client.manifest(&reference, limit)? else {
            return Ok(None);
        };
        let media_type = self.client.kind_of(&found)?;
        let size = found.bytes.len() as u64;
        self.client.remember(&found.digest, &found.bytes);
        let descriptor = Descriptor::of(&media_type, &found.digest, size);
        let document = Document {
            name: format!("manifest {}", found.digest),
            digest: found.digest,
            bytes: found.bytes,
        };
        Ok(Some((descriptor, document)))
    }

    fn manifest(&self, descriptor: &Descriptor) -> Result<Document, SourceError> {
        let digest = descriptor.digest("a manifest")?;
        let name = format!("manifest {digest}");
        let limit = self.limits.document_bytes;
        let bytes = match self.client.remembered(&digest) {
            Some(bytes) => bytes,
            None => {
                let reference = ManifestReference::Digest(digest.clone());
                let found = self.client.manifest(&reference, limit)?;
                let found = found.ok_or_else(|| SourceError::MissingBlob {
                    what: "manifest".into(),
                    digest: digest.clone(),
                    help: "the registry lists it and does not hold it".into(),
                })?;
                found.bytes
            }
        };
        Ok(Document {
            digest,
            name,
            bytes,
        })
    }

    fn blob(&self, digest: &Digest, size: u64, what: &str) -> Result<Vec<u8>, SourceError> {
        let blob = self.client.repository.small_blob(digest, what, size);
        let found = self.client.runtime.wait(blob)?;
        found.ok_or_else(|| SourceError::MissingBlob {
            what: what.to_owned(),
            digest: digest.clone(),
            help: "the registry lists it and does not hold it".into(),
        })
    }
}
