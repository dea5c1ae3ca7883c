//! Looking in every place where evidence may be attached.

use std::collections::BTreeMap;
use std::thread;

use super::{
    Artifact, ArtifactBlob, Attached, SearchMethod, SearchState, SearchedPlace, SubjectKind,
    Subjects,
};
use crate::source::blobs::Document;
use crate::source::digest::Digest;
use crate::source::error::{SourceError, printable};
use crate::source::limits::SourceLimits;
use crate::source::manifest::{Descriptor, Index, Manifest, parse_json};
use crate::source::media_type::{DocumentKind, document_kind, is_image_config};

/// Annotation of an index entry that says what the entry is for (BuildKit).
const REFERENCE_TYPE: &str = "vnd.docker.reference.type";
/// Annotation of the same that says which manifest it is about.
const REFERENCE_DIGEST: &str = "vnd.docker.reference.digest";
/// The type of attestations.
const ATTESTATION: &str = "attestation-manifest";
/// What cosign puts behind a digest.
const COSIGN: [&str; 3] = ["sig", "att", "sbom"];
/// Annotations kept of one artifact or part.
const ANNOTATIONS: usize = 64;
/// Bytes of one of them.
const ANNOTATION_BYTES: usize = 1 << 10;

/// Where evidence is looked for.
pub(crate) trait EvidenceStore: std::fmt::Debug + Send + Sync {
    /// Whether this store would have kept what is attached to the image. A copied layout mostly
    /// has not.
    fn carries(&self) -> bool {
        true
    }

    /// Manifests whose subject is this one; `None` where the store cannot tell.
    fn referrers(&self, subject: &Digest) -> Result<Option<Listing>, SourceError>;

    /// What has this tag.
    fn tagged(&self, tag: &str) -> Result<Option<(Descriptor, Document)>, SourceError>;

    /// The manifest or index a descriptor names.
    fn manifest(&self, descriptor: &Descriptor) -> Result<Document, SourceError>;

    /// A blob of this size, in full.
    fn blob(&self, digest: &Digest, size: u64, what: &str) -> Result<Vec<u8>, SourceError>;
}

/// What a store lists.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listing {
    /// The manifests.
    pub(crate) descriptors: Vec<Descriptor>,
    /// Whether these are all.
    pub(crate) complete: bool,
}

/// Whether a tag is one that evidence has, and no image.
pub(crate) fn is_attached_tag(tag: &str) -> bool {
    let Some((algorithm, rest)) = tag.split_once('-') else {
        return false;
    };
    let hex = rest.split('.').next().unwrap_or_default();
    Digest::parse(&format!("{algorithm}:{hex}"), "").is_ok()
}

/// Every place, in a source that has none of them.
pub(super) fn not_carried() -> Attached {
    let methods = [
        SearchMethod::Referrers,
        SearchMethod::ReferrersTag,
        SearchMethod::CosignTags,
    ];
    let place = |method| SearchedPlace {
        subject: SubjectKind::Manifest,
        method,
        state: SearchState::NotCarried,
        detail: Some("this kind of source cannot carry it".into()),
    };
    Attached {
        places: methods.map(place).to_vec(),
        artifacts: Vec::new(),
    }
}

/// Every place, not asked.
pub(super) fn not_asked(subjects: &Subjects) -> Attached {
    let places = jobs(subjects).into_iter();
    Attached {
        places: places
            .map(|job| job.place(SearchState::NotAsked, None))
            .collect(),
        artifacts: Vec::new(),
    }
}

/// Looks in every place, at once.
pub(super) fn search(
    store: &dyn EvidenceStore,
    subjects: &Subjects,
    limits: &SourceLimits,
) -> Attached {
    let jobs = jobs(subjects);
    let results: Vec<Found> = thread::scope(|scope| {
        let running: Vec<_> = jobs
            .iter()
            .map(|job| scope.spawn(|| job.look(store, subjects, limits)))
            .collect();
        let ended = running.into_iter().zip(&jobs);
        ended
            .map(|(running, job)| {
                let died = || job.nothing(SearchState::NotReachable, "the search died");
                running.join().unwrap_or_else(|_| died())
            })
            .collect()
    });
    let mut attached = Attached::default();
    let mut artifacts: BTreeMap<(SubjectKind, Digest), Artifact> = BTreeMap::new();
    for found in results {
        attached.places.push(found.place);
        for artifact in found.artifacts {
            let key = (artifact.subject_kind, artifact.digest.clone());
            let known = artifacts.entry(key).or_insert_with(|| artifact.clone());
            known.found_by.extend(artifact.found_by);
            known.tag = known.tag.take().or(artifact.tag);
        }
    }
    attached.artifacts = artifacts.into_values().collect();
    attached
}

