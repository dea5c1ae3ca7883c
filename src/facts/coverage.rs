//! Coverage of each topic, from the gaps.

use std::collections::BTreeMap;

use super::attached;
use super::model::{Coverage, Facts, Gap, GapKind, Topic, TopicCoverage};

/// Topics a gap spreads to, beside its own. What rests on an incomplete topic is incomplete.
fn spreads_to(topic: Topic) -> &'static [Topic] {
    match topic {
        // An entry that was left out or not looked into may have been any file, so what lists files
        // of a kind is incomplete. What reads named files was read.
        Topic::Files => &[
            Topic::LanguagePackages,
            Topic::Layout,
            Topic::Ownership,
            Topic::Elf,
            Topic::Binaries,
            Topic::Shells,
            Topic::Tools,
            Topic::Sboms,
            Topic::PrivateKeys,
            Topic::Credentials,
        ],
        Topic::Packages => &[
            Topic::PackageDatabases,
            Topic::PackageManagers,
            Topic::Ownership,
            Topic::Integrity,
        ],
        Topic::Ownership => &[Topic::Integrity],
        _ => &[],
    }
}

/// Gaps of one topic and kind that are listed one by one.
const GAPS_LISTED: usize = 100;

/// The gaps, sorted, each once. Of very many alike the first are listed and the rest counted.
pub(super) fn listed(mut gaps: Vec<Gap>) -> Vec<Gap> {
    gaps.sort();
    gaps.dedup();
    let mut counts: BTreeMap<(Topic, GapKind), usize> = BTreeMap::new();
    gaps.retain(|gap| {
        let count = counts.entry((gap.topic, gap.kind)).or_default();
        *count = count.saturating_add(1);
        *count <= GAPS_LISTED
    });
    for ((topic, kind), count) in counts {
        if let Some(more) = count.checked_sub(GAPS_LISTED).filter(|more| *more > 0) {
            gaps.push(Gap {
                topic,
                path: None,
                layer: None,
                kind,
                detail: format!("and {more} more of this kind"),
            });
        }
    }
    gaps.sort();
    gaps
}

/// Coverage of every topic.
pub(super) fn topics(facts: &Facts) -> BTreeMap<Topic, TopicCoverage> {
    Topic::ALL
        .into_iter()
        .map(|topic| (topic, coverage(topic, facts)))
        .collect()
}

fn coverage(topic: Topic, facts: &Facts) -> TopicCoverage {
    if topic == Topic::AttachedEvidence {
        return attached::coverage(&facts.attached_evidence, &facts.gaps);
    }
    let relevant: Vec<&Gap> = facts
        .gaps
        .iter()
        .filter(|gap| gap.topic == topic || spreads_to(gap.topic).contains(&topic))
        .collect();
    let Some(first) = relevant.first() else {
        return match truncated(topic, facts) {
            Some(reason) => TopicCoverage {
                coverage: Coverage::Partial,
                reason: Some(reason),
            },
            None => TopicCoverage {
                coverage: Coverage::Complete,
                reason: None,
            },
        };
    };
    // A database of a format we cannot read, with no other beside it, leaves nothing at all.
    let rests_on_packages =
        topic == Topic::Packages || spreads_to(Topic::Packages).contains(&topic);
    let unread = relevant
        .iter()
        .any(|gap| gap.topic == Topic::Packages && gap.kind == GapKind::Unsupported);
    let nothing = rests_on_packages && unread && facts.packages.is_empty();
    TopicCoverage {
        coverage: if nothing {
            Coverage::Missing
        } else {
            Coverage::Partial
        },
        reason: Some(reason(first, relevant.len())),
    }
}

fn reason(gap: &Gap, count: usize) -> String {
    let place = gap
        .path
        .as_deref()
        .map_or(String::new(), |path| format!("{path}: "));
    match count.saturating_sub(1) {
        0 => format!("{place}{}", gap.detail),
        more => format!("{place}{} (and {more} more)", gap.detail),
    }
}

/// A list that was cut makes its topic partial.
fn truncated(topic: Topic, facts: &Facts) -> Option<String> {
    let layout = &facts.layout;
    let ownership = &facts.ownership;
    let lists: &[(&str, bool)] = &match topic {
        Topic::Layout => vec![
            ("setuid files", layout.setuid.truncated),
            (
                "files with capabilities",
                layout.file_capabilities.truncated,
            ),
            ("world-writable files", layout.world_writable.truncated),
            ("devices", layout.devices.truncated),
            ("stray executables", layout.stray_executables.truncated),
        ],
        Topic::Tools => vec![("tools", facts.tools.truncated)],
        Topic::Integrity => vec![
            ("modified files", ownership.modified.truncated),
            (
                "files with other attributes",
                ownership.attributes_changed.truncated,
            ),
        ],
        Topic::Binaries => vec![("binaries", facts.binaries.truncated)],
        Topic::PrivateKeys => vec![("private keys", facts.private_keys.truncated)],
        Topic::Credentials => vec![("credentials", facts.credentials.truncated)],
        // Totals are counted before the cut, so a long list of unowned files hides nothing; nor does
        // one of links or names, which has what nobody answers for first.
        _ => Vec::new(),
    };
    lists
        .iter()
        .find(|(_, cut)| *cut)
        .map(|(name, _)| format!("the list of {name} was cut"))
}
