//! Layers read again for what the merged tree shows to be missing after the first pass: content
//! behind links, and digests of packaged files that the first pass's guess left out.
//!
//! Only layers that hold something missing are read again, and only once.

use std::collections::{BTreeMap, BTreeSet};

use super::anywhere::Matches;
use super::contract::{Extraction, Extractor, Installed, RecordedDigest};
use super::extract;
use super::extractors::EXTRACTORS;
use super::inspector::{Demand, SecondPass};
use super::places::Places;
use super::probes::Probed;
use super::wanted::{Files, WantList};
use crate::image::{
    Algorithms, Image, ImageError, Kept, Limits, Node, NodeId, ReadOptions, reread,
};
use crate::source::SourceImage;

/// How much larger than any other file rpm's database may be: a full desktop's has more than a
/// hundred megabytes. Every layer that installs something holds one; only the last is read.
const DATABASE_FACTOR: u64 = 3;

/// Extracts from what was read, and where that is not enough, reads the rest first.
///
/// # Errors
/// As [`reread`].
pub fn complete(
    source: &SourceImage,
    wants: &WantList,
    options: ReadOptions<'_>,
    image: &mut Image<Probed>,
) -> Result<Extraction, ImageError> {
    let matches = wants.find(&image.tree);
    let databases = wanted_by(|extractor| extractor.claims());
    let most = options
        .limits
        .max_file_bytes
        .saturating_mul(DATABASE_FACTOR);
    let large = wanted_by(|extractor| extractor.reads_large()).large(&image.tree, &matches, most);
    let limits = Limits {
        max_file_bytes: match large.is_empty() {
            true => options.limits.max_file_bytes,
            false => most,
        },
        ..options.limits.clone()
    };
    let options = ReadOptions {
        limits: &limits,
        ..options
    };
    let unread: BTreeSet<NodeId> = &wants.unread(&image.tree, &matches) | &large;
    let mut missing = Missing {
        image,
        demands: BTreeMap::new(),
    };
    for &id in &unread {
        if let Some(node) = image.tree.node(id) {
            missing.add(node, |_| Demand {
                content: true,
                ..Demand::default()
            });
        }
    }
    let all_read = large.is_empty() && databases.unread(&image.tree, &matches).is_empty();
    let extraction = if all_read {
        let extraction = extract(image, &matches, options.progress);
        missing.packaged(&extraction.packages);
        Some(extraction)
    } else {
        missing.all();
        None
    };
    let demands = missing.demands;
    let layers: BTreeSet<u32> = demands.keys().map(|(layer, _)| *layer).collect();
    if !layers.is_empty() {
        reread(image, source, &SecondPass { demands }, &layers, options)?;
    }
    // More digests change nothing that an extractor sees; more content does.
    let still_right = extraction.filter(|_| unread.is_empty());
    Ok(still_right.unwrap_or_else(|| extract(image, &matches, options.progress)))
}

/// What the extractors of one kind ask for.
fn wanted_by(is: fn(&dyn Extractor) -> bool) -> WantList {
    let extractors = EXTRACTORS.iter().filter(|extractor| is(**extractor));
    WantList::new(extractors.flat_map(|extractor| extractor.wants()))
}

/// Gathers what is missing of files, by layer (from 1) and place among its files.
struct Missing<'a> {
    image: &'a Image<Probed>,
    demands: BTreeMap<(u32, u32), Demand>,
}

impl Missing<'_> {
    /// Adds what `demand` says of a regular file whose content can be read, less what is known.
    fn add(&mut self, node: &Node, demand: impl FnOnce(Option<&Probed>) -> Demand) {
        let Some(place) = node.content() else {
            return;
        };
        let Some(content) = self.image.tree.content(place) else {
            return;
        };
        let demand = demand(content.value.as_deref());
        let demand = Demand {
            content: demand.content && matches!(content.kept, Kept::NotAsked | Kept::TooLarge),
            digests: demand.digests.without(self.image.tree.digests(place)),
        };
        if demand != Demand::default() && !matches!(content.kept, Kept::Sparse) {
            let known = self
                .demands
                .entry((place.layer, place.ordinal))
                .or_default();
            known.content |= demand.content;
            known.digests = known.digests.and(demand.digests);
        }
    }

    /// Adds the digests that will be compared with recorded ones.
    fn packaged(&mut self, packages: &[Installed]) {
        let image = self.image;
        let mut places = Places::new(&image.tree);
        for installed in packages {
            let lists_content = installed.lists_content();
            for claim in &installed.claims {
                let id = places.node(&claim.path);
                let Some(node) = id.and_then(|id| image.tree.node(id)) else {
                    continue;
                };
                self.add(node, |probed| Demand {
                    content: false,
                    digests: match claim.digest {
                        Some(digest) => digest.algorithm(),
                        // See `integrity`: a program where a link or configuration should be.
                        None if lists_content && probed.is_some_and(Probed::is_elf) => {
                            RecordedDigest::Md5([0; 16]).algorithm()
                        }
                        None => Algorithms::default(),
                    },
                });
            }
        }
    }

    /// Adds every digest a database could record: one that was not read names files nobody knows
    /// of yet.
    fn all(&mut self) {
        let image = self.image;
        let none = Matches::default();
        let files = Files::new(&image.tree, &none);
        let any = |paths: &[&str]| paths.iter().any(|path| files.exists(path));
        let digests = Algorithms {
            md5: any(&["var/lib/dpkg/status", "var/lib/dpkg/status.d"]),
            sha1: any(&["lib/apk/db/installed", "usr/lib/apk/db/installed"]),
            sha256: any(&[
                "var/lib/rpm",
                "usr/lib/sysimage/rpm",
                "usr/share/rpm",
                "var/lib/pacman/local",
                "var/lib/chisel/manifest.wall",
            ]),
        };
        let recorded = Demand {
            content: false,
            digests,
        };
        image.tree.walk(|_, _, node| self.add(node, |_| recorded));
    }
}
