//! What is attached to the image without being part of it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Capped;

/// Signatures, SBOMs and attestations attached to the image, and where they were looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachedEvidence {
    /// Every place where something may be attached, for each of the image's digests.
    pub places: Vec<AttachedPlace>,
    /// Whether every place where something may be was looked through to its end, so that what is
    /// not listed here is not attached. False where the source cannot carry it, and where an image
    /// is named by the digest of one platform, whose index is then not known.
    pub complete: bool,
    /// What was found, by subject and digest. What its contents say is in `input.sboms`, `.signatures`
    /// and `.attestations`.
    pub artifacts: Capped<AttachedArtifact>,
}

/// Which of the image's digests something is attached to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AttachedTo {
    /// `image.index_digest`.
    Index,
    /// `image.digest`, the manifest of one platform.
    Manifest,
}

/// A kind of place.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AttachedBy {
    /// Manifests that name the image as their subject (OCI distribution-spec 1.1, "Listing
    /// Referrers"; image-spec 1.1, manifest.md, "subject").
    Referrers,
    /// The tag `sha256-<hex>` (distribution-spec 1.1, "Referrers Tag Schema").
    ReferrersTag,
    /// The tags `sha256-<hex>.sig`, `.att` and `.sbom` of cosign.
    CosignTags,
    /// Attestation manifests beside the image in its index, as BuildKit writes them.
    IndexEntries,
}

/// What became of looking in a place.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PlaceState {
    /// Something is there.
    Found,
    /// It was looked through, and there is nothing.
    SearchedNone,
    /// The source has no such place, or a copy leaves it behind: silence says nothing.
    NotCarried,
    /// It could not be looked through.
    NotReachable,
    /// It was not to be looked through (`--no-attached`).
    NotAsked,
}

/// One place, for one digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachedPlace {
    /// Which of the image's digests.
    pub subject: AttachedTo,
    /// Which place.
    pub place: AttachedBy,
    /// What became of it.
    pub state: PlaceState,
    /// Whether it was looked through to its end.
    pub complete: bool,
    /// Why, where the state alone does not say.
    pub detail: Option<String>,
}

/// What an artifact holds, as its types say.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ArtifactContent {
    /// A signature over the image (cosign, Notary Project).
    Signature,
    /// An SBOM: SPDX, CycloneDX or Syft's own, bare or as the predicate of an attestation.
    Sbom,
    /// SLSA provenance.
    Provenance,
    /// An attestation (in-toto) of another kind, or of one that its annotations do not name: it may
    /// be any of the others.
    Attestation,
    /// Anything else.
    Other,
}

/// Something attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachedArtifact {
    /// What it holds, each kind once. A claim of its types; what its contents say
    /// is in `input.sboms`, `.signatures` and `.attestations`.
    pub holds: Vec<ArtifactContent>,
    /// Which of the image's digests it is attached to.
    pub subject: AttachedTo,
    /// That digest.
    pub subject_digest: String,
    /// The places it was found in.
    pub found_by: Vec<AttachedBy>,
    /// The tag it has, where it was found by one.
    pub tag: Option<String>,
    /// Digest of its manifest.
    pub digest: String,
    /// Media type of its manifest.
    pub media_type: String,
    /// Its artifact type; null where nothing states one.
    pub artifact_type: Option<String>,
    /// Size of its manifest, in bytes.
    pub size: u64,
    /// Its annotations, without those of more than 1 KiB.
    pub annotations: BTreeMap<String, String>,
    /// The parts of its content.
    pub blobs: Vec<AttachedBlob>,
    /// Why its parts are not, or not all, listed; null when they are.
    pub unread: Option<String>,
}

/// A part of an artifact's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachedBlob {
    /// Media type.
    pub media_type: String,
    /// Digest.
    pub digest: String,
    /// Size in bytes.
    pub size: u64,
    /// Predicate type of an in-toto statement, where an annotation names it.
    pub predicate_type: Option<String>,
}
