//! Facts of what is attached to the image, from what the source found.

use std::collections::BTreeMap;

use super::LIST_LIMIT;
use super::model::{
    ArtifactContent, AttachedArtifact, AttachedBlob, AttachedBy, AttachedEvidence, AttachedPlace,
    AttachedTo, Capped, Coverage, Gap, PlaceState, Topic, TopicCoverage,
};
use super::redaction::redact_values;
use crate::source::{
    Artifact, ArtifactBlob, Attached, SearchMethod, SearchState, SearchedPlace, SubjectKind,
};

/// Annotations that name the predicate type of a statement: BuildKit's, cosign's, and that of
/// Sigstore bundles.
const PREDICATE_TYPE: [&str; 3] = [
    "in-toto.io/predicate-type",
    "predicateType",
    "dev.sigstore.bundle.predicateType",
];

/// Starts of the predicate types of SBOMs.
const SBOM_PREDICATES: [&str; 4] = [
    "https://spdx.dev/Document",
    "https://spdx.dev/spdx",
    "https://cyclonedx.org/bom",
    "https://syft.dev/bom",
];

/// Start of the predicate types of provenance (slsa.dev, "Provenance").
const PROVENANCE_PREDICATE: &str = "https://slsa.dev/provenance/";

/// Words of the media types of SBOMs (IANA; cosign and Syft for theirs).
const SBOM_TYPES: [&str; 4] = ["spdx", "cyclonedx", "vnd.syft", "sbom"];

/// Words of the media types of signatures (cosign's SIGNATURE_SPEC.md; Notary Project's
/// signature-specification.md).
const SIGNATURE_TYPES: [&str; 3] = [
    "vnd.dev.cosign.simplesigning",
    "vnd.dev.cosign.artifact.sig",
    "vnd.cncf.notary.signature",
];

/// Words of the media types of attestations (in-toto, DSSE, Sigstore bundles).
const ATTESTATION_TYPES: [&str; 3] = ["in-toto", "dsse", "sigstore.bundle"];

/// Bytes of an annotation that is shown: certificates and proofs are for those who check them.
const ANNOTATION_BYTES: usize = 1 << 10;

/// The facts.
pub(super) fn attached_evidence(attached: &Attached) -> AttachedEvidence {
    let artifacts = attached.artifacts.iter().map(artifact).collect();
    let artifacts = Capped::new(artifacts, LIST_LIMIT);
    AttachedEvidence {
        places: attached.places.iter().map(place).collect(),
        complete: is_complete(&attached.places) && !artifacts.truncated,
        artifacts,
    }
}

/// Whether every place was looked through. A registry without the referrers API has its list under
/// a tag (OCI distribution-spec 1.1, "Unavailable Referrers API"), so that place alone may be
/// missing.
fn is_complete(places: &[SearchedPlace]) -> bool {
    let stands_in = |of: &SearchedPlace| {
        let tag = |one: &&SearchedPlace| one.method == SearchMethod::ReferrersTag;
        let mut tags = places.iter().filter(tag);
        of.method == SearchMethod::Referrers
            && of.state == SearchState::NotCarried
            && tags.any(|tag| tag.subject == of.subject && tag.complete)
    };
    let looked_through = |place: &SearchedPlace| place.complete || stands_in(place);
    !places.is_empty() && places.iter().all(looked_through)
}

/// How far the topic goes: absence is known only where everything was looked through, and all that
/// was found was read.
pub(super) fn coverage(evidence: &AttachedEvidence, gaps: &[Gap]) -> TopicCoverage {
    let of = |coverage, reason: String| TopicCoverage {
        coverage,
        reason: Some(reason),
    };
    // A rule that asks for an absence would find it in half a search that saw nothing.
    let unseen = match evidence.artifacts.total {
        0 => Coverage::Missing,
        _ => Coverage::Partial,
    };
    let state = |state: PlaceState| evidence.places.iter().find(move |one| one.state == state);
    let because = |place: &AttachedPlace| place.detail.clone().unwrap_or_default();
    if let Some(place) = state(PlaceState::NotReachable) {
        let reason = because(place);
        return of(
            unseen,
            format!("not every place could be looked through: {reason}"),
        );
    }
    let mut unread = evidence
        .artifacts
        .items
        .iter()
        .filter_map(|one| one.unread.as_ref());
    let gap = gaps.iter().find(|gap| gap.topic == Topic::AttachedEvidence);
    if let Some(why) = unread.next().or(gap.map(|gap| &gap.detail)) {
        return of(
            Coverage::Partial,
            format!("not all of it could be read: {why}"),
        );
    }
    if evidence.complete {
        return TopicCoverage {
            coverage: Coverage::Complete,
            reason: None,
        };
    }
    let unseen = state(PlaceState::NotAsked).or_else(|| {
        let open = |one: &&AttachedPlace| one.state == PlaceState::NotCarried;
        // Of the places a source lacks, the last is the one nothing stands in for.
        evidence.places.iter().rfind(open)
    });
    let reason = match unseen {
        Some(place) if place.state == PlaceState::NotAsked => "it was not to be looked for".into(),
        Some(place) => because(place),
        None => "it was not looked for".into(),
    };
    let coverage = match evidence.artifacts.total {
        0 => Coverage::NotSearched,
        _ => Coverage::Partial,
    };
    of(coverage, reason)
}