/// One place to look in.
struct Job {
    subject: Digest,
    kind: SubjectKind,
    method: SearchMethod,
}

/// What it came to.
struct Found {
    place: SearchedPlace,
    artifacts: Vec<Artifact>,
}

fn jobs(subjects: &Subjects) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (kind, digest) in subjects.each() {
        let mut methods = vec![
            SearchMethod::Referrers,
            SearchMethod::ReferrersTag,
            SearchMethod::CosignTags,
        ];
        if kind == SubjectKind::Manifest && subjects.index.is_some() {
            methods.push(SearchMethod::IndexEntries);
        }
        jobs.extend(methods.into_iter().map(|method| Job {
            subject: digest.clone(),
            kind,
            method,
        }));
    }
    jobs
}

/// Manifests and the tag each was found by.
type Named = Vec<(Descriptor, Option<String>)>;

impl Job {
    fn place(&self, state: SearchState, detail: Option<String>) -> SearchedPlace {
        SearchedPlace {
            subject: self.kind,
            method: self.method,
            state,
            detail,
        }
    }

    fn nothing(&self, state: SearchState, detail: &str) -> Found {
        Found {
            place: self.place(state, Some(detail.to_owned())),
            artifacts: Vec::new(),
        }
    }

    fn look(&self, store: &dyn EvidenceStore, subjects: &Subjects, limits: &SourceLimits) -> Found {
        // An index that came along has its attestations listed in it, whatever else was left.
        if !store.carries() && self.method != SearchMethod::IndexEntries {
            let detail = "copying an image leaves behind what is attached to it";
            return self.nothing(SearchState::NotCarried, detail);
        }
        let listed = match self.method {
            SearchMethod::Referrers => self.referrers(store),
            SearchMethod::ReferrersTag => self.referrers_tag(store),
            SearchMethod::CosignTags => self.cosign_tags(store),
            SearchMethod::IndexEntries => self.index_entries(store, subjects),
        };
        let (named, complete) = match listed {
            Ok(Some(listed)) => listed,
            Ok(None) => return self.nothing(SearchState::NotCarried, "not offered here"),
            Err(error) => return self.nothing(SearchState::NotReachable, &error.to_string()),
        };
        let cut = named.len() > limits.attached;
        let artifacts: Vec<Artifact> = named
            .into_iter()
            .take(limits.attached)
            .filter_map(|(descriptor, tag)| self.artifact(store, &descriptor, tag, limits))
            .collect();
        let detail = (cut || !complete).then(|| {
            format!(
                "there is more than the {} that were listed",
                artifacts.len()
            )
        });
        let state = match (artifacts.is_empty(), &detail) {
            (false, _) => SearchState::Found,
            (true, None) => SearchState::SearchedNone,
            (true, Some(_)) => SearchState::NotReachable,
        };
        Found {
            place: self.place(state, detail),
            artifacts,
        }
    }

    fn referrers(&self, store: &dyn EvidenceStore) -> Result<Option<(Named, bool)>, SourceError> {
        let listing = store.referrers(&self.subject)?;
        Ok(listing.map(|listing| {
            let descriptors = listing.descriptors.into_iter();
            let named = descriptors.map(|one| (one, None)).collect();
            (named, listing.complete)
        }))
    }

    fn referrers_tag(
        &self,
        store: &dyn EvidenceStore,
    ) -> Result<Option<(Named, bool)>, SourceError> {
        let tag = tag_of(&self.subject);
        let Some((descriptor, document)) = store.tagged(&tag)? else {
            return Ok(Some((Vec::new(), true)));
        };
        // Bundles of cosign were once stored under the tag itself.
        if document_kind(&descriptor.media_type) != DocumentKind::Index {
            return Ok(Some((vec![(descriptor, Some(tag))], true)));
        }
        let index: Index = parse_json(&document.bytes, &document.name)?;
        let named = index.manifests.into_iter();
        let named = named.map(|one| (one, Some(tag.clone()))).collect();
        Ok(Some((named, true)))
    }

