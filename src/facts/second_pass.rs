//! Layers read again for what the merged tree shows to be missing after the first pass: content
//! behind links, and digests of packaged files that the first pass's guess left out.
//!
//! Only layers that hold something missing are read again, and only once.

use std::collections::{BTreeMap, BTreeSet};

use super::contract::{Extraction, Installed, RecordedDigest};
use super::extract;
use super::extractors::EXTRACTORS;
use super::inspector::{Demand, SecondPass};
use super::places::Places;
use super::probes::Probed;
use super::wanted::{Files, WantList};
use crate::image::{Image, ImageError, Kept, Node, ReadOptions, reread};
use crate::source::SourceImage;

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
    let unread = wants.unread(&image.tree);
    let mut missing = Missing {
        image,
        demands: BTreeMap::new(),
    };
    for &id in &unread {
        if let Some(node) = image.tree.node(id) {
            missing.add(node, |_| Demand::CONTENT);
        }
    }
    let claims = EXTRACTORS.iter().filter(|extractor| extractor.claims());
    let databases = WantList::new(claims.flat_map(|extractor| extractor.wants()));
    let extraction = if databases.unread(&image.tree).is_empty() {
        let extraction = extract(image);
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
    Ok(still_right.unwrap_or_else(|| extract(image)))
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
        let demand = demand(content.value.as_ref());
        let demand = Demand {
            content: demand.content && matches!(content.kept, Kept::NotAsked),
            md5: demand.md5 && content.digests.md5.is_none(),
            sha1: demand.sha1 && content.digests.sha1.is_none(),
        };
        if demand != Demand::default() && !matches!(content.kept, Kept::Sparse) {
            let known = self
                .demands
                .entry((place.layer, place.ordinal))
                .or_default();
            known.content |= demand.content;
            known.md5 |= demand.md5;
            known.sha1 |= demand.sha1;
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
                self.add(node, |probed| match claim.digest {
                    Some(RecordedDigest::Md5(_)) => Demand::MD5,
                    Some(RecordedDigest::Sha1(_)) => Demand::SHA1,
                    // See `integrity`: a program where a link or configuration should be.
                    None if lists_content && probed.is_some_and(Probed::is_elf) => Demand::MD5,
                    None => Demand::default(),
                });
            }
        }
    }

    /// Adds every digest a database could record: one that was not read names files nobody knows
    /// of yet.
    fn all(&mut self) {
        let image = self.image;
        let files = Files::new(&image.tree);
        let recorded = Demand {
            content: false,
            md5: files.exists("var/lib/dpkg/status") || files.exists("var/lib/dpkg/status.d"),
            sha1: files.exists("lib/apk/db/installed") || files.exists("usr/lib/apk/db/installed"),
        };
        image.tree.walk(|_, _, node| self.add(node, |_| recorded));
    }
}
