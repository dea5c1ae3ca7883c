//! Packaged files against the digests their packages recorded.

use super::ownership::Places;
use super::{Draft, Owner};
use crate::facts::LIST_LIMIT;
use crate::facts::contract::RecordedDigest;
use crate::facts::model::{Capped, Gap, GapKind, ModifiedFile, Package, Topic};
use crate::facts::text::display_path;
use crate::image::{Digests, NodeId};

/// Fills in `ownership.modified`, `missing_by_package` and `digests_compared`.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let mut places = Places::new(draft.tree);
    let mut modified = Vec::new();
    let mut missing = std::collections::BTreeMap::new();
    let (mut compared, mut uncomputed) = (0u64, 0u64);
    for (index, installed) in draft.installed.iter().enumerate() {
        let owner = Owner::Package(u32::try_from(index).unwrap_or(u32::MAX));
        for claim in &installed.claims {
            let Some(recorded) = claim.digest else {
                continue;
            };
            let Some(id) = places.node(&claim.path) else {
                let count: &mut u64 = missing.entry(installed.package.name.clone()).or_default();
                *count = count.saturating_add(1);
                continue;
            };
            // A path another package owns was diverted or replaced by it, and is its to answer for.
            if draft.owners.of(id) != owner {
                continue;
            }
            match compare(draft, id, recorded) {
                Comparison::NotAFile => {}
                Comparison::Uncomputed => uncomputed = uncomputed.saturating_add(1),
                Comparison::Same => compared = compared.saturating_add(1),
                Comparison::Differs(recorded, found) => {
                    compared = compared.saturating_add(1);
                    modified.extend(record(
                        draft,
                        id,
                        &claim.path,
                        &installed.package,
                        (recorded, found),
                    ));
                }
            }
        }
    }
    modified.sort_by(|a: &ModifiedFile, b| (!a.executable, &a.path).cmp(&(!b.executable, &b.path)));
    let ownership = &mut draft.facts.ownership;
    ownership.modified = Capped::new(modified, LIST_LIMIT);
    ownership.missing_by_package = missing;
    ownership.digests_compared = compared;
    if uncomputed > 0 {
        draft.facts.gaps.push(Gap {
            topic: Topic::Integrity,
            path: None,
            layer: None,
            kind: GapKind::Unsupported,
            detail: format!("{uncomputed} packaged files have no digest to compare"),
        });
    }
}

enum Comparison {
    NotAFile,
    Uncomputed,
    Same,
    Differs(String, String),
}

fn compare(draft: &Draft<'_>, id: NodeId, recorded: RecordedDigest) -> Comparison {
    let Some(content) = draft.tree.node(id).and_then(|node| node.content()) else {
        return Comparison::NotAFile;
    };
    let Digests { md5, sha1 } = match draft.tree.content(content) {
        Some(content) => content.digests,
        None => return Comparison::Uncomputed,
    };
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let (recorded, found) = match recorded {
        RecordedDigest::Md5(recorded) => (hex(&recorded), md5.map(|md5| hex(&md5))),
        RecordedDigest::Sha1(recorded) => (hex(&recorded), sha1.map(|sha1| hex(&sha1))),
    };
    match found {
        None => Comparison::Uncomputed,
        Some(found) if found == recorded => Comparison::Same,
        Some(found) => Comparison::Differs(recorded, found),
    }
}

fn record(
    draft: &Draft<'_>,
    id: NodeId,
    path: &[u8],
    package: &Package,
    (recorded, found): (String, String),
) -> Option<ModifiedFile> {
    let node = draft.tree.node(id)?;
    let real = draft.tree.resolve(path, false).ok()?;
    Some(ModifiedFile {
        path: display_path(&real.path),
        kind: draft.file_kind(node),
        executable: draft.is_executable(node),
        package: package.name.clone(),
        algorithm: if recorded.len() == 32 { "md5" } else { "sha1" }.to_owned(),
        recorded,
        found,
        layer: node.layer,
        side: draft.side(node.layer),
    })
}
