//! Packaged files against what their packages recorded of them.

mod class;
mod compare;
mod removed;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use self::compare::{Comparison, Difference, compare, computed, hex};
use self::removed::Removed;
use super::best::Best;
use super::{Draft, NodeSet, Owner};
use crate::facts::contract::{Account, Attributes, Claim, RecordedDigest};
use crate::facts::exclusions::Exclusions;
use crate::facts::model::{
    Change, ChangeClass, ChangedAttributes, FileKind, Gap, GapKind, MissingFile, ModifiedFile,
    Package, Topic,
};
use crate::facts::places::Places;
use crate::facts::text::display_path;
use crate::image::{Node, NodeId};

/// What dpkg records, whatever its value.
const DPKG: RecordedDigest = RecordedDigest::Md5([0; 16]);

/// Fills in what of `ownership` compares files with records, and notes whose digest matched.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let found = Comparing::new(draft).run();
    let Found {
        modified,
        attributes,
        missing,
        missing_by_package,
        differences,
        compared,
        uncomputed,
        matched,
        unfiltered,
    } = found;
    let ownership = &mut draft.facts.ownership;
    ownership.modified = modified.into_capped();
    ownership.attributes_changed = attributes.into_capped();
    ownership.missing = missing.into_capped();
    ownership.missing_by_package = missing_by_package;
    ownership.differences = differences;
    ownership.digests_compared = compared;
    draft.matched = matched;
    let gaps = [
        (
            uncomputed,
            GapKind::Unsupported,
            "have no digest to compare",
        ),
        (
            unfiltered,
            GapKind::Limit,
            "were not compared with path filters",
        ),
    ];
    for (files, kind, what) in gaps.into_iter().filter(|(files, ..)| *files > 0) {
        draft.facts.gaps.push(Gap {
            topic: Topic::Integrity,
            path: None,
            layer: None,
            kind,
            detail: format!("{files} packaged files {what}"),
        });
    }
}

/// What was found.
struct Found {
    modified: Best<ModifiedFile>,
    attributes: Best<ChangedAttributes>,
    missing: Best<MissingFile>,
    missing_by_package: BTreeMap<String, u64>,
    differences: BTreeMap<ChangeClass, u64>,
    compared: u64,
    uncomputed: u64,
    /// Nodes whose digest is the recorded one.
    matched: NodeSet,
    /// Files that were not compared with what was to be left out.
    unfiltered: u64,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            modified: Best::new(modified_first),
            attributes: Best::new(attributes_first),
            missing: Best::new(MissingFile::cmp),
            missing_by_package: BTreeMap::new(),
            differences: BTreeMap::new(),
            compared: 0,
            uncomputed: 0,
            matched: NodeSet::default(),
            unfiltered: 0,
        }
    }
}

/// What nothing excuses first, executables first.
fn modified_first(a: &ModifiedFile, b: &ModifiedFile) -> Ordering {
    let rank = |file: &ModifiedFile| (file.class, !file.executable);
    (rank(a), &a.path, a).cmp(&(rank(b), &b.path, b))
}

/// Likewise.
fn attributes_first(a: &ChangedAttributes, b: &ChangedAttributes) -> Ordering {
    let rank = |file: &ChangedAttributes| (file.class, !file.executable);
    (rank(a), &a.path, a).cmp(&(rank(b), &b.path, b))
}

/// The walk over all claims.
struct Comparing<'a, 'd> {
    draft: &'d Draft<'a>,
    exclusions: Exclusions<'d>,
    removed: Removed<'d>,
    found: Found,
}

impl<'a, 'd> Comparing<'a, 'd> {
    fn new(draft: &'d Draft<'a>) -> Self {
        Self {
            draft,
            exclusions: Exclusions::new(&draft.excluded),
            removed: Removed::new(draft.tree, draft.removals),
            found: Found::default(),
        }
    }

    fn run(mut self) -> Found {
        let mut places = Places::new(self.draft.tree);
        for (index, installed) in (0u32..).zip(&self.draft.installed) {
            // dpkg leaves links out of its digests; apk leaves nothing out, so a file without one
            // there is a digest we could not read, and no accusation.
            let lists_content = installed.lists_content();
            let package = &installed.package;
            for claim in &installed.claims {
                let Some(id) = places.node(&claim.path) else {
                    self.missing(claim, package);
                    continue;
                };
                // A path another package owns was diverted or replaced by it, and is its to answer
                // for. Directories have no owner.
                let owner = self.draft.owners.of(id);
                let node = self.draft.tree.node(id);
                let Some(node) = node.filter(|node| {
                    !claim.flags.not_installed
                        && (node.is_directory() || owner == Owner::Package(index))
                }) else {
                    continue;
                };
                let like = (lists_content && claim.digest.is_none()).then_some(DPKG);
                self.there((claim, package), (id, node), like);
            }
        }
        self.found.unfiltered = self.exclusions.unmatched;
        self.found
    }

    fn missing(&mut self, claim: &Claim, package: &Package) {
        // A bare path may be a directory, or in a list that names what the package never had.
        if claim.digest.is_none() && claim.attributes.is_none() {
            return;
        }
        // What a directory held is named file by file.
        if compare::is_directory(claim) {
            return;
        }
        let left_out = self.exclusions.leave_out(package.package_type, &claim.path);
        let class = match left_out {
            true => ChangeClass::Excluded,
            false => class::of_absence(claim),
        };
        if class == ChangeClass::NotShipped {
            return;
        }
        self.count(class);
        if class == ChangeClass::Content || class == ChangeClass::Branding {
            match self.found.missing_by_package.get_mut(&package.name) {
                Some(count) => *count = count.saturating_add(1),
                None => {
                    let by_package = &mut self.found.missing_by_package;
                    by_package.insert(package.name.clone(), 1);
                }
            }
        }
        let path = display_path(&claim.path);
        let comes_after = |kept: &MissingFile| (class, &path) > (kept.class, &kept.path);
        let removed = &self.removed;
        self.found.missing.offer(comes_after, || MissingFile {
            class,
            path: path.clone(),
            package: package.name.clone(),
            removed_in: removed.layer(&claim.path),
        });
    }

