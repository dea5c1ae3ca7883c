//! SBOMs against the image: what each describes, and whether it is true.

use super::Draft;
use crate::facts::LIST_LIMIT;
use crate::facts::evidence::{ReadSbom, stated_subject};
use crate::facts::model::{
    Capped, EvidenceSubject, Gap, GapKind, OriginKind, Sbom, SbomFormat, Topic,
};

/// Fills in `sboms`, those of the image's files first.
pub fn derive(draft: &mut Draft<'_>) {
    let read = std::mem::take(&mut draft.sboms);
    let total = read.len();
    let mut sboms: Vec<Sbom> = Vec::new();
    for sbom in read.into_iter().take(LIST_LIMIT) {
        note_unread(draft, &sbom);
        sboms.push(judged(draft, sbom));
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
    draft.facts.sboms = Capped::of_total(sboms, total as u64);
}

/// What could not be read of an SBOM is a gap; a file that is only called like one is none.
fn note_unread(draft: &mut Draft<'_>, sbom: &ReadSbom) {
    let record = &sbom.record;
    let Some(why) = &record.unread else {
        return;
    };
    let topic = match record.origin.kind {
        OriginKind::Attached => Topic::AttachedEvidence,
        OriginKind::Image | OriginKind::Given => Topic::Sboms,
    };
    if record.format != SbomFormat::Unrecognised {
        draft.facts.gaps.push(Gap {
            topic,
            path: record.origin.path.clone(),
            layer: record.origin.layer,
            kind: GapKind::Corrupt,
            detail: why.clone(),
        });
    }
}

fn judged(draft: &Draft<'_>, sbom: ReadSbom) -> Sbom {
    let ReadSbom {
        mut record,
        document,
    } = sbom;
    let origin = &mut record.origin;
    if let (OriginKind::Image, Some(path)) = (origin.kind, &origin.path) {
        origin.side = origin
            .layer
            .map(|layer| draft.side(layer))
            .unwrap_or_default();
        let node = draft.tree.resolve(path.as_bytes(), true).ok();
        origin.owner = node.and_then(|node| draft.owner_name(node.id));
    }
    if let Some(document) = &document {
        if record.subject == EvidenceSubject::default() {
            record.subject = stated_subject(document, &draft.facts.image);
        }
        super::sbom_accuracy::compare(draft, document, &mut record);
    }
    record
}
