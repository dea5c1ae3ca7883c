//! Looking in every place where evidence may be attached: first for what is listed, then, each
//! artifact once, for what it is.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use super::artifact::About;
use super::place::{Entry, Job, Listed, jobs};
use super::{Artifact, Attached, SearchMethod, SearchState, SearchedPlace, SubjectKind, Subjects};
use crate::source::blobs::Document;
use crate::source::digest::Digest;
use crate::source::error::{SourceError, printable};
use crate::source::limits::SourceLimits;
use crate::source::manifest::Descriptor;

/// Requests at a time.
const SIDE_BY_SIDE: usize = 8;

/// Where evidence is looked for.
pub(crate) trait EvidenceStore: std::fmt::Debug + Send + Sync {
    /// Whether this store would have kept what is attached to the image. A copied layout mostly
    /// has not.
    fn carries(&self) -> bool {
        true
    }

    /// Manifests whose subject is this one; `None` where the store cannot tell.
    fn referrers(&self, subject: &Digest) -> Result<Option<Listing>, SourceError>;

    /// What has this tag, at most `limit` bytes.
    fn tagged(&self, tag: &str, limit: u64) -> Result<Option<(Descriptor, Document)>, SourceError>;

    /// The manifest or index with this digest, at most `limit` bytes.
    fn manifest(&self, digest: &Digest, limit: u64) -> Result<Document, SourceError>;

    /// A blob of at most `limit` bytes, in full, checked against its digest.
    fn blob(&self, digest: &Digest, limit: u64, what: &str) -> Result<Vec<u8>, SourceError>;
}

/// What a store lists.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listing {
    /// The manifests.
    pub(crate) descriptors: Vec<Descriptor>,
    /// Why these may not be all.
    pub(crate) missed: Option<String>,
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
        complete: false,
        detail: Some("this kind of source cannot carry it".into()),
    };
    Attached {
        places: methods.map(place).to_vec(),
        artifacts: Vec::new(),
    }
}

/// Every place, each in a state in which nothing was seen.
pub(super) fn unseen(subjects: &Subjects, state: SearchState, detail: Option<&str>) -> Attached {
    let places = jobs(subjects).into_iter();
    Attached {
        places: places
            .map(|job| job.unseen(state, detail.map(str::to_owned)))
            .collect(),
        artifacts: Vec::new(),
    }
}

/// Looks in every place.
pub(super) fn search(
    store: &dyn EvidenceStore,
    subjects: &Subjects,
    limits: &SourceLimits,
) -> Attached {
    let jobs = jobs(subjects);
    let looked = side_by_side(&jobs, |job| job.list(store, subjects, limits));
    let mut pointed: BTreeMap<(SubjectKind, Digest), Pointed> = BTreeMap::new();
    for (job, listed) in jobs.iter().zip(&looked) {
        for entry in listed.iter().flat_map(|listed| &listed.entries) {
            let key = (job.kind, entry.digest.clone());
            let pointed = pointed
                .entry(key)
                .or_insert_with(|| Pointed::new(job, entry));
            pointed.add(job, entry);
        }
    }
    let pointed: Vec<Pointed> = pointed.into_values().collect();
    let described = side_by_side(&pointed, |one| one.artifact(store, limits));
    let artifacts: Vec<Artifact> = described.into_iter().flatten().flatten().collect();
    let place = |(job, listed): (&Job, Option<Listed>)| match listed {
        Some(listed) => job.place(listed, &artifacts),
        None => job.unseen(
            SearchState::NotReachable,
            Some("the search ended early".into()),
        ),
    };
    Attached {
        places: jobs.iter().zip(looked).map(place).collect(),
        artifacts,
    }
}

/// Does some work for each item, several at a time; the results are in the order of the items.
fn side_by_side<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<Option<R>> {
    let (work, workers) = (&work, SIDE_BY_SIDE.min(items.len()));
    let mut done: BTreeMap<usize, R> = thread::scope(|scope| {
        let running: Vec<_> = (0..workers)
            .map(|first| {
                let own = items.iter().enumerate().skip(first).step_by(workers);
                scope.spawn(move || own.map(|(at, item)| (at, work(item))).collect::<Vec<_>>())
            })
            .collect();
        let ended = running.into_iter().filter_map(|one| one.join().ok());
        ended.flatten().collect()
    });
    (0..items.len()).map(|at| done.remove(&at)).collect()
}

/// One manifest, and all the places that list it.
#[derive(Debug)]
struct Pointed {
    subject: Digest,
    kind: SubjectKind,
    descriptor: Descriptor,
    digest: Digest,
    found_by: BTreeSet<SearchMethod>,
    tag: Option<String>,
}

impl Pointed {
    fn new(job: &Job, entry: &Entry) -> Self {
        Self {
            subject: job.subject.clone(),
            kind: job.kind,
            descriptor: entry.descriptor.clone(),
            digest: entry.digest.clone(),
            found_by: BTreeSet::new(),
            tag: None,
        }
    }

    fn add(&mut self, job: &Job, entry: &Entry) {
        self.found_by.insert(job.method);
        self.tag = self.tag.take().or_else(|| entry.tag.clone());
    }

    /// What it is; nothing where it turns out not to be about the image.
    fn artifact(&self, store: &dyn EvidenceStore, limits: &SourceLimits) -> Option<Artifact> {
        let mut artifact = Artifact {
            subject: self.subject.clone(),
            subject_kind: self.kind,
            found_by: self.found_by.clone(),
            digest: self.digest.clone(),
            media_type: printable(&self.descriptor.media_type),
            artifact_type: printable(&self.descriptor.artifact_type),
            tag: self.tag.clone(),
            size: self.descriptor.size,
            annotations: BTreeMap::new(),
            blobs: Vec::new(),
            unread: None,
        };
        match artifact.read(store, &self.descriptor, limits) {
            About::Subject | About::Unread => {}
            About::Another => return None,
            // What has no subject is no referrer (distribution-spec, "Listing Referrers").
            About::Unsaid => {
                let referrers = [SearchMethod::Referrers, SearchMethod::ReferrersTag];
                artifact.found_by.retain(|by| !referrers.contains(by));
            }
        }
        (!artifact.found_by.is_empty()).then_some(artifact)
    }
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

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..50).collect();
        let results = side_by_side(&items, |item| item + 1);
        let expected: Vec<Option<usize>> = (1..51).map(Some).collect();
        assert_eq!(results, expected);
    }
}
