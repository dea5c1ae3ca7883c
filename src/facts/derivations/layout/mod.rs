//! Layout facts for the Filesystem Hierarchy Standard, permissions, links and names.

mod links;
mod names;
mod well_known;

use super::link_budget::LinkBudget;
use super::{Draft, Owner};
use crate::facts::LIST_LIMIT;
use crate::facts::model::{
    Capped, DanglingLink, Entry, EntryKind, FileKind, Layout, LinkState, PermissionEntry, TopLevel,
    Topic, UsrMerge,
};
use crate::facts::text::{display_path, lossless};
use crate::image::{Node, NodeId, NodeKind};

const SETUID: u32 = 0o4000;
const SETGID: u32 = 0o2000;
const STICKY: u32 = 0o1000;
const OTHERS_WRITE: u32 = 0o0002;

/// Where FHS 3.0 has programs: sections 3.4, 3.9, 3.10, 3.13, 3.16, 4.4 to 4.11.
const PROGRAM_ROOTS: [&str; 17] = [
    "bin/",
    "sbin/",
    "opt/",
    "usr/bin/",
    "usr/sbin/",
    "usr/games/",
    "usr/lib/",
    "usr/lib32/",
    "usr/lib64/",
    "usr/libx32/",
    "usr/libexec/",
    "usr/share/",
    "usr/local/",
    "lib/",
    "lib32/",
    "lib64/",
    "libx32/",
];

/// Fills in `layout`.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let mut found = Found::new(draft);
    draft
        .tree
        .walk(|path, id, node| found.entry(draft, path, id, node));
    let names = names::unportable(draft);
    let layout = Layout {
        top_level: entries_of(draft, ""),
        usr: entries_of(draft, "usr"),
        var: entries_of(draft, "var"),
        opt: entries_of(draft, "opt"),
        usr_merge: usr_merge(draft),
        setuid: Capped::new(found.setuid, LIST_LIMIT),
        file_capabilities: Capped::new(found.file_capabilities, LIST_LIMIT),
        world_writable: Capped::new(found.world_writable, LIST_LIMIT),
        devices: Capped::new(found.devices, LIST_LIMIT),
        stray_executables: Capped::new(found.stray_executables, LIST_LIMIT),
        dangling_links: found.dangling_links.into_capped(),
        unportable_names: names,
        well_known: well_known::places(draft),
    };
    draft.facts.layout = layout;
    draft.facts.gaps.extend(found.links.gap(Topic::Layout));
}

struct Found {
    setuid: Vec<PermissionEntry>,
    file_capabilities: Vec<PermissionEntry>,
    world_writable: Vec<PermissionEntry>,
    devices: Vec<PermissionEntry>,
    stray_executables: Vec<Entry>,
    dangling_links: Ranked<DanglingLink>,
    links: LinkBudget,
}

/// Lists what nobody answers for before what a package brought, and keeps no more of either than
/// can be listed.
struct Ranked<T> {
    first: Vec<T>,
    second: Vec<T>,
    total: u64,
}

impl<T> Default for Ranked<T> {
    fn default() -> Self {
        Self {
            first: Vec::new(),
            second: Vec::new(),
            total: 0,
        }
    }
}

impl<T> Ranked<T> {
    /// Counts an entry, and makes its record if there is room for it.
    fn add(&mut self, owner: Owner, record: impl FnOnce() -> T) {
        self.total = self.total.saturating_add(1);
        let list = match owner {
            Owner::Nobody | Owner::SelfDescribed | Owner::Undetermined | Owner::Plumbing => {
                &mut self.first
            }
            Owner::Package(_) | Owner::Language(_) | Owner::Generated => &mut self.second,
        };
        if list.len() < LIST_LIMIT {
            list.push(record());
        }
    }

    fn into_capped(self) -> Capped<T> {
        let mut items = self.first;
        items.extend(self.second);
        items.truncate(LIST_LIMIT);
        Capped {
            truncated: self.total > items.len() as u64,
            total: self.total,
            items,
        }
    }
}

impl Found {
    fn new(draft: &Draft<'_>) -> Self {
        Self {
            setuid: Vec::new(),
            file_capabilities: Vec::new(),
            world_writable: Vec::new(),
            devices: Vec::new(),
            stray_executables: Vec::new(),
            dangling_links: Ranked::default(),
            links: LinkBudget::new(draft),
        }
    }

