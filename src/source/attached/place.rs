//! One place where evidence may be listed, for one digest of the image.

use std::collections::BTreeSet;

use super::search::EvidenceStore;
use super::{Artifact, SearchMethod, SearchState, SearchedPlace, SubjectKind, Subjects};
use crate::source::digest::Digest;
use crate::source::limits::SourceLimits;
use crate::source::manifest::{Descriptor, Index, parse_json};
use crate::source::media_type::{DocumentKind, document_kind};

/// Annotation of an index entry that says what the entry is for (BuildKit).
const REFERENCE_TYPE: &str = "vnd.docker.reference.type";
/// Annotation of the same that says which manifest it is about.
const REFERENCE_DIGEST: &str = "vnd.docker.reference.digest";
/// The type of attestations.
const ATTESTATION: &str = "attestation-manifest";
/// What cosign puts behind a digest.
const COSIGN: [&str; 3] = ["sig", "att", "sbom"];
/// One place to look in.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) subject: Digest,
    pub(super) kind: SubjectKind,
    pub(super) method: SearchMethod,
}

/// What is listed in a place.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) entries: Vec<Entry>,
    /// Why there may be more.
    missed: Option<String>,
    /// The place was not looked through, for this reason.
    nothing: Option<(SearchState, String)>,
}

/// One manifest that a place lists.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) digest: Digest,
    pub(super) descriptor: Descriptor,
    /// The tag that led to it.
    pub(super) tag: Option<String>,
}

