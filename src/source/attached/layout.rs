//! What is attached to an image of an OCI image layout.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::search::{EvidenceStore, Listing, is_attached_tag};
use crate::source::blobs::{Blobs, Document, DocumentRole, Documents};
use crate::source::digest::{Digest, VerifyingReader};
use crate::source::error::SourceError;
use crate::source::files::read_capped;
use crate::source::limits::SourceLimits;
use crate::source::manifest::{Descriptor, Index, parse_json};
use crate::source::select::tag_of;

/// The manifests of a layout, by what they are attached to.
#[derive(Debug)]
pub(crate) struct LayoutEvidence {
    blobs: Blobs,
    tags: BTreeMap<String, Descriptor>,
    referrers: BTreeMap<Digest, Vec<Descriptor>>,
    carries: bool,
    missed: Option<String>,
}

/// What a manifest or index refers to (OCI image-spec 1.1, manifest.md and image-index.md).
#[derive(Deserialize)]
struct Referring {
    subject: Option<Descriptor>,
    manifests: Option<Vec<Descriptor>>,
}

impl LayoutEvidence {
    /// Reads every manifest that `index.json` lists, and those of the indexes in it.
    pub(crate) fn gather(blobs: &Blobs, index: &Index, limits: &SourceLimits) -> Self {
        let mut evidence = Self {
            blobs: blobs.clone(),
            tags: BTreeMap::new(),
            referrers: BTreeMap::new(),
            carries: false,
            missed: None,
        };
        let mut waiting: Vec<(Descriptor, usize)> = Vec::new();
        for entry in &index.manifests {
            if let Some(tag) = tag_of(&entry.annotations) {
                evidence.carries |= is_attached_tag(&tag);
                evidence.tags.entry(tag).or_insert_with(|| entry.clone());
            }
            waiting.push((entry.clone(), 0));
        }
        let (mut seen, mut listed) = (BTreeSet::new(), waiting.len());
        while let Some((entry, depth)) = waiting.pop() {
            if listed > limits.manifests || depth > limits.index_depth {
                evidence.missed = Some("the layout lists too much to be looked through".into());
                break;
            }
            let Ok(digest) = entry.digest("an index entry") else {
                continue;
            };
            if !seen.insert(digest) {
                continue;
            }
            match evidence.note(&entry, depth, limits) {
                Ok(below) => {
                    listed = listed.saturating_add(below.len());
                    let depth = depth.saturating_add(1);
                    waiting.extend(below.into_iter().map(|one| (one, depth)));
                }
                // A manifest of another image may have been left out; one that is there and broken
                // may have been about this one.
                Err(SourceError::MissingBlob { .. }) => {}
                Err(error) => evidence.missed = Some(error.to_string()),
            }
        }
        for listed in evidence.referrers.values_mut() {
            listed.sort_by_key(|one| one.digest("a referrer").ok());
        }
        evidence
    }

    /// Notes what one entry refers to; the entries below an index.
    fn note(
        &mut self,
        entry: &Descriptor,
        depth: usize,
        limits: &SourceLimits,
    ) -> Result<Vec<Descriptor>, SourceError> {
        let (role, limit) = (DocumentRole::Manifest, limits.document_bytes);
        let document = self.blobs.document(entry, role, limit)?;
        let referring: Referring = parse_json(&document.bytes, &document.name)?;
        if let Some(subject) = &referring.subject {
            let subject = subject.digest("a subject")?;
            let referrers = self.referrers.entry(subject).or_default();
            referrers.push(entry.clone());
            // What an index of platforms holds came along with it; what stands beside it was kept
            // on purpose.
            self.carries |= depth == 0;
        }
        Ok(referring.manifests.unwrap_or_default())
    }
}

impl EvidenceStore for LayoutEvidence {
    /// A layout with evidence of any image in it was written by something that keeps it.
    fn carries(&self) -> bool {
        self.carries
    }

    fn referrers(&self, subject: &Digest) -> Result<Option<Listing>, SourceError> {
        Ok(Some(Listing {
            descriptors: self.referrers.get(subject).cloned().unwrap_or_default(),
            missed: self.missed.clone(),
        }))
    }

    fn tagged(&self, tag: &str, limit: u64) -> Result<Option<(Descriptor, Document)>, SourceError> {
        let Some(descriptor) = self.tags.get(tag) else {
            return Ok(None);
        };
        let role = DocumentRole::Manifest;
        let document = self.blobs.document(descriptor, role, limit)?;
        Ok(Some((descriptor.clone(), document)))
    }

    fn manifest(&self, digest: &Digest, limit: u64) -> Result<Document, SourceError> {
        let file = self.blobs.open(digest, "a manifest")?;
        let sized = Descriptor::of("", digest, file.bytes_left());
        self.blobs.document(&sized, DocumentRole::Manifest, limit)
    }

    fn blob(&self, digest: &Digest, limit: u64, what: &str) -> Result<Vec<u8>, SourceError> {
        let file = self.blobs.open(digest, what)?;
        let reader = VerifyingReader::new(file, digest.clone(), what.to_owned());
        read_capped(reader, limit, what)
    }
}
