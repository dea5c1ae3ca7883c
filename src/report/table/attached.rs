//! What is attached to an image, and what its evidence came to, in a sentence each.

use std::collections::BTreeSet;

use super::words::{count, flow, format_name, percent, verdict_name};
use crate::facts::model::{
    AttachedBy, AttachedEvidence, AttachedPlace, AttachedTo, PlaceState, SbomScope,
};
use crate::report::document::{EvidenceSummary, SbomSummary};

/// What was found, or how far the search went: `2 artifacts (cosign tags)`.
pub(super) fn sentence(evidence: &AttachedEvidence) -> String {
    let unseen = unseen(evidence);
    let items = &evidence.artifacts.items;
    if items.is_empty() {
        return match unseen {
            _ if evidence.complete => "nothing; every place was searched".into(),
            Some(text) => format!("not known: {text}"),
            None => "not known".into(),
        };
    }
    let places = items.iter().flat_map(|artifact| &artifact.found_by);
    let places: BTreeSet<AttachedBy> = places.copied().collect();
    let places: Vec<&str> = places.into_iter().map(place_name).collect();
    let found = format!("{} ({})", count(items.len(), "artifact"), places.join(", "));
    match unseen.filter(|_| !evidence.complete) {
        Some(text) => format!("{found}; there may be more: {text}"),
        None => found,
    }
}

/// What came of checking signatures: `1 signature verified; 2 statements unsigned`.
pub(super) fn signed(evidence: &EvidenceSummary) -> Option<String> {
    let kinds = [
        (&evidence.signatures, "signature"),
        (&evidence.attestations, "statement"),
    ];
    let all = kinds.into_iter().flat_map(|(verdicts, noun)| {
        verdicts.iter().map(move |(verdict, number)| {
            let number = usize::try_from(*number).unwrap_or(usize::MAX);
            format!("{} {}", count(number, noun), verdict_name(*verdict))
        })
    });
    let all: Vec<String> = all.collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// How true the image's SBOMs are: `SPDX 2.3: lists 98% of the packages, 2% of it is not there`.
pub(super) fn sboms(evidence: &EvidenceSummary) -> Option<String> {
    let one = |sbom: &SbomSummary| {
        let (format, _) = format_name(sbom.format);
        let version = sbom.version.as_deref().unwrap_or_default();
        let name = flow(&format!("{format} {version}"));
        match sbom.scope {
            SbomScope::AnotherImage => format!("{name}: of another image"),
            SbomScope::Unknown => format!("{name}: not compared"),
            SbomScope::Base => format!("{name}: of the base only, {}", shares(sbom)),
            SbomScope::Image | SbomScope::Package => format!("{name}: {}", shares(sbom)),
        }
    };
    let all: Vec<String> = evidence.sboms.iter().map(one).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

fn shares(sbom: &SbomSummary) -> String {
    if sbom.recall.is_none() && sbom.precision.is_none() {
        return "neither it nor the image has packages to compare".to_owned();
    }
    let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), percent);
    format!(
        "lists {} of the packages, {} of what it lists is there, {} in that version",
        share(sbom.recall),
        share(sbom.precision),
        share(sbom.version_accuracy)
    )
}

/// Why there may be something that was not seen.
pub(super) fn unseen(evidence: &AttachedEvidence) -> Option<String> {
    let place = |state| {
        let mut places = evidence.places.iter();
        // Of the places a source lacks, the last is the one nothing stands in for.
        places.rfind(|place| place.state == state && !place.complete)
    };
    let detail = |place: &AttachedPlace| flow(place.detail.as_deref().unwrap_or_default());
    let seen_in_part = place(PlaceState::NotReachable).or_else(|| place(PlaceState::Found));
    if let Some(place) = seen_in_part {
        return Some(format!("{}: {}", place_name(place.place), detail(place)));
    }
    if place(PlaceState::NotAsked).is_some() {
        return Some("not looked for (--no-attached)".into());
    }
    place(PlaceState::NotCarried).map(detail)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::model::{ArtifactContent, AttachedArtifact, Capped};

    fn place(place: AttachedBy, state: PlaceState, detail: Option<&str>) -> AttachedPlace {
        AttachedPlace {
            subject: AttachedTo::Manifest,
            place,
            state,
            complete: matches!(state, PlaceState::Found | PlaceState::SearchedNone),
            detail: detail.map(str::to_owned),
        }
    }

    fn evidence(places: Vec<AttachedPlace>, held: &[ArtifactContent]) -> AttachedEvidence {
        let artifact = |kind: &ArtifactContent| AttachedArtifact {
            holds: vec![*kind],
            subject: AttachedTo::Manifest,
            subject_digest: String::new(),
            found_by: vec![AttachedBy::CosignTags],
            tag: None,
            digest: String::new(),
            media_type: String::new(),
            artifact_type: None,
            size: 0,
            annotations: std::collections::BTreeMap::new(),
            blobs: Vec::new(),
            unread: None,
        };
        AttachedEvidence {
            complete: places.iter().all(|place| place.complete),
            artifacts: Capped::new(held.iter().map(artifact).collect(), 10),
            places,
        }
    }

    #[test]
    fn a_sentence_says_nothing_is_there_only_where_all_was_searched() {
        let none = place(AttachedBy::CosignTags, PlaceState::SearchedNone, None);
        let denied = place(
            AttachedBy::Referrers,
            PlaceState::NotReachable,
            Some("denied"),
        );
        let unasked = place(AttachedBy::Referrers, PlaceState::NotAsked, None);
        for (other, expected) in [
            (none.clone(), "nothing; every place was searched"),
            (denied, "not known: referrers: denied"),
            (unasked, "not known: not looked for (--no-attached)"),
        ] {
            let evidence = evidence(vec![other, none.clone()], &[]);
            assert_eq!(sentence(&evidence), expected);
        }
    }

    #[test]
    fn what_was_found_is_counted_and_what_was_not_seen_is_said() {
        let found = place(AttachedBy::CosignTags, PlaceState::Found, None);
        let held = [
            ArtifactContent::Sbom,
            ArtifactContent::Signature,
            ArtifactContent::Signature,
        ];
        let whole = evidence(vec![found.clone()], &held);
        let expected = "3 artifacts (cosign tags)";
        assert_eq!(sentence(&whole), expected);
        let lost = place(
            AttachedBy::Referrers,
            PlaceState::NotCarried,
            Some("a copy"),
        );
        let part = evidence(vec![lost, found], &held);
        assert_eq!(
            sentence(&part),
            format!("{expected}; there may be more: a copy")
        );
    }
}
