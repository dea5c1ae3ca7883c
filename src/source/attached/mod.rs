//! What is attached to an image without being part of it: signatures, SBOMs, attestations. Where
//! it was looked for, and what was there. The contents are fetched when somebody reads them.
//!
//! | file | its one job |
//! |---|---|
//! | `search` | every place, for both digests an image may be known by |
//! | `place` | one place, for one of them |
//! | `artifact` | what a manifest found there says |
//! | `layout` | the places of an OCI image layout; `registry/` has those of a registry |

mod artifact;
mod layout;
mod place;
mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{Builder, JoinHandle};

pub(super) use layout::LayoutEvidence;
pub(super) use search::{EvidenceStore, Listing, is_attached_tag};

use super::digest::Digest;
use super::error::SourceError;
use super::limits::SourceLimits;

/// Which of an image's two digests something is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SubjectKind {
    /// The index that lists the image's platforms.
    Index,
    /// The manifest of one platform.
    Manifest,
}

/// A place where attached evidence may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SearchMethod {
    /// Manifests that name the image as their subject: a registry's referrers API (OCI
    /// distribution-spec 1.1, "Listing Referrers"), or the manifests of a layout (image-spec 1.1,
    /// manifest.md, "subject").
    Referrers,
    /// The tag that lists them where there is no such API (distribution-spec, "Referrers Tag
    /// Schema").
    ReferrersTag,
    /// The tags of cosign: the digest with `.sig`, `.att` or `.sbom` (cosign, SIGNATURE_SPEC.md,
    /// "Discovery").
    CosignTags,
    /// Manifests beside the image in its index (BuildKit, "Image Attestation Storage").
    IndexEntries,
}

/// What became of looking in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SearchState {
    /// Something is there.
    Found,
    /// It was looked through, and there is nothing.
    SearchedNone,
    /// This kind of source has no such place, or a copy leaves it behind.
    NotCarried,
    /// It could not be looked through.
    NotReachable,
    /// It was not to be looked through.
    NotAsked,
}

/// One place, for one digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SearchedPlace {
    /// Which digest of the image.
    pub subject: SubjectKind,
    /// Which place.
    pub method: SearchMethod,
    /// What became of it.
    pub state: SearchState,
    /// Whether it was looked through to its end: what was not found there is not there.
    pub complete: bool,
    /// Why, where the state alone does not say.
    pub detail: Option<String>,
}

/// Something attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The digest it is attached to.
    pub subject: Digest,
    /// Which of the image's digests that is.
    pub subject_kind: SubjectKind,
    /// Where it was found; in several places at once, often.
    pub found_by: BTreeSet<SearchMethod>,
    /// Digest of its manifest.
    pub digest: Digest,
    /// Media type of its manifest.
    pub media_type: String,
    /// What it is (image-spec, manifest.md, "Guidelines for Artifact Usage"): the manifest's own
    /// word, else the type of its configuration. Empty when neither says.
    pub artifact_type: String,
    /// The tag it has, where it was found by one.
    pub tag: Option<String>,
    /// Size of its manifest, in bytes.
    pub size: u64,
    /// Annotations of its manifest and its descriptor, as many as there is room for.
    pub annotations: BTreeMap<String, String>,
    /// Its contents.
    pub blobs: Vec<ArtifactBlob>,
    /// Why its contents are not, or not all, known.
    pub unread: Option<String>,
}

/// A part of an artifact's contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactBlob {
    /// Media type.
    pub media_type: String,
    /// Digest.
    pub digest: Digest,
    /// Size in bytes.
    pub size: u64,
    /// Annotations, as many as there is room for.
    pub annotations: BTreeMap<String, String>,
}

/// What a search came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attached {
    /// Every place, in a fixed order.
    pub places: Vec<SearchedPlace>,
    /// What was found, by subject and digest.
    pub artifacts: Vec<Artifact>,
}

/// What is looked for: the digests an image is known by.
#[derive(Debug, Clone)]
pub(super) struct Subjects {
    /// The index the image was chosen from.
    pub(super) index: Option<Digest>,
    /// Whether there may be an index that is not known.
    pub(super) index_unknown: bool,
    /// The manifest of the image.
    pub(super) manifest: Digest,
}

impl Subjects {
    fn each(&self) -> impl Iterator<Item = (SubjectKind, &Digest)> {
        let index = self.index.iter().map(|digest| (SubjectKind::Index, digest));
        index.chain([(SubjectKind::Manifest, &self.manifest)])
    }
}

/// The evidence attached to an image: looked for beside the reading of layers, read on demand.
#[derive(Debug)]
pub(super) struct Evidence {
    store: Option<Arc<dyn EvidenceStore>>,
    running: Mutex<Option<Running>>,
    found: OnceLock<Attached>,
}

/// A search under way, and what it is for.
#[derive(Debug)]
struct Running {
    search: JoinHandle<Attached>,
    subjects: Subjects,
}

impl Evidence {
    fn known(found: Attached, store: Option<Arc<dyn EvidenceStore>>) -> Self {
        Self {
            store,
            running: Mutex::default(),
            found: OnceLock::from(found),
        }
    }

    /// Nothing can be attached to an image of this source.
    pub(super) fn not_carried() -> Self {
        Self::known(search::not_carried(), None)
    }

    /// Nobody wants to know.
    pub(super) fn not_asked(subjects: &Subjects) -> Self {
        let found = search::unseen(subjects, SearchState::NotAsked, None);
        Self::known(found, None)
    }

    /// Looks now.
    pub(super) fn search(
        store: Arc<dyn EvidenceStore>,
        subjects: &Subjects,
        limits: &SourceLimits,
    ) -> Self {
        let found = search::search(store.as_ref(), subjects, limits);
        Self::known(found, Some(store))
    }

    /// Looks while other things go on.
    pub(super) fn search_beside(
        store: Arc<dyn EvidenceStore>,
        subjects: Subjects,
        limits: SourceLimits,
    ) -> Self {
        let (searched, meant, caps) = (Arc::clone(&store), subjects.clone(), limits.clone());
        let work = move || search::search(searched.as_ref(), &meant, &caps);
        match Builder::new().name("evidence".into()).spawn(work) {
            Ok(search) => Self {
                store: Some(store),
                running: Mutex::new(Some(Running { search, subjects })),
                found: OnceLock::new(),
            },
            Err(_) => Self::search(store, &subjects, &limits),
        }
    }

    /// What was found; waits for a search under way.
    pub(super) fn found(&self) -> &Attached {
        self.found.get_or_init(|| {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(Running { search, subjects }) = running.take() else {
                return Attached::default();
            };
            search.join().unwrap_or_else(|_| {
                let why = "the search ended early";
                search::unseen(&subjects, SearchState::NotReachable, Some(why))
            })
        })
    }

    /// The contents of a part, at most `limit` bytes, checked for size and digest.
    pub(super) fn read(&self, blob: &ArtifactBlob, limit: u64) -> Result<Vec<u8>, SourceError> {
        let what = format!("attached {}", blob.digest);
        if blob.size > limit {
            let limit = format!("{limit} bytes");
            return Err(SourceError::Limit { what, limit });
        }
        let Some(store) = &self.store else {
            return Err(SourceError::MissingBlob {
                what,
                digest: blob.digest.clone(),
                help: "nothing is attached to an image of this source".into(),
            });
        };
        let bytes = store.blob(&blob.digest, blob.size, &what)?;
        match bytes.len() as u64 {
            found if found == blob.size => Ok(bytes),
            found => Err(SourceError::SizeMismatch {
                what,
                stated: blob.size,
                found,
            }),
        }
    }
}