fn place(place: &SearchedPlace) -> AttachedPlace {
    AttachedPlace {
        subject: subject(place.subject),
        place: method(place.method),
        state: match place.state {
            SearchState::Found => PlaceState::Found,
            SearchState::SearchedNone => PlaceState::SearchedNone,
            SearchState::NotCarried => PlaceState::NotCarried,
            SearchState::NotReachable => PlaceState::NotReachable,
            SearchState::NotAsked => PlaceState::NotAsked,
        },
        complete: place.complete,
        detail: place.detail.clone(),
    }
}

fn subject(kind: SubjectKind) -> AttachedTo {
    match kind {
        SubjectKind::Index => AttachedTo::Index,
        SubjectKind::Manifest => AttachedTo::Manifest,
    }
}

fn method(method: SearchMethod) -> AttachedBy {
    match method {
        SearchMethod::Referrers => AttachedBy::Referrers,
        SearchMethod::ReferrersTag => AttachedBy::ReferrersTag,
        SearchMethod::CosignTags => AttachedBy::CosignTags,
        SearchMethod::IndexEntries => AttachedBy::IndexEntries,
    }
}

fn artifact(artifact: &Artifact) -> AttachedArtifact {
    AttachedArtifact {
        holds: holds(artifact),
        subject: subject(artifact.subject_kind),
        subject_digest: artifact.subject.to_string(),
        found_by: artifact.found_by.iter().copied().map(method).collect(),
        tag: artifact.tag.clone(),
        digest: artifact.digest.to_string(),
        media_type: artifact.media_type.clone(),
        artifact_type: Some(artifact.artifact_type.clone()).filter(|text| !text.is_empty()),
        size: artifact.size,
        annotations: shown(&artifact.annotations),
        blobs: artifact.blobs.iter().map(blob).collect(),
        unread: artifact.unread.clone(),
    }
}

fn shown(annotations: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut shown = redact_values(annotations);
    shown.retain(|key, value| key.len().max(value.len()) <= ANNOTATION_BYTES);
    shown
}

fn blob(blob: &ArtifactBlob) -> AttachedBlob {
    AttachedBlob {
        media_type: blob.media_type.clone(),
        digest: blob.digest.to_string(),
        size: blob.size,
        predicate_type: predicate_type(blob).map(str::to_owned),
    }
}

fn predicate_type(blob: &ArtifactBlob) -> Option<&str> {
    let mut named = PREDICATE_TYPE.iter();
    let found = named.find_map(|key| blob.annotations.get(*key).map(String::as_str));
    found.filter(|text| text.len() <= ANNOTATION_BYTES)
}

/// What the parts of an artifact are by their types; without parts, the artifact by its own.
fn holds(artifact: &Artifact) -> Vec<ArtifactContent> {
    let own = PREDICATE_TYPE
        .iter()
        .find_map(|key| artifact.annotations.get(*key));
    let mut holds: Vec<ArtifactContent> = artifact
        .blobs
        .iter()
        .map(|blob| {
            let predicate = predicate_type(blob).or(own.map(String::as_str));
            match content(&blob.media_type, predicate) {
                ArtifactContent::Other => content(&artifact.artifact_type, predicate),
                known => known,
            }
        })
        .collect();
    if holds.is_empty() {
        holds.push(content(&artifact.artifact_type, own.map(String::as_str)));
    }
    holds.sort();
    holds.dedup();
    holds
}

fn content(media_type: &str, predicate: Option<&str>) -> ArtifactContent {
    let media_type = media_type.to_ascii_lowercase();
    let is = |words: &[&str]| words.iter().any(|word| media_type.contains(word));
    let says = |start: &&str| predicate.is_some_and(|text| text.starts_with(*start));
    if is(&SIGNATURE_TYPES) {
        ArtifactContent::Signature
    } else if SBOM_PREDICATES.iter().any(&says) || is(&SBOM_TYPES) {
        ArtifactContent::Sbom
    } else if says(&PROVENANCE_PREDICATE) {
        ArtifactContent::Provenance
    } else if is(&ATTESTATION_TYPES) {
        ArtifactContent::Attestation
    } else {
        ArtifactContent::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_say_what_an_artifact_holds() {
        for (media_type, predicate, expected) in [
            ("application/spdx+json", None, ArtifactContent::Sbom),
            (
                "application/vnd.cyclonedx+json",
                None,
                ArtifactContent::Sbom,
            ),
            (
                "application/vnd.in-toto+json",
                Some("https://spdx.dev/Document"),
                ArtifactContent::Sbom,
            ),
            (
                "application/vnd.in-toto+json",
                Some("https://slsa.dev/provenance/v1"),
                ArtifactContent::Provenance,
            ),
            (
                "application/vnd.dsse.envelope.v1+json",
                Some("https://openvex.dev/ns/v0.2.0"),
                ArtifactContent::Attestation,
            ),
            (
                "application/vnd.dev.cosign.simplesigning.v1+json",
                None,
                ArtifactContent::Signature,
            ),
            ("application/x-thing", None, ArtifactContent::Other),
        ] {
            assert_eq!(content(media_type, predicate), expected, "{media_type}");
        }
    }
}