    fn count(&mut self, class: ChangeClass) {
        let count = self.found.differences.entry(class).or_default();
        *count = count.saturating_add(1);
    }

    /// `like` is the algorithm of the package's digests, where it has one for every file but this.
    fn there(
        &mut self,
        (claim, package): (&Claim, &Package),
        (id, node): (NodeId, &Node),
        like: Option<RecordedDigest>,
    ) {
        let digests = node.content().map(|place| self.draft.tree.digests(place));
        let mut comparison = match like {
            Some(like) => self.without_digest(claim, node, like),
            None => compare(claim, node, digests.unwrap_or_default()),
        };
        if let Some(recorded) = claim.attributes.as_deref() {
            comparison
                .differences
                .extend(self.owner_change(recorded, node));
        }
        match comparison.digest {
            Some(matches) => {
                self.found.compared = self.found.compared.saturating_add(1);
                if matches {
                    self.found.matched.insert(id);
                }
            }
            None => {
                let uncomputed = u64::from(comparison.uncomputed);
                self.found.uncomputed = self.found.uncomputed.saturating_add(uncomputed);
            }
        }
        for difference in comparison.differences {
            self.differs(claim, package, node, difference);
        }
    }

    /// A packaged path whose package records digests, but none for it: a link or a directory. An
    /// ELF file is neither.
    fn without_digest(&self, claim: &Claim, node: &Node, like: RecordedDigest) -> Comparison {
        let is_elf = matches!(
            self.draft.file_kind(node),
            FileKind::ElfProgram | FileKind::ElfLibrary | FileKind::ElfOther
        );
        let Some(place) = node.content().filter(|_| is_elf) else {
            return compare(claim, node, crate::image::Digests::default());
        };
        let mut comparison = Comparison::default();
        match computed(like, self.draft.tree.digests(place)) {
            Some(found) => {
                comparison.digest = Some(false);
                comparison.differences.push(Difference {
                    change: Change::Modified,
                    recorded: "none: it was a link or configuration".to_owned(),
                    found: hex(found),
                });
            }
            None => comparison.uncomputed = true,
        }
        comparison
    }

    /// User and group, where both can be named. A name that the image does not know says nothing.
    fn owner_change(&self, recorded: &Attributes, node: &Node) -> Option<Difference> {
        let number = |account: &Option<Account>, names: &[(String, u64)]| match account {
            Some(Account::Number(number)) => Some(*number),
            Some(Account::Name(name)) => {
                let known = names.iter().find(|(known, _)| known.as_str() == &**name);
                known.map(|(_, number)| *number)
            }
            None => None,
        };
        let user = number(&recorded.user, &self.draft.users);
        let group = number(&recorded.group, &self.draft.groups);
        let differs = |was: Option<u64>, is: u32| was.is_some_and(|was| was != u64::from(is));
        if !differs(user, node.uid) && !differs(group, node.gid) {
            return None;
        }
        let shown =
            |number: Option<u64>| number.map_or("?".to_owned(), |number| number.to_string());
        Some(Difference {
            change: Change::OwnerChanged,
            recorded: format!("{}:{}", shown(user), shown(group)),
            found: format!("{}:{}", node.uid, node.gid),
        })
    }

    fn differs(&mut self, claim: &Claim, package: &Package, node: &Node, difference: Difference) {
        let of_attributes = matches!(
            difference.change,
            Change::ModeChanged | Change::ModeTightened | Change::OwnerChanged
        );
        // The administrator told dpkg so (dpkg-statoverride(1)).
        if of_attributes && self.draft.overridden.contains(&claim.path) {
            return;
        }
        let excused = class::of_change(claim, &difference);
        let kind = self.draft.file_kind(node);
        // A program is no configuration, documentation or brand, wherever it stands.
        let class = match kind {
            FileKind::ElfProgram | FileKind::ElfLibrary | FileKind::ElfOther
                if excused != ChangeClass::Tightened =>
            {
                ChangeClass::Content
            }
            _ => excused,
        };
        self.count(class);
        let Ok(real) = self.draft.tree.resolve(&claim.path, false) else {
            return;
        };
        let (path, executable) = (display_path(&real.path), self.runs(node, &real.path));
        let Difference {
            change,
            recorded,
            found,
        } = difference;
        let (layer, side) = (node.layer, self.draft.side(node.layer));
        let package = package.name.clone();
        if of_attributes {
            self.found.attributes.add(ChangedAttributes {
                path,
                change,
                class,
                executable,
                package,
                recorded,
                found,
                layer,
                side,
            });
            return;
        }
        self.found.modified.add(ModifiedFile {
            path,
            change,
            class,
            kind,
            executable,
            package,
            algorithm: match (claim.digest, change) {
                (Some(digest), _) => digest.name(),
                // An ELF file where dpkg recorded nothing.
                (None, Change::Modified) => "md5",
                (None, _) => "none",
            }
            .to_owned(),
            recorded,
            found,
            layer,
            side,
        });
    }

    /// Whether a node is an executable, or a link to one.
    fn runs(&self, node: &Node, path: &[u8]) -> bool {
        if self.draft.is_executable(node) {
            return true;
        }
        let target = self.draft.tree.resolve(path, true).ok();
        target
            .and_then(|found| self.draft.tree.node(found.id))
            .is_some_and(|node| self.draft.is_executable(node))
    }
}
