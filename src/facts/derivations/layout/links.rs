//! Symbolic links that lead nowhere.

use super::super::{Draft, Owner};
use crate::facts::model::DanglingLink;
use crate::facts::text::{display_path, lossless};
use crate::image::{Node, NodeId, Unresolved};

/// What only a running container has: the OCI runtime specification mounts `/proc`, `/dev` and
/// `/sys` (config-linux.md, "Default Filesystems"), and FHS 3.0 has `/run` (3.15, 5.13) cleared at
/// boot. Without `/etc/localtime` the time zone is UTC (localtime(5)), so its absence says something.
const AT_RUN_TIME: [&[u8]; 6] = [
    b"proc",
    b"dev",
    b"sys",
    b"run",
    b"var/run",
    b"etc/localtime",
];

/// Documentation, which images leave out (dpkg's `path-exclude`, rpm's `nodocs`), so that links into
/// it or inside it dangle.
const DOCUMENTATION: [&[u8]; 6] = [
    b"usr/share/doc",
    b"usr/share/info",
    b"usr/share/man",
    b"usr/share/locale",
    b"usr/share/gtk-doc",
    b"usr/share/gnome/help",
];

/// Links looked at behind one another to see where a chain breaks off. Debian's alternatives take
/// two.
const MAX_HOPS: usize = 8;

/// Whether the link at `path` leads nowhere in the image and would lead nowhere in a container.
pub(super) fn is_dangling(draft: &Draft<'_>, path: &[u8]) -> bool {
    if draft.tree.resolve(path, true).is_ok() || is_left_out(draft, path) {
        return false;
    }
    let mut at = path.to_vec();
    for _ in 0..MAX_HOPS {
        let Ok(found) = draft.tree.resolve(&at, false) else {
            break;
        };
        let Some(target) = draft.tree.node(found.id).and_then(Node::link_target) else {
            break;
        };
        at = joined(&found.path, target);
        if is_left_out(draft, &at) {
            return false;
        }
    }
    true
}

/// What the facts say of a link that leads nowhere.
pub(super) fn record(draft: &Draft<'_>, path: &[u8], id: NodeId, node: &Node) -> DanglingLink {
    let owner = draft.owners.of(id);
    DanglingLink {
        path: display_path(path),
        target: node.link_target().map(lossless).unwrap_or_default(),
        circular: matches!(draft.tree.resolve(path, true), Err(Unresolved::Loop)),
        owner: draft.owner_name(id),
        owner_known: owner != Owner::Undetermined,
        generated: owner == Owner::Generated,
        layer: node.layer,
        side: draft.side(node.layer),
    }
}

fn is_left_out(draft: &Draft<'_>, path: &[u8]) -> bool {
    let volumes = draft.facts.image.config.volumes.iter();
    let volumes = volumes.map(|volume| volume.trim_matches('/').as_bytes());
    let places = AT_RUN_TIME.iter().chain(&DOCUMENTATION).copied();
    places
        .chain(volumes.filter(|volume| !volume.is_empty()))
        .any(|place| is_below(path, place))
}

fn is_below(path: &[u8], directory: &[u8]) -> bool {
    path.strip_prefix(directory)
        .is_some_and(|rest| rest.first().is_none_or(|&b| b == b'/'))
}

/// Where a link's target points, by its words alone: `..` at the root stays there.
fn joined(link: &[u8], target: &[u8]) -> Vec<u8> {
    let slash = link.iter().rposition(|&b| b == b'/').unwrap_or(0);
    let parent: &[u8] = if target.starts_with(b"/") {
        &[]
    } else {
        link.get(..slash).unwrap_or_default()
    };
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in parent
        .split(|&b| b == b'/')
        .chain(target.split(|&b| b == b'/'))
    {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join(&b'/')
}
