//! What is attached to an image, in a sentence.

use std::collections::{BTreeMap, BTreeSet};

use super::words::{count, flow};
use crate::facts::model::{
    ArtifactContent, AttachedBy, AttachedEvidence, AttachedPlace, AttachedTo, PlaceState,
};

/// What was found, or how far the search went: `1 signature, 1 SBOM (cosign tags); not read yet`.
pub(super) fn sentence(evidence: &AttachedEvidence) -> String {
    let unreached = with_state(evidence, PlaceState::NotReachable).next();
    let unreached = unreached.map(|place| {
        let detail = flow(place.detail.as_deref().unwrap_or("no reason is known"));
        format!(
            "{} could not be searched: {detail}",
            place_name(place.place)
        )
    });
    let items = &evidence.artifacts.items;
    if !items.is_empty() {
        let mut kinds: BTreeMap<ArtifactContent, usize> = BTreeMap::new();
        for kind in items.iter().flat_map(|artifact| &artifact.holds) {
            let number = kinds.entry(*kind).or_default();
            *number = number.saturating_add(1);
        }
        let kinds: Vec<String> = kinds
            .into_iter()
            .map(|(kind, n)| kind_name(kind, n))
            .collect();
        let places = items.iter().flat_map(|artifact| &artifact.found_by);
        let places: BTreeSet<&str> = places.map(|place| place_name(*place)).collect();
        let places: Vec<&str> = places.into_iter().collect();
        let text = format!("{} ({}); not read yet", kinds.join(", "), places.join(", "));
        return [Some(text), unreached]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("; ");
    }
    if let Some(text) = unreached {
        return text;
    }
    let any = |state| with_state(evidence, state).next();
    match (any(PlaceState::SearchedNone), any(PlaceState::NotCarried)) {
        (Some(_), None) => "nothing; every place was searched".into(),
        (_, Some(place)) if place.place != AttachedBy::Referrers => format!(
            "none can be seen here: {}",
            place.detail.as_deref().unwrap_or("the source has none")
        ),
        (Some(_), _) => "nothing; every place was searched".into(),
        _ => "not looked for".into(),
    }
}

/// Every place and its state, for the record: `referrers of the manifest: searched, none; …`.
pub fn searched(evidence: &AttachedEvidence) -> String {
    let of = |place: &AttachedPlace| {
        let subject = match place.subject {
            AttachedTo::Index => "index",
            AttachedTo::Manifest => "manifest",
        };
        format!(
            "{} of the {subject}: {}",
            place_name(place.place),
            state_name(place.state)
        )
    };
    let places: Vec<String> = evidence.places.iter().map(of).collect();
    places.join("; ")
}

fn with_state(
    evidence: &AttachedEvidence,
    state: PlaceState,
) -> impl Iterator<Item = &AttachedPlace> {
    evidence
        .places
        .iter()
        .filter(move |place| place.state == state)
}

fn kind_name(kind: ArtifactContent, number: usize) -> String {
    match kind {
        ArtifactContent::Signature => count(number, "signature"),
        ArtifactContent::Sbom => count(number, "SBOM"),
        ArtifactContent::Provenance => format!("{number} provenance"),
        ArtifactContent::Attestation => count(number, "attestation"),
        ArtifactContent::Other => format!("{number} of another kind"),
    }
}

fn place_name(place: AttachedBy) -> &'static str {
    match place {
        AttachedBy::Referrers => "referrers",
        AttachedBy::ReferrersTag => "referrers tag",
        AttachedBy::CosignTags => "cosign tags",
        AttachedBy::IndexEntries => "index entries",
    }
}

fn state_name(state: PlaceState) -> &'static str {
    match state {
        PlaceState::Found => "found",
        PlaceState::SearchedNone => "searched, none",
        PlaceState::NotCarried => "not carried",
        PlaceState::NotReachable => "not reachable",
        PlaceState::NotAsked => "not asked",
    }
}
