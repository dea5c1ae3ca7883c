//! What is attached to an image of a registry.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::time::{Instant, timeout_at};

use super::RegistryClient;
use super::name::ManifestReference;
use crate::source::attached::{EvidenceStore, Listing};
use crate::source::blobs::Document;
use crate::source::config::or_default;
use crate::source::digest::Digest;
use crate::source::error::SourceError;
use crate::source::limits::SourceLimits;
use crate::source::manifest::{Descriptor, parse_json};

/// Until all answers are there, with all tries for them: an image is scanned without what is
/// attached to it sooner than waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// The evidence a repository holds.
#[derive(Debug)]
pub(super) struct RegistryEvidence {
    client: Arc<RegistryClient>,
    limits: SourceLimits,
    until: Instant,
}

/// A page of referrers (distribution-spec, "Listing Referrers"). A document without the list is
/// none: some servers answer any path with JSON of their own.
#[derive(Deserialize)]
struct Page {
    // Go writes an empty list as null.
    #[serde(deserialize_with = "or_default")]
    manifests: Vec<Descriptor>,
}

impl RegistryEvidence {
    /// The search begins.
    pub(super) fn new(client: Arc<RegistryClient>, limits: &SourceLimits) -> Self {
        Self {
            client,
            limits: limits.clone(),
            // Of no weight for what is found: an answer that does not come in time is a failure.
            until: Instant::now()
                .checked_add(PATIENCE)
                .unwrap_or_else(Instant::now),
        }
    }

    /// Waits for an answer.
    fn wait<T>(
        &self,
        answer: impl Future<Output = Result<T, SourceError>>,
    ) -> Result<T, SourceError> {
        let answer = async { timeout_at(self.until, answer).await };
        match self.client.runtime.wait(answer) {
            Ok(answer) => answer,
            Err(_) => Err(SourceError::Unreachable {
                host: self.client.host.clone(),
                reason: format!("the search took longer than {} seconds", PATIENCE.as_secs()),
                help: "try again later".into(),
            }),
        }
    }

    fn missing(digest: &Digest, what: &str) -> SourceError {
        SourceError::MissingBlob {
            what: what.to_owned(),
            digest: digest.clone(),
            help: "the registry lists it and does not hold it".into(),
        }
    }
}

impl EvidenceStore for RegistryEvidence {
    fn referrers(&self, subject: &Digest) -> Result<Option<Listing>, SourceError> {
        let (limits, repository) = (&self.limits, &self.client.repository);
        let mut room = limits.document_bytes.saturating_mul(4);
        let mut listing = Listing::default();
        let mut next: Option<String> = None;
        for _ in 0..limits.referrer_pages {
            let limit = limits.document_bytes.min(room);
            let page = match self.wait(repository.referrers(subject, next.as_deref(), limit)) {
                Ok(Some(page)) => page,
                Ok(None) if next.is_none() => return Ok(None),
                // What the pages before list is there all the same.
                Ok(None) => break,
                Err(error) if next.is_none() => return Err(error),
                Err(error) => {
                    listing.missed = Some(error.to_string());
                    return Ok(Some(listing));
                }
            };
            room = room.saturating_sub(page.bytes.len() as u64);
            let index: Page = parse_json(&page.bytes, "the list of referrers")?;
            listing.descriptors.extend(index.manifests);
            if listing.descriptors.len() > limits.manifests {
                break;
            }
            next = match page.next {
                Some(path) => Some(path),
                None => return Ok(Some(listing)),
            };
        }
        let read = listing.descriptors.len();
        listing.missed = Some(format!("the list goes on after {read}"));
        Ok(Some(listing))
    }

    fn tagged(&self, tag: &str, limit: u64) -> Result<Option<(Descriptor, Document)>, SourceError> {
        let reference = ManifestReference::Tag(tag.to_owned());
        let found = self.wait(self.client.repository.manifest(&reference, limit))?;
        let Some(found) = found else {
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

    fn manifest(&self, digest: &Digest, limit: u64) -> Result<Document, SourceError> {
        let name = format!("manifest {digest}");
        let bytes = match self.client.remembered(digest) {
            Some(bytes) if bytes.len() as u64 > limit => {
                let limit = format!("{limit} bytes");
                return Err(SourceError::Limit { what: name, limit });
            }
            Some(bytes) => bytes,
            None => {
                let reference = ManifestReference::Digest(digest.clone());
                let found = self.wait(self.client.repository.manifest(&reference, limit))?;
                found
                    .ok_or_else(|| Self::missing(digest, "manifest"))?
                    .bytes
            }
        };
        Ok(Document {
            digest: digest.clone(),
            name,
            bytes,
        })
    }

    fn blob(&self, digest: &Digest, limit: u64, what: &str) -> Result<Vec<u8>, SourceError> {
        let blob = self.client.repository.small_blob(digest, what, limit);
        let found = self.client.runtime.wait(blob)?;
        found.ok_or_else(|| Self::missing(digest, what))
    }
}
