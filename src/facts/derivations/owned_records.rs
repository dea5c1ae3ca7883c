//! Records that name a path, completed with its owner and side: keys, private keys, credentials, shells.

use std::collections::BTreeSet;

use super::best::Best;
use super::programs::{SEARCH_PATH, SHELLS};
use super::{Draft, Owner};
use crate::facts::model::{
    Capped, CredentialFile, Gap, GapKind, PrivateKeyFile, Shell, Topic, TrustKey,
};
use crate::facts::probes::Probed;
use crate::facts::text::{display_path, lossless};
use crate::image::NodeKind;

/// Where distroless' debug images keep BusyBox, beside the search path.
const BUSYBOX_DIRECTORY: &str = "busybox";

/// Fills in owners and sides, and finds private keys and shells in the tree.
pub(super) fn derive(draft: &mut Draft<'_>) {
    complete_sides(draft);
    complete_trust_keys(draft);
    draft.facts.shells = shells(draft);
    draft.facts.private_keys = private_keys(draft);
    complete_credentials(draft);
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

/// Where every key is trusted: apt's own directories (apt-secure(8)), apk's, and rpm's database,
/// into which keys are imported. Keyrings elsewhere count only where a repository names them
/// (sources.list(5), `Signed-By`; dnf.conf(5), `gpgkey`).
const TRUSTED: [&str; 6] = [
    "/etc/apt/trusted.gpg",
    "/etc/apt/sources.list.d/",
    "/etc/apk/keys/",
    "/var/lib/rpm/",
    "/usr/lib/sysimage/rpm/",
    "/usr/share/rpm/",
];

fn complete_trust_keys(draft: &mut Draft<'_>) {
    let named: BTreeSet<String> = draft
        .facts
        .repositories
        .iter()
        .filter_map(|repository| repository.signed_by.as_deref())
        .flat_map(|paths| paths.split([',', '\n', ' ']).map(str::to_owned))
        .collect();
    let variable: Vec<&String> = named.iter().filter(|name| name.contains('$')).collect();
    let mut keys: Vec<TrustKey> = std::mem::take(&mut draft.facts.trust_keys)
        .into_iter()
        .filter(|key| {
            let always = TRUSTED.iter().any(|place| key.path.starts_with(place));
            always
                || named.contains(&key.path)
                || variable.iter().any(|name| names_key(name, &key.path))
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

/// Whether a repository's word for a key means the key at `path`. In it dnf's variables may stand
/// (dnf.conf(5), "Repo variables"); what they hold is set in many places, so all from the first to
/// the last of them in one name stands for anything.
fn names_key(name: &str, path: &str) -> bool {
    let (names, parts) = (name.split('/'), path.split('/'));
    names.clone().count() == parts.clone().count()
        && names.zip(parts).all(|(name, part)| stands_for(name, part))
}

fn stands_for(name: &str, part: &str) -> bool {
    let (Some((front, _)), Some((_, last))) = (name.split_once('$'), name.rsplit_once('$')) else {
        return name == part;
    };
    let is_variable = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = match last.strip_prefix('{') {
        Some(braced) => braced.split_once('}').map_or("", |(_, end)| end),
        None => last.trim_start_matches(is_variable),
    };
    part.strip_prefix(front)
        .is_some_and(|rest| rest.ends_with(end))
}

/// A repository may name a keyring anywhere; one outside the directories that are read is a gap.
fn note_unread_keyrings(draft: &mut Draft<'_>, named: &BTreeSet<String>) {
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
    let mut found: Vec<Shell> = SEARCH_PATH
        .iter()
        .chain([&BUSYBOX_DIRECTORY])
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

fn private_keys(draft: &Draft<'_>) -> Capped<PrivateKeyFile> {
    let mut keys = Best::new(|a: &PrivateKeyFile, b| {
        (a.owner.is_some(), &a.path).cmp(&(b.owner.is_some(), &b.path))
    });
    draft.tree.walk(|path, id, node| {
        if let Some(Probed::PrivateKey(key)) = draft.probed(node) {
            keys.add(PrivateKeyFile {
                path: display_path(path),
                label: key.label.clone(),
                encrypted: key.encrypted,
                owner: draft.owner_name(id),
                owner_known: draft.owners.of(id) != Owner::Undetermined,
                layer: node.layer,
                side: draft.side(node.layer),
            });
        }
    });
    keys.into_capped()
}

fn complete_credentials(draft: &mut Draft<'_>) {
    let mut files = Best::new(|a: &CredentialFile, b| {
        (a.owner.is_some(), &a.path).cmp(&(b.owner.is_some(), &b.path))
    });
    for mut file in std::mem::take(&mut draft.facts.credentials).items {
        let path = file.path.trim_start_matches('/').as_bytes();
        let found = draft.tree.resolve(path, false).ok().map(|found| found.id);
        file.owner = found.and_then(|id| draft.owner_name(id));
        file.owner_known = found.is_some_and(|id| draft.owners.of(id) != Owner::Undetermined);
        file.side = draft.side(file.layer);
        files.add(file);
    }
    draft.facts.credentials = files.into_capped();
}
