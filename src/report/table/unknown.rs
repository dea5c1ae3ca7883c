//! Rules without an answer: those with one reason together, and what would settle it.

use super::words::worded;
use crate::facts::model::{AttachedBy, AttachedPlace, Coverage, GapKind, PlaceState, Topic};
use crate::policy::verdict::Outcome;
use crate::report::document::{ImageReport, RuleReport};
use crate::scorecard::Axis;

/// Rules that are unknown for one reason.
pub(super) struct Unknown<'a> {
    /// The rules, in the order of the report.
    pub(super) rules: Vec<&'a RuleReport>,
    /// What would turn them into answers, where it is known.
    pub(super) hint: Option<&'static str>,
    topics: Vec<String>,
    rest: String,
}

impl<'a> Unknown<'a> {
    /// `rules` of `image` by reason, in the order in which the reasons come up.
    pub(super) fn groups(
        rules: impl Iterator<Item = &'a RuleReport>,
        image: &ImageReport,
    ) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for rule in rules {
            let (topic, rest) = split(rule.reason.as_deref().unwrap_or("no reason is given"));
            let hint = settles(rule, image);
            let same = groups
                .iter_mut()
                .find(|group| group.rest == rest && group.hint == hint);
            match same {
                Some(group) => {
                    group.rules.push(rule);
                    group
                        .topics
                        .extend(topic.filter(|topic| !group.topics.contains(topic)));
                }
                None => groups.push(Self {
                    rules: vec![rule],
                    hint,
                    topics: topic.into_iter().collect(),
                    rest,
                }),
            }
        }
        groups
    }

    /// The reason, with everything it leaves open.
    pub(super) fn reason(&self) -> String {
        match self.topics.split_last() {
            None => self.rest.clone(),
            Some((only, [])) => format!("{only} {}", self.rest),
            Some((last, others)) => {
                format!("{} and {last} {}", others.join(", "), self.rest)
            }
        }
    }
}

/// A reason that begins with a topic, as that topic in words and what is said of it.
fn split(reason: &str) -> (Option<String>, String) {
    let first = reason.split(' ').next().unwrap_or_default();
    let topic = Topic::ALL.into_iter().find(|topic| topic.name() == first);
    match topic.and_then(|topic| reason.strip_prefix(topic.name())) {
        Some(rest) => (Some(worded(first)), worded(rest.trim_start())),
        None => (None, worded(reason)),
    }
}

/// What would turn an unknown rule into an answer, from the coverage of the topics it needs.
fn settles(rule: &RuleReport, image: &ImageReport) -> Option<&'static str> {
    let state = |topic: &Topic| image.topics.get(topic);
    let open = rule
        .needs
        .iter()
        .filter_map(state)
        .find(|state| !matches!(state.coverage, Coverage::Complete | Coverage::NotSearched));
    if let Some(open) = open {
        let reason = open.reason.as_deref().unwrap_or_default();
        let gap = image.gaps.iter().find(|gap| reason.contains(&gap.detail));
        return Some(match gap.map(|gap| gap.kind) {
            Some(GapKind::Limit) => "raise the limit named under \"Not read\"",
            Some(GapKind::Corrupt) => "repair or rebuild the file named under \"Not read\"",
            Some(GapKind::Unsupported) => "nothing yet: this version does not read that format",
            Some(GapKind::Unresolvable | GapKind::Refused) | None => "see \"Not read\"",
        });
    }
    (rule.axis == Some(Axis::Evidence))
        .then(|| attached(image))
        .flatten()
}

/// What would settle the unknown rules on evidence, where what may be attached was not all searched.
pub(super) fn evidence_hint(image: &ImageReport) -> Option<&'static str> {
    let mut rules = image.scorecard.rules.iter();
    let is_open =
        |rule: &RuleReport| rule.axis == Some(Axis::Evidence) && rule.outcome == Outcome::Unknown;
    rules.any(is_open).then(|| attached(image)).flatten()
}

/// What would show whether anything is attached to the image.
fn attached(image: &ImageReport) -> Option<&'static str> {
    let evidence = &image.attached_evidence;
    let any = |state| evidence.places.iter().any(|place| place.state == state);
    if evidence.complete {
        None
    } else if any(PlaceState::NotReachable) {
        Some("log in to the registry, or try again once it answers")
    } else if any(PlaceState::NotAsked) {
        Some("leave out --no-attached")
    } else if evidence.places.iter().any(is_hidden_index) {
        Some("name the image by its tag, or by the digest of its index")
    } else if evidence.places.iter().any(is_cut) {
        None
    } else {
        Some("name the image in its registry: a copy leaves behind what is attached to it")
    }
}

/// More is listed than this version looks at.
fn is_cut(place: &AttachedPlace) -> bool {
    place.state == PlaceState::Found && !place.complete
}

fn is_hidden_index(place: &AttachedPlace) -> bool {
    place.place == AttachedBy::IndexEntries && place.state == PlaceState::NotCarried
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_told_apart_from_what_is_said_of_it() {
        let (topic, rest) = split("package_databases could not be read: x");
        assert_eq!(topic.as_deref(), Some("package databases"));
        assert_eq!(rest, "could not be read: x");
        assert_eq!(split("nothing is known").0, None);
    }
}
