//! How far executables can be traced.

use super::{Draft, Owner};
use crate::facts::model::{PackageType, Rung, RungTotal, Side};
use crate::image::NodeId;

impl Draft<'_> {
    /// The highest rung that a file of this owner reaches; `None` when its owner cannot be said.
    pub(super) fn rung(&self, id: NodeId, owner: Owner) -> Option<Rung> {
        let index = match owner {
            Owner::Undetermined => return None,
            Owner::Nobody | Owner::Plumbing => return Some(Rung::Unowned),
            Owner::SelfDescribed => return Some(Rung::SelfDescribed),
            Owner::Language(index) => return self.rung_of_described(index),
            Owner::Generated => return Some(Rung::PackageOwned),
            Owner::Package(index) => index,
        };
        if !self.matched.contains(id) {
            return Some(Rung::PackageOwned);
        }
        let installed = self.installed.get(index as usize)?;
        Some(match &installed.package.source {
            None => Rung::DigestMatches,
            Some(source) if source.commit.is_none() => Rung::SourceNamed,
            Some(_) => Rung::SourceCommitNamed,
        })
    }

    /// A vendor's word on a directory of its own makes no package that something could update.
    fn rung_of_described(&self, index: u32) -> Option<Rung> {
        let package = &self.described.get(index as usize)?.package;
        Some(match package.package_type {
            PackageType::Bitnami | PackageType::Generic | PackageType::Maven => Rung::SelfDescribed,
            _ => Rung::PackageOwned,
        })
    }
}

/// Executables by rung.
#[derive(Default)]
pub(super) struct Rungs([Counts; Rung::ALL.len()]);

#[derive(Default)]
struct Counts {
    all: (u64, u64),
    base: (u64, u64),
    added: (u64, u64),
}

impl Rungs {
    /// One more executable.
    pub(super) fn add(&mut self, rung: Rung, side: Side, bytes: u64) {
        let Some(counts) = self.0.get_mut(rung as usize) else {
            return;
        };
        add(&mut counts.all, bytes);
        match side {
            Side::Base => add(&mut counts.base, bytes),
            Side::Added => add(&mut counts.added, bytes),
            Side::Unknown => {}
        }
    }

    /// One entry for each rung.
    pub(super) fn into_facts(self) -> Vec<RungTotal> {
        let rungs = Rung::ALL.into_iter().zip(self.0);
        rungs
            .map(|(rung, counts)| RungTotal {
                rung,
                files: counts.all.0,
                bytes: counts.all.1,
                base_files: counts.base.0,
                base_bytes: counts.base.1,
                added_files: counts.added.0,
                added_bytes: counts.added.1,
            })
            .collect()
    }
}

fn add(count: &mut (u64, u64), bytes: u64) {
    count.0 = count.0.saturating_add(1);
    count.1 = count.1.saturating_add(bytes);
}
