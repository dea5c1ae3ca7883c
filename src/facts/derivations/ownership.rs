//! Ownership: who each file and link belongs to.
//!
//! A package's claim is followed through the links of its parents, so that `/lib/x` on a
//! merged-/usr system claims `/usr/lib/x`; the last component is never followed.

use super::language::{claim_described, doubt_undescribed};
use super::{Draft, Owner, Owners, shared_claims};
use crate::facts::contract::FileList;
use crate::facts::generated_paths::{is_generated, is_plumbing};
use crate::facts::model::{DatabaseState, GapKind, PackageDatabase, Topic};
use crate::facts::places::Places;
use crate::facts::probes::Probed;
use crate::image::{NodeId, NodeKind};

/// Settles the owner of every node.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let mut owners = Owners::default();
    draft.facts.ownership.claimed_twice = shared_claims::settle(draft, &mut owners);
    let mut places = Places::new(draft.tree);
    for path in &draft.generated {
        // The tools make links; a program under such a name is somebody's own.
        let link = places.node(path).filter(|&id| is_link(draft, id));
        if let Some(id) = link {
            owners.claim(id, Owner::Generated);
        }
    }
    claim_described(draft, &mut owners);
    doubt_undescribed(draft, &mut owners);
    let doubt = Doubt::of(draft);
    settle_rest(draft, &mut owners, doubt);
    draft.owners = owners;
}

fn is_link(draft: &Draft<'_>, id: NodeId) -> bool {
    let node = draft.tree.node(id);
    node.is_some_and(|node| matches!(node.kind, NodeKind::Symlink(_)))
}

/// What cannot be said of unclaimed files.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// Nothing: an unclaimed file is unowned.
    None,
    /// The databases list contents only: links and configuration may be packaged all the same.
    LinksAndConfiguration,
    /// A database is damaged or was not read: any file may be packaged.
    Everything,
}

impl Doubt {
    fn of(draft: &Draft<'_>) -> Self {
        // A database of another format that cannot be read owns nothing that the distribution's own,
        // read in full, leaves out. An entry left out of the tree owns nothing at all.
        let databases = &draft.facts.package_databases;
        let native = draft.facts.distro.native_package_type;
        let is_native = |database: &PackageDatabase| {
            let complete = |of: &PackageDatabase| of.state == DatabaseState::Complete;
            match native {
                Some(native) => native == database.package_type,
                // Then the one that could be read is.
                None => databases
                    .iter()
                    .any(|other| complete(other) && other.package_type == database.package_type),
            }
        };
        let complete = databases
            .iter()
            .any(|database| database.state == DatabaseState::Complete && is_native(database));
        let foreign: Vec<&str> = databases
            .iter()
            .filter(|database| complete && !is_native(database))
            .map(|database| database.path.as_str())
            .collect();
        let gap = draft.facts.gaps.iter().any(|gap| {
            let of_ownership = matches!(gap.topic, Topic::Packages | Topic::Ownership);
            let elsewhere = gap
                .path
                .as_deref()
                .is_some_and(|path| foreign.contains(&path));
            of_ownership && !elsewhere && !(complete && gap.kind == GapKind::Unsupported)
        });
        let damaged = databases.iter().any(|database| {
            database.state == DatabaseState::Damaged && !foreign.contains(&database.path.as_str())
        });
        let lists = || draft.installed.iter().map(|installed| installed.list);
        let unlisted = draft.facts.gaps.iter().any(|gap| {
            gap.topic == Topic::LanguagePackages && gap.kind == GapKind::Limit && gap.path.is_none()
        });
        if gap || unlisted || damaged || lists().any(|list| list == FileList::None) {
            Self::Everything
        } else if lists().any(|list| list == FileList::Content) {
            Self::LinksAndConfiguration
        } else {
            Self::None
        }
    }

    fn covers(self, path: &[u8], is_link: bool) -> bool {
        match self {
            Self::None => false,
            Self::LinksAndConfiguration => is_link || path.starts_with(b"etc/"),
            Self::Everything => true,
        }
    }
}

/// Everything no package claims: generated, plumbing, nobody's, or undetermined.
fn settle_rest(draft: &Draft<'_>, owners: &mut Owners, doubt: Doubt) {
    let has_packages = !draft.installed.is_empty();
    draft.tree.walk(|path, id, node| {
        if owners.is_settled(id) || node.is_directory() {
            return;
        }
        let is_link = matches!(node.kind, NodeKind::Symlink(_));
        // No tool writes ELF files into its caches.
        let is_elf = matches!(draft.probed(node), Some(Probed::Elf(_) | Probed::BrokenElf));
        let owner = if is_plumbing(path) && !is_elf {
            Owner::Plumbing
        } else if has_packages
            && !is_elf
            && (is_generated(path) || is_applet_link(draft, owners, path, id))
        {
            Owner::Generated
        } else if doubt.covers(path, is_link) {
            Owner::Undetermined
        } else if draft.self_described.contains(id) {
            Owner::SelfDescribed
        } else {
            Owner::Nobody
        };
        owners.claim(id, owner);
    });
}

/// Whether this is one of the links `busybox --install -s` makes when its package is installed
/// (BusyBox manual): a link to a packaged program of that name.
fn is_applet_link(draft: &Draft<'_>, owners: &Owners, path: &[u8], id: NodeId) -> bool {
    let target = draft.tree.node(id).and_then(|node| node.link_target());
    if !target.is_some_and(|target| target.ends_with(b"busybox")) {
        return false;
    }
    draft
        .tree
        .resolve(path, true)
        .is_ok_and(|found| matches!(owners.of(found.id), Owner::Package(_)))
}
