//! What is attached to an image of an OCI image layout.

use std::collections::{BTreeMap, BTreeSet};

use super::search::{EvidenceStore, Listing, is_attached_tag};
use crate::source::blobs::{Blobs, Document, DocumentRole, Documents};
use crate::source::digest::Digest;
use crate::source::error::SourceError;
use crate::source::files::read_capped;
use crate::source::limits::SourceLimits;
use crate::source::manifest::{Descriptor, Index, Manifest, parse_json};
use crate::source::media_type::{DocumentKind, document_kind};
use crate::source::select::tag_of;

/// The manifests of a layout, by what they are attached to.
#[derive(Debug)]
pub(crate) struct LayoutEvidence {
    blobs: Blobs,
    limit: u64,
    tags: BTreeMap<String, Descriptor>,
    referrers: BTreeMap<Digest, Vec<Descriptor>>,
    complete: bool,
}

impl LayoutEvidence {
    /// Reads every manifest that `index.json` lists, and those of the indexes in it.
    pub(crate) fn gather(blobs: &Blobs, index: &Index, limits: &SourceLimits) -> Self {
        let mut evidence = Self {
            blobs: blobs.clone(),
            limit: limits.document_bytes,
            tags: BTreeMap::new(),
            referrers: BTreeMap::new(),
            complete: true,
        };
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<(Descriptor, usize)> = Vec::new();
        for entry in &index.manifests {
            if let Some(tag) = tag_of(&entry.annotations) {
                evidence.tags.entry(tag).or_insert_with(|| entry.clone());
            }
            waiting.push((entry.clone(), 0));
        }
        while let Some((entry, depth)) = waiting.pop() {
            let Ok(digest) = entry.digest("an index entry") else {
                continue;
            };
            if !seen.insert(digest) {
                continue;
            }
            if seen.len() > limits.manifests || depth > limits.index_depth {
                evidence.complete = false;
                break;
            }
            let depth = depth.saturating_add(1);
            match evidence.entry(&entry) {
                Ok(below) => waiting.extend(below.into_iter().map(|one| (one, depth))),
                // A manifest of another image may have been left out; one that is there and broken
                // may have been about this one.
                Err(SourceError::MissingBlob { .. }) => {}
                Err(_) => evidence.complete = false,
            }
        }
        for listed in evidence.referrers.values_mut() {
            listed.sort_by_key(|one| one.digest("a referrer").ok());
        }
        evidence
    }

    /// Notes what one entry refers to; the entries below an index.
    fn entry(&mut self, entry: &Descriptor) -> Result<Vec<Descriptor>, SourceError> {
        if document_kind(&entry.media_type) == DocumentKind::Index {
            let document = self
                .blobs
                .document(entry, DocumentRole::Index, self.limit)?;
            let index: Index = parse_json(&document.bytes, &document.name)?;
            return Ok(index.manifests);
        }
        let document = self
            .blobs
            .document(entry, DocumentRole::Manifest, self.limit)?;
        let manifest = Manifest::parse(&document.bytes, &document.name)?;
        if let Some(subject) = &manifest.subject {
            let subject = subject.digest("a subject")?;
            self.referrers
                .entry(subject)
                .or_default()
                .push(entry.clone());
        }
        Ok(Vec::new())
    }
}

impl EvidenceStore for LayoutEvidence {
    /// A layout with evidence of any image in it was written by something that keeps it.
    fn carries(&self) -> bool {
        !self.referrers.is_empty() || self.tags.keys().any(|tag| is_attached_tag(tag))
    }

    fn referrers(&self, subject: &Digest) -> Result<Option<Listing>, SourceError> {
        Ok(Some(Listing {
            descriptors: self.referrers.get(subject).cloned().unwrap_or_default(),
            complete: self.complete,
        }))
    }

    fn tagged(&self, tag: &str) -> Result<Option<(Descriptor, Document)>, SourceError> {
        let Some(descriptor) = self.tags.get(tag) else {
            return Ok(None);
        };
        let document = self
            .blobs
            .document(descriptor, DocumentRole::Manifest, self.limit)?;
        Ok(Some((descriptor.clone(), document)))
    }

    fn manifest(&self, descriptor: &Descriptor) -> Result<Document, SourceError> {
        let digest = descriptor.digest("a manifest")?;
        let file = self.blobs.open(&digest, "a manifest")?;
        let sized = Descriptor::of("", &digest, file.bytes_left());
        self.blobs
            .document(&sized, DocumentRole::Manifest, self.limit)
    }

    fn blob(&self, digest: &Digest, size: u64, what: &str) -> Result<Vec<u8>, SourceError> {
        let file = self.blobs.open(digest, what)?;
        let reader = crate::source::VerifyingReader::new(file, digest.clone(), what.to_owned());
        read_capped(reader.with_size(size), size, what)
    }
}
