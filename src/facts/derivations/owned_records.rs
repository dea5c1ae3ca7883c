//! Records that name a path, completed with its owner and side: keys, SBOMs, private keys, shells.

use super::{Draft, Owner};
use crate::facts::LIST_LIMIT;
use crate::facts::model::{
    Capped, EmbeddedSbom, Gap, GapKind, PrivateKeyFile, Shell, Topic, TrustKey,
};
use crate::facts::probes::Probed;
use crate::facts::text::{display_path, lossless};
use crate::image::{NodeId, NodeKind};

/// Command shells by the name of their program: shells(5) of Debian and Alpine, and BusyBox.
const SHELLS: [&str; 12] = [
    "ash", "bash", "busybox", "csh", "dash", "fish", "ksh", "mksh", "sh", "tcsh", "yash", "zsh",
];
/// Directories a shell is looked for in.
const PROGRAM_DIRECTORIES: [&str; 7] = [
    "bin",
    "sbin",
    "usr/bin",
    "usr/sbin",
    "usr/local/bin",
    "usr/local/sbin",
    "busybox",
];

/// Fills in owners and sides, and finds SBOMs, private keys and shells in the tree.
pub(super) fn derive(draft: &mut Draft<'_>) {
    complete_sides(draft);
    complete_trust_keys(draft);
    draft.facts.shells = shells(draft);
    let (sboms, keys) = probed_records(draft);
    draft.facts.sboms = sboms;
    draft.facts.private_keys = Capped::new(keys, LIST_LIMIT);
}

fn complete_sides(draft: &mut Draft<'_>) {
    let mut repositories = std::mem::take(&mut draft.facts.repositories);
    for repository in &mut repositories {
        repository.side = draft.side(repository.layer);
    }
    repositories.sort();
    repositories.dedup();
    draft.facts.repositories = repositories;
}

/// Keyrings outside apt's own directories count only where a repository names them
/// (sources.list(5), `Signed-By`).
fn complete_trust_keys(draft: &mut Draft<'_>) {
    let named: Vec<String> = draft
        .facts
        .repositories
        .iter()
        .filter_map(|repository| repository.signed_by.as_deref())
        .flat_map(|paths| paths.split([',', '\n', ' ']).map(str::to_owned))
        .collect();
    let mut keys: Vec<TrustKey> = std::mem::take(&mut draft.facts.trust_keys)
        .into_iter()
        .filter(|key| {
            let always = key.path.starts_with("/etc/apt/trusted.gpg")
                || key.path.starts_with("/etc/apt/sources.list.d/")
                || key.path.starts_with("/etc/apk/keys/");
            always || named.contains(&key.path)
        })
        .collect();
    for key in &mut keys {
        let path = key.path.trim_start_matches('/').as_bytes();
        key.owner = draft
            .tree
            .resolve(path, false)
            .ok()
            .and_then(|found| draft.owner_name(found.id))
            .or_else(|| {
                let target = draft.tree.resolve(path, true).ok()?;
                draft.owner_name(target.id)
            });
        key.side = draft.side(key.layer);
    }
    keys.sort();
    keys.dedup();
    draft.facts.trust_keys = keys;
    note_unread_keyrings(draft, &named);
}

/// A repository may name a keyring anywhere; one outside the directories that are read is a gap.
fn note_unread_keyrings(draft: &mut Draft<'_>, named: &[String]) {
    for path in named.iter().filter(|path| path.starts_with('/')) {
        let Ok(found) = draft.tree.resolve(path.as_bytes(), true) else {
            continue;
        };
        let Some(node) = draft.tree.node(found.id).filter(|node| node.size > 0) else {
            continue;
        };
        let facts = &draft.facts;
        let read = facts.trust_keys.iter().any(|key| key.path == *path)
            || facts.gaps.iter().any(|gap| {
                gap.topic == Topic::TrustKeys && gap.path.as_deref() == Some(path.as_str())
            });
        if !read {
            let gap = Gap {
                topic: Topic::TrustKeys,
                path: Some(path.clone()),
                layer: Some(node.layer),
                kind: GapKind::Unsupported,
                detail: "a repository names this keyring, outside the directories that are read"
                    .to_owned(),
            };
            draft.facts.gaps.push(gap);
        }
    }
}

fn shells(draft: &Draft<'_>) -> Vec<Shell> {
    let mut found: Vec<Shell> = PROGRAM_DIRECTORIES
        .iter()
        .flat_map(|directory| SHELLS.iter().map(move |name| format!("{directory}/{name}")))
        .filter_map(|path| {
            // Only where the directory is real: on merged-/usr, /bin/sh is /usr/bin/sh.
            let literal = draft.tree.resolve(path.as_bytes(), false).ok()?;
            let target = draft.tree.resolve(path.as_bytes(), true).ok()?;
            let node = draft.tree.node(target.id)?;
            let runnable = node.mode & 0o111 != 0 && matches!(node.kind, NodeKind::File(_));
            let program = target.path.rsplit(|&b| b == b'/').next()?;
            (runnable && literal.path == path.as_bytes()).then(|| Shell {
                path: display_path(path.as_bytes()),
                program: lossless(program),
                layer: node.layer,
                owner: draft.owner_name(target.id),
            })
        })
        .collect();
    found.sort();
    found
}

fn probed_records(draft: &Draft<'_>) -> (Vec<EmbeddedSbom>, Vec<PrivateKeyFile>) {
    let mut sboms = Vec::new();
    let mut keys = Vec::new();
    draft.tree.walk(|path, id, node| {
        let side = draft.side(node.layer);
        match draft.probed(node) {
            Some(Probed::Sbom(head)) => sboms.push(EmbeddedSbom {
                path: display_path(path),
                format: head.format,
                version: head.version.clone(),
                size: node.size,
                layer: node.layer,
                side,
                owner: owner(draft, id),
            }),
            Some(Probed::PrivateKey(key)) => keys.push(PrivateKeyFile {
                path: display_path(path),
                label: key.label.clone(),
                encrypted: key.encrypted,
                owner: owner(draft, id),
                owner_known: draft.owners.of(id) != Owner::Undetermined,
                layer: node.layer,
                side,
            }),
            _ => {}
        }
    });
    sboms.sort();
    keys.sort_by(|a, b| (a.owner.is_some(), &a.path).cmp(&(b.owner.is_some(), &b.path)));
    (sboms, keys)
}

fn owner(draft: &Draft<'_>, id: NodeId) -> Option<String> {
    draft.owner_name(id)
}
