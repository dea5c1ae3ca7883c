//! Facts of what is attached to the image, from what the source found.

use super::LIST_LIMIT;
use super::model::{
    ArtifactContent, AttachedArtifact, AttachedBlob, AttachedBy, AttachedEvidence, AttachedPlace,
    AttachedTo, Capped, Coverage, PlaceState, TopicCoverage,
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

/// The facts.
pub(super) fn attached_evidence(attached: &Attached) -> AttachedEvidence {
    let artifacts = attached.artifacts.iter().map(artifact).collect();
    AttachedEvidence {
        places: attached.places.iter().map(place).collect(),
        artifacts: Capped::new(artifacts, LIST_LIMIT),
    }
}

/// How far the topic goes: absence is known only where everything was looked through, and what
/// was found has not been read.
pub(super) fn coverage(evidence: &AttachedEvidence) -> TopicCoverage {
    let of = |coverage, reason: String| TopicCoverage {
        coverage,
        reason: Some(reason),
    };
    let found = evidence.artifacts.total;
    let state = |state: PlaceState| evidence.places.iter().find(move |one| one.state == state);
    let searched = state(PlaceState::Found).or_else(|| state(PlaceState::SearchedNone));
    let because = |place: &AttachedPlace| place.detail.clone().unwrap_or_default();
    if let Some(place) = state(PlaceState::NotReachable) {
        let reason = format!(
            "not every place could be looked through: {}",
            because(place)
        );
        return match searched {
            Some(_) => of(Coverage::Partial, reason),
            None => of(Coverage::Missing, reason),
        };
    }
    if found > 0 {
        let noun = if found == 1 {
            "artifact is"
        } else {
            "artifacts are"
        };
        let reason = format!("{found} {noun} attached, and what they say is not read yet");
        return of(Coverage::Partial, reason);
    }
    // A registry without the API for it keeps the list under a tag, which was looked for; a copy
    // whose index lists no attestation may still have left others behind.
    let left_behind = |place: &&AttachedPlace| {
        place.state == PlaceState::NotCarried && place.place != AttachedBy::Referrers
    };
    match evidence.places.iter().find(left_behind) {
        Some(place) => of(Coverage::NotSearched, because(place)),
        None if searched.is_some() => TopicCoverage {
            coverage: Coverage::Complete,
            reason: None,
        },
        None if state(PlaceState::NotAsked).is_some() => {
            of(Coverage::NotSearched, "it was not to be looked for".into())
        }
        None => {
            let reason = "this kind of source cannot carry it";
            of(Coverage::NotSearched, reason.into())
        }
    }
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
        annotations: redact_values(&artifact.annotations),
        blobs: artifact.blobs.iter().map(blob).collect(),
        unread: artifact.unread.clone(),
    }
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
    named.find_map(|key| blob.annotations.get(*key).map(String::as_str))
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