    fn cosign_tags(&self, store: &dyn EvidenceStore) -> Result<Option<(Named, bool)>, SourceError> {
        let mut named = Vec::new();
        for suffix in COSIGN {
            let tag = format!("{}.{suffix}", tag_of(&self.subject));
            if let Some((descriptor, _)) = store.tagged(&tag)? {
                named.push((descriptor, Some(tag)));
            }
        }
        Ok(Some((named, true)))
    }

    fn index_entries(
        &self,
        store: &dyn EvidenceStore,
        subjects: &Subjects,
    ) -> Result<Option<(Named, bool)>, SourceError> {
        let Some(index) = &subjects.index else {
            return Ok(None);
        };
        // The size is not known any more, and not needed: the digest vouches for the bytes.
        let descriptor = Descriptor::of("", index, 0);
        let document = store.manifest(&descriptor)?;
        let index: Index = parse_json(&document.bytes, &document.name)?;
        let subject = self.subject.to_string();
        let about = |entry: &Descriptor, key: &str| entry.annotations.get(key).cloned();
        let entries = index.manifests.into_iter().filter(|entry| {
            about(entry, REFERENCE_TYPE).as_deref() == Some(ATTESTATION)
                && about(entry, REFERENCE_DIGEST).as_deref() == Some(&subject)
        });
        Ok(Some((entries.map(|one| (one, None)).collect(), true)))
    }

    /// One artifact. What names another image as its subject is none of ours.
    fn artifact(
        &self,
        store: &dyn EvidenceStore,
        descriptor: &Descriptor,
        tag: Option<String>,
        limits: &SourceLimits,
    ) -> Option<Artifact> {
        let digest = descriptor.digest("attached evidence").ok()?;
        let mut artifact = Artifact {
            subject: self.subject.clone(),
            subject_kind: self.kind,
            found_by: [self.method].into(),
            digest,
            media_type: printable(&descriptor.media_type),
            artifact_type: printable(&descriptor.artifact_type),
            tag,
            size: descriptor.size,
            annotations: kept(&descriptor.annotations),
            blobs: Vec::new(),
            unread: None,
        };
        let read = store
            .manifest(descriptor)
            .and_then(|document| Manifest::parse(&document.bytes, &document.name));
        match read {
            Ok(manifest) => {
                if let Some(subject) = &manifest.subject
                    && subject.digest("a subject").ok()? != self.subject
                {
                    return None;
                }
                artifact.describe(&manifest, limits);
            }
            Err(error) => artifact.unread = Some(error.to_string()),
        }
        Some(artifact)
    }
}

impl Artifact {
    fn describe(&mut self, manifest: &Manifest, limits: &SourceLimits) {
        let config = &manifest.config.media_type;
        let stated = [manifest.artifact_type.as_str(), &self.artifact_type];
        let own = stated.into_iter().find(|text| !text.is_empty());
        self.artifact_type = match own {
            Some(own) => printable(own),
            None if is_image_config(config) => String::new(),
            None => printable(config),
        };
        let annotations = kept(&manifest.annotations);
        self.annotations.extend(annotations);
        let layers = manifest.layers.iter().take(limits.attached);
        self.blobs = layers
            .filter_map(|layer| {
                Some(ArtifactBlob {
                    media_type: printable(&layer.media_type),
                    digest: layer.digest("a part").ok()?,
                    size: layer.size,
                    annotations: kept(&layer.annotations),
                })
            })
            .collect();
        if self.blobs.len() < manifest.layers.len() {
            self.unread = Some("some of its parts are not described".into());
        }
    }
}

/// The tag of the referrers of a digest.
fn tag_of(digest: &Digest) -> String {
    format!("{}-{}", digest.algorithm().name(), digest.hex())
}

fn kept(annotations: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let short = |text: &&String| text.len() <= ANNOTATION_BYTES;
    annotations
        .iter()
        .filter(|(key, value)| short(key) && short(value))
        .take(ANNOTATIONS)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_evidence_are_told_from_tags_of_images() {
        let hex = "a".repeat(64);
        for tag in [format!("sha256-{hex}"), format!("sha256-{hex}.sig")] {
            assert!(is_attached_tag(&tag), "{tag}");
        }
        for tag in ["latest", "sha256-1", "1.0-slim", "sha256"] {
            assert!(!is_attached_tag(tag), "{tag}");
        }
    }
}