/// Every place, for each digest, in the order of the report.
pub(super) fn jobs(subjects: &Subjects) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (kind, digest) in subjects.each() {
        let mut methods = vec![
            SearchMethod::Referrers,
            SearchMethod::ReferrersTag,
            SearchMethod::CosignTags,
        ];
        // Where the image was named by the digest of its manifest, whether there is an index is not
        // known, and so is not what it lists.
        if kind == SubjectKind::Manifest && (subjects.index.is_some() || subjects.index_unknown) {
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

impl Job {
    /// The place, in a state in which nothing was seen.
    pub(super) fn unseen(&self, state: SearchState, detail: Option<String>) -> SearchedPlace {
        SearchedPlace {
            subject: self.kind,
            method: self.method,
            state,
            complete: false,
            detail,
        }
    }

    /// What became of looking here, once it is known which of the manifests listed are about the
    /// image.
    pub(super) fn place(&self, listed: Listed, artifacts: &[Artifact]) -> SearchedPlace {
        if let Some((state, detail)) = listed.nothing {
            return self.unseen(state, Some(detail));
        }
        let ours = |entry: &&Entry| {
            let mut artifacts = artifacts.iter();
            artifacts.any(|one| {
                (one.subject_kind, &one.digest) == (self.kind, &entry.digest)
                    && one.found_by.contains(&self.method)
            })
        };
        let found = listed.entries.iter().filter(ours).count();
        let foreign = listed.entries.len().saturating_sub(found);
        let foreign =
            (foreign > 0).then(|| format!("{foreign} listed here do not name this image"));
        SearchedPlace {
            subject: self.kind,
            method: self.method,
            state: state(found, listed.missed.is_none()),
            complete: listed.missed.is_none(),
            detail: listed.missed.or(foreign),
        }
    }

    /// The manifests listed here, as many as the limits allow.
    pub(super) fn list(
        &self,
        store: &dyn EvidenceStore,
        subjects: &Subjects,
        limits: &SourceLimits,
    ) -> Listed {
        // An index that came along has its attestations listed in it, whatever else was left.
        if !store.carries() && self.method != SearchMethod::IndexEntries {
            let detail = "copying an image leaves behind what is attached to it";
            return Listed::nothing(SearchState::NotCarried, detail);
        }
        let mut listed = match self.method {
            SearchMethod::Referrers => self.referrers(store),
            SearchMethod::ReferrersTag => self.referrers_tag(store, limits),
            SearchMethod::CosignTags => self.cosign_tags(store, limits),
            SearchMethod::IndexEntries => self.index_entries(store, subjects, limits),
        };
        let total = listed.entries.len();
        if total > limits.attached {
            listed.entries.truncate(limits.attached);
            listed.miss(format!("{} of {total} are looked at", limits.attached));
        }
        listed
    }

    fn referrers(&self, store: &dyn EvidenceStore) -> Listed {
        match store.referrers(&self.subject) {
            Ok(Some(listing)) => {
                let mut listed = Listed {
                    missed: listing.missed,
                    ..Listed::default()
                };
                listed.extend(listing.descriptors, None);
                listed
            }
            Ok(None) => Listed::nothing(SearchState::NotCarried, "the registry has no such API"),
            Err(error) => Listed::nothing(SearchState::NotReachable, &error.to_string()),
        }
    }

    fn referrers_tag(&self, store: &dyn EvidenceStore, limits: &SourceLimits) -> Listed {
        let tag = tag_of(&self.subject);
        let mut listed = Listed::default();
        match store.tagged(&tag, limits.document_bytes) {
            Ok(None) => {}
            Ok(Some((descriptor, document))) => {
                if document_kind(&descriptor.media_type) == DocumentKind::Index {
                    match parse_json::<Index>(&document.bytes, &document.name) {
                        Ok(index) => listed.extend(index.manifests, Some(&tag)),
                        Err(error) => listed.miss(error.to_string()),
                    }
                } else {
                    listed.extend([descriptor], Some(&tag));
                }
            }
            Err(error) => listed.miss(error.to_string()),
        }
        listed
    }

    fn cosign_tags(&self, store: &dyn EvidenceStore, limits: &SourceLimits) -> Listed {
        let mut listed = Listed::default();
        for suffix in COSIGN {
            let tag = format!("{}.{suffix}", tag_of(&self.subject));
            match store.tagged(&tag, limits.document_bytes) {
                Ok(found) => listed.extend(found.map(|(descriptor, _)| descriptor), Some(&tag)),
                Err(error) => listed.miss(error.to_string()),
            }
        }
        listed
    }

    /// Attestations beside the image, in its index and in the indexes that lists.
    fn index_entries(
        &self,
        store: &dyn EvidenceStore,
        subjects: &Subjects,
        limits: &SourceLimits,
    ) -> Listed {
        let Some(index) = &subjects.index else {
            let detail = "named by the digest of one platform, an image does not say its index";
            return Listed::nothing(SearchState::NotCarried, detail);
        };
        let subject = self.subject.to_string();
        let mut listed = Listed::default();
        let (mut seen, mut entries) = (BTreeSet::new(), 0_usize);
        let mut waiting = vec![(index.clone(), 1_usize)];
        while let Some((digest, depth)) = waiting.pop() {
            if !seen.insert(digest.clone()) {
                continue;
            }
            let read = store.manifest(&digest, limits.document_bytes);
            let read = read.and_then(|it| parse_json::<Index>(&it.bytes, &it.name));
            let index = match read {
                Ok(index) => index,
                Err(error) => {
                    listed.miss(error.to_string());
                    continue;
                }
            };
            entries = entries.saturating_add(index.manifests.len());
            if depth > limits.index_depth || entries > limits.manifests {
                listed.miss("the index lists too much to be looked through".into());
                break;
            }
            let about = |entry: &Descriptor, key: &str| entry.annotations.get(key).cloned();
            for entry in index.manifests {
                if document_kind(&entry.media_type) == DocumentKind::Index {
                    let below = entry.digest("an index entry").ok();
                    waiting.extend(below.map(|digest| (digest, depth.saturating_add(1))));
                } else if about(&entry, REFERENCE_TYPE).as_deref() == Some(ATTESTATION)
                    && about(&entry, REFERENCE_DIGEST).as_deref() == Some(&subject)
                {
                    listed.extend([entry], None);
                }
            }
        }
        listed
    }
}

impl Listed {
    fn nothing(state: SearchState, detail: &str) -> Self {
        Self {
            nothing: Some((state, detail.to_owned())),
            ..Self::default()
        }
    }

    /// Notes why there may be more; the first reason stays.
    fn miss(&mut self, reason: String) {
        self.missed.get_or_insert(reason);
    }

    fn extend(&mut self, descriptors: impl IntoIterator<Item = Descriptor>, tag: Option<&str>) {
        for descriptor in descriptors {
            match descriptor.digest("attached evidence") {
                Ok(digest) => self.entries.push(Entry {
                    digest,
                    descriptor,
                    tag: tag.map(str::to_owned),
                }),
                Err(error) => self.miss(error.to_string()),
            }
        }
    }
}

/// What became of a place that was looked through, to its end or not.
fn state(found: usize, complete: bool) -> SearchState {
    match (found, complete) {
        (0, true) => SearchState::SearchedNone,
        (0, false) => SearchState::NotReachable,
        _ => SearchState::Found,
    }
}

/// The tag of the referrers of a digest.
fn tag_of(digest: &Digest) -> String {
    format!("{}-{}", digest.algorithm().name(), digest.hex())
}
