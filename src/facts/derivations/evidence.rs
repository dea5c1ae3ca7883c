//! SBOMs against the image: what each describes, and whether it is true.

use std::cmp::Reverse;

use super::{Draft, sbom_accuracy};
use crate::facts::LIST_LIMIT;
use crate::facts::evidence::{ReadSbom, stated_subject};
use crate::facts::model::{Capped, Gap, GapKind, OriginKind, Sbom, SbomFormat, Topic};

/// Fills in `sboms`, those of the image's files first.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let mut sboms = std::mem::take(&mut draft.sboms);
    let total = sboms.len();
    if total > LIST_LIMIT {
        // An image may be full of them; what was given is what is asked about.
        sboms.sort_by_key(|sbom| Reverse(sbom.record.origin.kind));
        sboms.truncate(LIST_LIMIT);
    }
    for sbom in &mut sboms {
        complete(draft, sbom);
    }
    let documents = sboms.iter().filter_map(|sbom| {
        let record = &sbom.record;
        Some((sbom.document.as_ref()?, &record.origin, &record.subject))
    });
    let mut judged = sbom_accuracy::judge_all(draft, documents).into_iter();
    let mut records: Vec<Sbom> = Vec::with_capacity(sboms.len());
    for ReadSbom {
        mut record,
        document,
        ..
    } in sboms
    {
        if let Some((scope, accuracy)) = document.and_then(|_| judged.next()) {
            (record.scope, record.accuracy) = (scope, accuracy);
        }
        draft.facts.gaps.extend(unread(&record));
        records.push(record);
    }
    if total > LIST_LIMIT {
        let detail = format!("only {LIST_LIMIT} of {total} SBOMs were taken");
        draft.facts.gaps.push(Gap {
            topic: Topic::Sboms,
            path: None,
            layer: None,
            kind: GapKind::Limit,
            detail,
        });
    }
    draft.facts.sboms = Capped::of_total(records, total as u64);
}

/// Side and owner of a file, and what a bare document says it is about.
fn complete(draft: &Draft<'_>, sbom: &mut ReadSbom) {
    let origin = &mut sbom.record.origin;
    if let (OriginKind::Image, Some(path), Some(layer)) = (origin.kind, &origin.path, origin.layer)
    {
        origin.side = draft.side(layer);
        let node = draft.tree.resolve(path.as_bytes(), true).ok();
        origin.owner = node.and_then(|node| draft.owner_name(node.id));
    }
    if let Some(document) = &sbom.document
        && !sbom.is_predicate
    {
        sbom.record.subject = stated_subject(document, &draft.facts.image);
    }
}

/// What could not be read of an SBOM is a gap; a file of the image that is only called like one is
/// none.
fn unread(record: &Sbom) -> Option<Gap> {
    let why = record.unread.as_ref()?;
    let origin = &record.origin;
    let only_called_so =
        record.format == SbomFormat::Unrecognised && origin.kind == OriginKind::Image;
    (!only_called_so).then(|| Gap {
        topic: match origin.kind {
            OriginKind::Attached => Topic::AttachedEvidence,
            OriginKind::Image | OriginKind::Given => Topic::Sboms,
        },
        path: origin.path.clone(),
        layer: origin.layer,
        kind: GapKind::Corrupt,
        detail: why.clone(),
    })
}
