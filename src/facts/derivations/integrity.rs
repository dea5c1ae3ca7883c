//! Packaged files against the digests their packages recorded.

use sha1::{Digest as _, Sha1};

use super::{Draft, Owner};
use crate::facts::LIST_LIMIT;
use crate::facts::contract::{Claim, RecordedDigest};
use crate::facts::exclusions::Exclusions;
use crate::facts::model::{Capped, FileKind, Gap, GapKind, ModifiedFile, Package, Topic};
use crate::facts::places::Places;
use crate::facts::text::{display_path, lossless};
use crate::image::{ContentId, Node, NodeId, NodeKind};

/// Fills in `ownership.modified`, `missing_by_package` and `digests_compared`.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let mut places = Places::new(draft.tree);
    let mut modified = Vec::new();
    let mut missing = std::collections::BTreeMap::new();
    let mut exclusions = Exclusions::new(&draft.excluded);
    let (mut compared, mut uncomputed) = (0u64, 0u64);
    for (index, installed) in draft.installed.iter().enumerate() {
        // dpkg leaves links and configuration out of its digests; apk leaves nothing out, so a file
        // without one there is a digest we could not read, and no accusation.
        let lists_content = installed.lists_content();
        let owner = Owner::Package(u32::try_from(index).unwrap_or(u32::MAX));
        for claim in &installed.claims {
            let Some(id) = places.node(&claim.path) else {
                let package_type = installed.package.package_type;
                if !must_be_there(claim) || exclusions.leave_out(package_type, &claim.path) {
                    continue;
                }
                let count: &mut u64 = missing.entry(installed.package.name.clone()).or_default();
                *count = count.saturating_add(1);
                continue;
            };
            // A path another package owns was diverted or replaced by it, and is its to answer for.
            if draft.owners.of(id) != owner {
                continue;
            }
            let comparison = match claim.digest {
                // Configuration is there to be changed, and a program is none.
                Some(_) if claim.flags.configuration && !is_elf(draft, id) => continue,
                Some(recorded) => compare(draft, id, recorded),
                None if lists_content => without_digest(draft, id),
                None => continue,
            };
            match comparison {
                Comparison::Nothing => {}
                Comparison::Uncomputed => uncomputed = uncomputed.saturating_add(1),
                Comparison::Same => compared = compared.saturating_add(1),
                Comparison::Differs(recorded, found) => {
                    compared = compared.saturating_add(1);
                    modified.extend(record(
                        draft,
                        id,
                        claim,
                        &installed.package,
                        (recorded, found),
                    ));
                }
            }
        }
    }
    let unmatched = exclusions.unmatched;
    modified.sort_by(|a: &ModifiedFile, b| (!a.executable, &a.path).cmp(&(!b.executable, &b.path)));
    let ownership = &mut draft.facts.ownership;
    ownership.modified = Capped::new(modified, LIST_LIMIT);
    ownership.missing_by_package = missing;
    ownership.digests_compared = compared;
    note(
        draft,
        unmatched,
        GapKind::Limit,
        "were not compared with path filters",
    );
    note(
        draft,
        uncomputed,
        GapKind::Unsupported,
        "have no digest to compare",
    );
}

/// Notes a gap over so many files, unless there are none.
fn note(draft: &mut Draft<'_>, files: u64, kind: GapKind, what: &str) {
    if files > 0 {
        draft.facts.gaps.push(Gap {
            topic: Topic::Integrity,
            path: None,
            layer: None,
            kind,
            detail: format!("{files} packaged files {what}"),
        });
    }
}

/// Whether a recorded file that is gone is missing: configuration may be removed (dpkg(1)), and of
/// what has no digest it is not known that it was a file.
fn must_be_there(claim: &Claim) -> bool {
    claim.digest.is_some() && !claim.flags.configuration
}

/// What a comparison gives; both digests, or what stands in place of one, when they differ.
enum Comparison {
    Nothing,
    Uncomputed,
    Same,
    Differs(String, String),
}

fn compare(draft: &Draft<'_>, id: NodeId, recorded: RecordedDigest) -> Comparison {
    let Some(node) = draft.tree.node(id) else {
        return Comparison::Nothing;
    };
    let recorded_hex = match recorded {
        RecordedDigest::Md5(recorded) => hex(&recorded),
        RecordedDigest::Sha1(recorded) => hex(&recorded),
        RecordedDigest::Sha256(recorded) => hex(&recorded),
    };
    let found = match (&node.kind, recorded) {
        // apk records the SHA-1 of a link's target.
        (NodeKind::Symlink(target), RecordedDigest::Sha1(_)) => Some(hex(&Sha1::digest(target))),
        (NodeKind::Symlink(target), RecordedDigest::Md5(_) | RecordedDigest::Sha256(_)) => {
            Some(format!("a link to {}", lossless(target)))
        }
        (NodeKind::File(content), _) => computed(draft, *content, recorded),
        _ => Some("no regular file".to_owned()),
    };
    match found {
        None => Comparison::Uncomputed,
        Some(found) if found == recorded_hex => Comparison::Same,
        Some(found) => Comparison::Differs(recorded_hex, found),
    }
}

/// A packaged path whose package records digests, but none for it: a link or configuration. An ELF
/// file is neither.
fn without_digest(draft: &Draft<'_>, id: NodeId) -> Comparison {
    let Some(node) = draft.tree.node(id) else {
        return Comparison::Nothing;
    };
    let Some(content) = node.content().filter(|_| is_elf(draft, id)) else {
        return Comparison::Nothing;
    };
    match computed(draft, content, RecordedDigest::Md5([0; 16])) {
        Some(found) => Comparison::Differs("none: it was a link or configuration".into(), found),
        None => Comparison::Uncomputed,
    }
}

fn is_elf(draft: &Draft<'_>, id: NodeId) -> bool {
    draft.tree.node(id).is_some_and(|node| {
        matches!(
            draft.file_kind(node),
            FileKind::ElfProgram | FileKind::ElfLibrary | FileKind::ElfOther
        )
    })
}

/// The digest computed of a file, of the algorithm its package uses.
fn computed(draft: &Draft<'_>, content: ContentId, like: RecordedDigest) -> Option<String> {
    let digests = draft.tree.content(content)?.digests();
    match like {
        RecordedDigest::Md5(_) => digests.md5.map(|md5| hex(&md5)),
        RecordedDigest::Sha1(_) => digests.sha1.map(|sha1| hex(&sha1)),
        RecordedDigest::Sha256(_) => digests.sha256.map(|sha256| hex(&sha256)),
    }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

fn record(
    draft: &Draft<'_>,
    id: NodeId,
    claim: &Claim,
    package: &Package,
    (recorded, found): (String, String),
) -> Option<ModifiedFile> {
    let node = draft.tree.node(id)?;
    let real = draft.tree.resolve(&claim.path, false).ok()?;
    Some(ModifiedFile {
        path: display_path(&real.path),
        kind: draft.file_kind(node),
        executable: runs(draft, node, &real.path),
        package: package.name.clone(),
        // Only dpkg leaves digests out.
        algorithm: claim.digest.map_or("md5", RecordedDigest::name).to_owned(),
        recorded,
        found,
        layer: node.layer,
        side: draft.side(node.layer),
    })
}

/// Whether a node is an executable, or a link to one.
fn runs(draft: &Draft<'_>, node: &Node, path: &[u8]) -> bool {
    if draft.is_executable(node) {
        return true;
    }
    let target = draft.tree.resolve(path, true).ok();
    target
        .and_then(|found| draft.tree.node(found.id))
        .is_some_and(|node| draft.is_executable(node))
}
