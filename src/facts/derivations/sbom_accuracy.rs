//! SBOMs against what the image was found to hold.

use std::collections::{BTreeMap, HashMap};

use super::link_budget::LinkBudget;
use super::{Draft, NodeSet, Owner};
use crate::facts::BASE_DIGEST;
use crate::facts::evidence::accuracy::{
    About, FoundFile, ImageFiles, ImagePackages, SbomPlace, judge,
};
use crate::facts::evidence::sbom::SbomDocument;
use crate::facts::model::{
    EvidenceOrigin, EvidenceSubject, OriginKind, Package, PackageType, SbomAccuracy, SbomScope,
    Topic,
};
use crate::facts::probes::WITHIN;
use crate::image::NodeId;

/// Topics whose gaps leave packages unread.
const PACKAGE_TOPICS: [Topic; 4] = [
    Topic::Files,
    Topic::Packages,
    Topic::LanguagePackages,
    Topic::Binaries,
];

/// What each SBOM describes, and how true it is, in their order. Packages, owners and digests must
/// be settled before.
pub(super) fn judge_all<'a>(
    draft: &Draft<'_>,
    sboms: impl IntoIterator<Item = (&'a SbomDocument, &'a EvidenceOrigin, &'a EvidenceSubject)>,
) -> Vec<(SbomScope, Option<SbomAccuracy>)> {
    let mut sboms = sboms.into_iter().peekable();
    if sboms.peek().is_none() {
        return Vec::new();
    }
    let packages = ImagePackages::new(&draft.facts.packages, &draft.mentioned);
    let mut files = DraftFiles::new(draft);
    let gaps = &draft.facts.gaps;
    let image_complete = !gaps.iter().any(|gap| PACKAGE_TOPICS.contains(&gap.topic));
    sboms
        .map(|(document, origin, subject)| {
            let about = About {
                place: place(origin),
                subject: subject.is,
                names_base: names_base(draft, subject),
                image_complete,
            };
            judge(document, &packages, &mut files, &about)
        })
        .collect()
}

fn place(origin: &EvidenceOrigin) -> SbomPlace<'_> {
    match (origin.kind, &origin.path) {
        (OriginKind::Image, Some(path)) => SbomPlace::Inside(path, origin.owner.is_some()),
        _ => SbomPlace::Outside,
    }
}

/// Whether a subject has the digest that annotations give the base (OCI image-spec, annotations.md).
fn names_base(draft: &Draft<'_>, subject: &EvidenceSubject) -> bool {
    let image = &draft.facts.image;
    let of = [&image.annotations, &image.labels];
    let mut base = of.into_iter().filter_map(|texts| texts.get(BASE_DIGEST));
    base.any(|digest| subject.digests.contains(digest))
}

/// The tree's regular files, as accuracy needs them.
struct DraftFiles<'a> {
    draft: &'a Draft<'a>,
    regular: u64,
    owned: HashMap<usize, u64>,
    self_described: BTreeMap<u32, Vec<usize>>,
    places: PackagePlaces<'a>,
    links: LinkBudget,
}

/// Places of packages in the facts' list.
struct PackagePlaces<'a>(HashMap<PackageKey<'a>, usize>);

/// What tells packages apart; those that are alike in all of it are one.
type PackageKey<'a> = (PackageType, &'a str, &'a str, Option<&'a str>, &'a str);

fn key(package: &Package) -> PackageKey<'_> {
    (
        package.package_type,
        &package.name,
        &package.version,
        package.arch.as_deref(),
        &package.database,
    )
}

impl<'a> PackagePlaces<'a> {
    fn owner(&self, draft: &'a Draft<'_>, id: NodeId) -> Option<usize> {
        let installed = match draft.owners.of(id) {
            Owner::Package(index) => draft.installed.get(index as usize),
            Owner::Language(index) => draft.described.get(index as usize),
            _ => None,
        };
        self.0.get(&key(&installed?.package)).copied()
    }
}

impl<'a> DraftFiles<'a> {
    fn new(draft: &'a Draft<'a>) -> Self {
        let packages = draft.facts.packages.iter().enumerate();
        let places = PackagePlaces(packages.map(|(at, of)| (key(of), at)).collect());
        let mut regular = 0_u64;
        let mut owned: HashMap<usize, u64> = HashMap::new();
        let mut seen = NodeSet::default();
        draft.tree.walk(|_, id, node| {
            if node.content().is_none() || !seen.insert(id) {
                return;
            }
            regular = regular.saturating_add(1);
            if let Some(package) = places.owner(draft, id) {
                let count = owned.entry(package).or_default();
                *count = count.saturating_add(1);
            }
        });
        let mut files = Self {
            draft,
            regular,
            owned,
            self_described: BTreeMap::new(),
            places,
            links: LinkBudget::new(draft),
        };
        files.describe();
        files
    }

    /// Finds the files that say themselves what packages they are made of.
    fn describe(&mut self) {
        let draft = self.draft;
        let mut known: HashMap<&str, Option<NodeId>> = HashMap::new();
        for (at, package) in draft.facts.packages.iter().enumerate() {
            if package.installed {
                continue;
            }
            let path = package.database.split(WITHIN).next().unwrap_or_default();
            let file = *known.entry(path).or_insert_with(|| {
                let file = self.regular_file(path);
                file.filter(|&id| self.places.owner(draft, id).is_none())
            });
            if let Some(id) = file {
                self.self_described.entry(id).or_default().push(at);
            }
        }
    }

    /// The regular file at a path, through links.
    fn regular_file(&mut self, path: &str) -> Option<NodeId> {
        if !self.links.allows(self.draft) {
            return None;
        }
        let found = self.draft.tree.resolve(path.as_bytes(), true).ok()?;
        let node = self.draft.tree.node(found.id)?;
        node.content().map(|_| found.id)
    }
}

impl ImageFiles for DraftFiles<'_> {
    fn regular(&self) -> u64 {
        self.regular
    }

    fn owned_by(&self, package: usize) -> u64 {
        self.owned.get(&package).copied().unwrap_or_default()
    }

    fn self_described(&self) -> &BTreeMap<u32, Vec<usize>> {
        &self.self_described
    }

    fn find(&mut self, path: &str) -> Option<FoundFile> {
        let id = self.regular_file(path)?;
        let content = self.draft.tree.node(id)?.content()?;
        let digests = self.draft.tree.digests(content);
        Some(FoundFile {
            number: id,
            owner: self.places.owner(self.draft, id),
            sha256: digests.sha256,
            sha1: digests.sha1,
        })
    }
}
