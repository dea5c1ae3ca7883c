//! Counts, shares and lists of a comparison.

use std::collections::BTreeMap;

use super::compare::{Comparison, Listed, Phantom, Skipped};
use super::index::{ImagePackages, Thing};
use crate::facts::LIST_LIMIT;
use crate::facts::model::{
    AccuracyCounts, Capped, EcosystemAccuracy, PackageType, SbomAccuracy, SbomDifference,
};

/// Characters shown of a name or version.
const MAX_SHOWN: usize = 256;

/// What came of a comparison, files apart.
pub(super) fn summary(comparison: &Comparison<'_>, image: &ImagePackages<'_>) -> SbomAccuracy {
    let mut ecosystems: BTreeMap<&str, AccuracyCounts> = BTreeMap::new();
    let mut overall = AccuracyCounts::default();
    let mut count = |kind: PackageType, what: fn(&mut AccuracyCounts) -> &mut u64| {
        for counts in [&mut overall, ecosystems.entry(kind.name()).or_default()] {
            let number = what(counts);
            *number = number.saturating_add(1);
        }
    };
    let mut missing = Vec::new();
    let mut wrong_version = Vec::new();
    for (thing, listed) in image.things.iter().zip(&comparison.listed) {
        let kind = thing.package.package_type;
        match listed {
            Listed::Same => count(kind, |counts| &mut counts.matched),
            Listed::Other(version) => {
                count(kind, |counts| &mut counts.wrong_version);
                let in_sbom = version.as_deref().map(shown);
                wrong_version.push(difference(thing, in_sbom));
            }
            Listed::No if thing.is_optional => count(kind, |counts| &mut counts.optional),
            Listed::No => {
                count(kind, |counts| &mut counts.missing);
                missing.push(difference(thing, None));
            }
        }
    }
    for phantom in &comparison.phantoms {
        count(phantom.ecosystem, |counts| &mut counts.phantom);
    }
    let phantom = comparison.phantoms.iter().map(absent).collect();
    finish(&mut overall);
    ecosystems.values_mut().for_each(finish);
    SbomAccuracy {
        overall,
        ecosystems: ecosystems
            .into_iter()
            .map(|(ecosystem, counts)| EcosystemAccuracy {
                ecosystem: ecosystem.to_owned(),
                counts,
            })
            .collect(),
        missing: sorted(missing),
        phantom: sorted(phantom),
        wrong_version: sorted(wrong_version),
        not_compared: skipped(&comparison.not_compared),
        matched_by_name: comparison.by_name_only,
        ..SbomAccuracy::default()
    }
}

fn sorted(mut differences: Vec<SbomDifference>) -> Capped<SbomDifference> {
    differences.sort();
    Capped::new(differences, LIST_LIMIT)
}

/// Names of what was not compared, the first of them.
fn skipped(components: &[Skipped<'_>]) -> Capped<String> {
    let mut sorted: Vec<&Skipped<'_>> = components.iter().collect();
    sorted.sort_unstable();
    let first = sorted.into_iter().take(LIST_LIMIT).map(|component| {
        let stated = component.text.iter().filter(|text| !text.is_empty());
        stated.map(|text| shown(text)).collect::<Vec<_>>().join(" ")
    });
    Capped::of_total(first.collect(), components.len() as u64)
}

fn difference(thing: &Thing<'_>, in_sbom: Option<String>) -> SbomDifference {
    let package = thing.package;
    SbomDifference {
        ecosystem: package.package_type.name().to_owned(),
        name: shown(&package.name),
        in_image: Some(shown(&package.version)),
        in_sbom,
        layer: Some(package.layer),
    }
}

fn absent(phantom: &Phantom<'_>) -> SbomDifference {
    SbomDifference {
        ecosystem: phantom.ecosystem.name().to_owned(),
        name: shown(&phantom.name),
        in_image: None,
        in_sbom: Some(shown(&phantom.version)).filter(|version| !version.is_empty()),
        layer: None,
    }
}

/// Fills in what follows from the four counts.
fn finish(counts: &mut AccuracyCounts) {
    let both = counts.matched.saturating_add(counts.wrong_version);
    counts.in_image = both.saturating_add(counts.missing);
    counts.in_sbom = both.saturating_add(counts.phantom);
    counts.recall = share(both, counts.in_image);
    counts.precision = share(both, counts.in_sbom);
    counts.version_accuracy = share(counts.matched, both);
}

/// A share, four decimals; `None` of nothing.
pub(super) fn share(part: u64, of: u64) -> Option<f64> {
    let share = (of > 0).then(|| part as f64 / of as f64)?;
    Some((share * 10_000.0).round() / 10_000.0)
}

/// Text of others, not too long and on one line.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars().take(MAX_SHOWN) {
        match c.is_control() {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}