    fn entry(&mut self, draft: &Draft<'_>, path: &[u8], id: NodeId, node: &Node) {
        let is_file = matches!(node.kind, NodeKind::File(_));
        let is_device = matches!(node.kind, NodeKind::CharacterDevice | NodeKind::BlockDevice);
        let permission = || permission_entry(draft, path, id, node);
        if is_file && node.mode & (SETUID | SETGID) != 0 {
            self.setuid.push(permission());
        }
        if is_file && node.capability {
            self.file_capabilities.push(permission());
        }
        let sticky_directory = node.is_directory() && node.mode & STICKY != 0;
        let is_link = matches!(node.kind, NodeKind::Symlink(_));
        if node.mode & OTHERS_WRITE != 0 && !sticky_directory && !is_link && !is_device {
            self.world_writable.push(permission());
        }
        if is_device {
            self.devices.push(permission());
        }
        if is_link && self.links.allows(draft) && links::is_dangling(draft, path) {
            let link = || links::record(draft, path, id, node);
            self.dangling_links.add(draft.owners.of(id), link);
        }
        if is_file && is_stray(draft, path, id, node) {
            self.stray_executables.push(Entry {
                path: display_path(path),
                layer: node.layer,
                side: draft.side(node.layer),
                owner: draft.owner_name(id),
            });
        }
    }
}

fn is_stray(draft: &Draft<'_>, path: &[u8], id: NodeId, node: &Node) -> bool {
    if PROGRAM_ROOTS
        .iter()
        .any(|root| path.starts_with(root.as_bytes()))
    {
        return false;
    }
    match draft.file_kind(node) {
        FileKind::ElfProgram => true,
        FileKind::Script => node.mode & 0o111 != 0 && draft.owners.of(id) == Owner::Nobody,
        _ => false,
    }
}

fn permission_entry(draft: &Draft<'_>, path: &[u8], id: NodeId, node: &Node) -> PermissionEntry {
    PermissionEntry {
        path: display_path(path),
        kind: entry_kind(node),
        mode: format!("{:04o}", node.mode),
        setuid: node.mode & SETUID != 0,
        setgid: node.mode & SETGID != 0,
        uid: node.uid.into(),
        gid: node.gid.into(),
        owner: draft.owner_name(id),
        owner_known: draft.owners.of(id) != Owner::Undetermined,
        layer: node.layer,
        side: draft.side(node.layer),
    }
}

fn entry_kind(node: &Node) -> EntryKind {
    match node.kind {
        NodeKind::Directory(_) => EntryKind::Directory,
        NodeKind::File(_) => EntryKind::File,
        NodeKind::Symlink(_) => EntryKind::Symlink,
        NodeKind::CharacterDevice => EntryKind::CharacterDevice,
        NodeKind::BlockDevice => EntryKind::BlockDevice,
        NodeKind::Fifo => EntryKind::Fifo,
    }
}

fn entries_of(draft: &Draft<'_>, directory: &str) -> Vec<TopLevel> {
    let Some(parent) = draft.tree.lookup(directory.as_bytes()) else {
        return Vec::new();
    };
    draft
        .tree
        .entries(parent)
        .filter_map(|(name, id)| {
            let node = draft.tree.node(id)?;
            let path = if directory.is_empty() {
                display_path(name)
            } else {
                display_path(&[directory.as_bytes(), b"/", name].concat())
            };
            Some(TopLevel {
                name: lossless(name),
                path,
                kind: entry_kind(node),
                target: node.link_target().map(lossless),
                owner: draft.owner_name(id),
                layer: node.layer,
                side: draft.side(node.layer),
            })
        })
        .collect()
}

/// The merged-/usr state (Debian's UsrMerge and Fedora's UsrMove: `/bin`, `/sbin` and `/lib*` are
/// links into `/usr`).
fn usr_merge(draft: &Draft<'_>) -> UsrMerge {
    let state = |name: &str| {
        let Some(node) = draft
            .tree
            .lookup(name.as_bytes())
            .and_then(|id| draft.tree.node(id))
        else {
            return LinkState::Absent;
        };
        match &node.kind {
            NodeKind::Directory(_) => LinkState::Directory,
            NodeKind::Symlink(_) => match draft.tree.resolve(name.as_bytes(), true) {
                Ok(found) if found.path.starts_with(b"usr/") => LinkState::Merged,
                _ => LinkState::OtherLink,
            },
            _ => LinkState::Other,
        }
    };
    let broken = draft
        .tree
        .replaced_links()
        .iter()
        .filter(|link| {
            let into_usr = link.target.strip_prefix(b"/").unwrap_or(&link.target);
            let top_level = !link.path.contains(&b'/');
            top_level && into_usr.starts_with(b"usr/")
        })
        // Only breaks that are still there in the final tree.
        .filter(|link| {
            draft
                .tree
                .lookup(&link.path)
                .and_then(|id| draft.tree.node(id))
                .is_some_and(Node::is_directory)
        })
        .map(|link| Entry {
            path: display_path(&link.path),
            layer: link.layer,
            side: draft.side(link.layer),
            owner: None,
        })
        .collect();
    UsrMerge {
        bin: state("bin"),
        sbin: state("sbin"),
        lib: state("lib"),
        broken,
    }
}
