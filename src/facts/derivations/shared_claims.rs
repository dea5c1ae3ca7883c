//! What packages claim, and files that packages of different names claim.
//!
//! rpm and apk let packages share a file of the same content; dpkg takes a file away from the list
//! of a package that another one `Replaces` (deb-control(5)), and a diverted one is somewhere else.
//! What is left is claimed by two packages, of which the one whose digest it has put it there.

use std::collections::HashMap;

use super::best::Best;
use super::node_set::NodeSet;
use super::{Draft, Owner, Owners};
use crate::facts::contract::{Claim, Installed, RecordedDigest};
use crate::facts::model::{Capped, ClaimedTwice};
use crate::facts::places::Places;
use crate::facts::text::display_path;
use crate::image::NodeId;

/// Gives each package what it claims. A file that several claim goes to the first whose recorded
/// digest it has, else to the first that ships it; those on which they do not agree are returned.
pub(super) fn settle(draft: &Draft<'_>, owners: &mut Owners) -> Capped<ClaimedTwice> {
    let mut places = Places::new(draft.tree);
    let mut known = Known::default();
    for (index, installed) in (0u32..).zip(&draft.installed) {
        for claim in &installed.claims {
            if let Some(id) = places.node(&claim.path) {
                known.claim(draft, owners, id, (index, installed, claim));
            }
        }
    }
    known.contested.compare(draft, owners, &mut places)
}

/// What is known of claimed nodes.
#[derive(Default)]
struct Known {
    /// Files that have their owner's digest.
    matching: NodeSet,
    /// Nodes whose owner ships them.
    shipped: NodeSet,
    /// Files whose claims are to be compared.
    contested: Contested,
}

impl Known {
    fn claim(
        &mut self,
        draft: &Draft<'_>,
        owners: &mut Owners,
        id: NodeId,
        (index, installed, claim): (u32, &Installed, &Claim),
    ) {
        let (matches, ships) = (is_content(draft, id, claim), is_shipped(claim));
        let Owner::Package(first) = owners.of(id) else {
            owners.claim(id, Owner::Package(index));
            self.note(id, matches, ships);
            return;
        };
        let settled = self.matching.contains(id);
        let contests = ships && is_file(draft, id) && !(settled && matches);
        let is_better = matches || ships && !self.shipped.contains(id);
        if contests && self.shipped.contains(id) {
            self.contested.add(draft, id, (first, installed));
        }
        if is_better && !settled {
            owners.give(id, Owner::Package(index));
            self.note(id, matches, ships);
        }
    }

    fn note(&mut self, id: NodeId, matches: bool, ships: bool) {
        if matches {
            self.matching.insert(id);
        }
        if ships {
            self.shipped.insert(id);
        }
    }
}

/// Whether the file has the digest of this claim.
fn is_content(draft: &Draft<'_>, id: NodeId, claim: &Claim) -> bool {
    let place = draft.tree.node(id).and_then(|node| node.content());
    place
        .zip(claim.digest)
        .is_some_and(|(place, digest)| digest.is_of(draft.tree.digests(place)))
}

/// Whether the package put it there. What it owns otherwise contests nothing.
fn is_shipped(claim: &Claim) -> bool {
    !claim.flags.ghost && !claim.flags.not_installed
}

/// A directory belongs to all, and so does a link that stands for one.
fn is_file(draft: &Draft<'_>, id: NodeId) -> bool {
    let node = draft.tree.node(id);
    node.is_some_and(|node| node.content().is_some())
}

/// Files that packages of different names claim.
#[derive(Default)]
struct Contested(NodeSet);

/// What is known of one of them while claims are compared.
struct OwnClaim<'a> {
    digest: Option<RecordedDigest>,
    /// The package last named beside the owner: those of several architectures are named once.
    named: Option<&'a str>,
}

impl Contested {
    /// Adds a file that `first` (place of [`Draft::installed`]) owns and another package claims.
    /// Packages of one name, as of two architectures, are one.
    fn add(&mut self, draft: &Draft<'_>, id: NodeId, (first, other): (u32, &Installed)) {
        let owner = draft.installed.get(first as usize);
        if owner.is_some_and(|owner| owner.package.name != other.package.name) {
            self.0.insert(id);
        }
    }

    /// Those whose claims do not agree: another digest, or none.
    fn compare(
        &self,
        draft: &Draft<'_>,
        owners: &Owners,
        places: &mut Places<'_>,
    ) -> Capped<ClaimedTwice> {
        let mut twice = Best::new(ClaimedTwice::cmp);
        if self.0.is_empty() {
            return twice.into_capped();
        }
        let mut own: HashMap<NodeId, OwnClaim<'_>> = HashMap::new();
        self.each(draft, places, |id, (index, _), claim| {
            if owners.of(id) == Owner::Package(index) {
                let (digest, named) = (claim.digest, None);
                own.entry(id).or_insert(OwnClaim { digest, named });
            }
        });
        self.each(draft, places, |id, (index, other), claim| {
            let Owner::Package(first) = owners.of(id) else {
                return;
            };
            let Some(owner) = draft.installed.get(first as usize) else {
                return;
            };
            let (owner, other) = (&owner.package.name, &other.package.name);
            if first == index || owner == other || !is_shipped(claim) {
                return;
            }
            let Some(own) = own.get_mut(&id).filter(|own| !own.agrees(draft, id, claim)) else {
                return;
            };
            if own.named.replace(other) == Some(other) {
                return;
            }
            twice.add(ClaimedTwice {
                path: real_path(draft, &claim.path),
                owner: owner.clone(),
                other: other.clone(),
            });
        });
        twice.into_capped()
    }

    /// Every claim on these files.
    fn each<'d>(
        &self,
        draft: &'d Draft<'_>,
        places: &mut Places<'_>,
        mut visit: impl FnMut(NodeId, (u32, &'d Installed), &'d Claim),
    ) {
        for (index, installed) in (0u32..).zip(&draft.installed) {
            for claim in &installed.claims {
                let id = places.node(&claim.path);
                if let Some(id) = id.filter(|id| self.0.contains(*id)) {
                    visit(id, (index, installed), claim);
                }
            }
        }
    }
}

impl OwnClaim<'_> {
    /// Whether another claim means the same content: one digest, or two that the file has.
    fn agrees(&self, draft: &Draft<'_>, id: NodeId, other: &Claim) -> bool {
        let (Some(own), Some(digest)) = (self.digest, other.digest) else {
            return false;
        };
        let place = draft.tree.node(id).and_then(|node| node.content());
        let found = place.map(|place| draft.tree.digests(place));
        own == digest || found.is_some_and(|found| own.is_of(found) && digest.is_of(found))
    }
}

/// Where the file is, through the links of its parents.
fn real_path(draft: &Draft<'_>, path: &[u8]) -> String {
    let real = draft.tree.resolve(path, false);
    display_path(real.as_ref().map_or(path, |real| &real.path))
}
