//! What share of a team's services an image can serve.
//!
//! Let `u` be the counts of the requirements that are not met. The services that lack something are
//! the union of as many sets, which share as much or as little as one likes: at least `max u` and at
//! most `Σ u` services. Of `T` services in all the image serves
//!
//! * at most `(T − max u) / T`,
//! * at least `max(0, T − Σ u) / T`.
//!
//! Where the number of all services is not given, every service has one requirement at least, and
//! `T` is as large as the counts allow. With `v` the counts of the requirements that are met:
//!
//! * at most `Σ v / (max u + Σ v)`: those who lack something lack all of it and nobody else is
//!   counted twice,
//! * at least `max(0, max v − Σ u) / max v`: nobody lacks two things, and all have the requirement
//!   that most have.
//!
//! What is unknown counts as not met at the low end, and as met at the high end. Both ends can occur
//! with the same counts, so the range cannot be narrowed without a list of services.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::policy::requirements::{Answer, Meets, RequirementInfo};

/// How an image stands to a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It meets it by itself.
    Met,
    /// It does not, or it cannot be said; its build sibling does, and what a build image provides is
    /// enough.
    MetWithSibling,
    /// It does not meet it.
    Unmet,
    /// It cannot be said.
    Unknown,
}

/// The build image beside an image, and what it says.
#[derive(Debug, Clone, Copy)]
pub enum Sibling<'a> {
    /// Nobody named one; there may be one.
    NotGiven,
    /// It is said that there is none.
    None,
    /// One was named and could not be read.
    NotRead,
    /// It was asked for the same requirements.
    Answers(&'a [Answer]),
}

/// One requirement of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// The requirement.
    pub requirement: Arc<RequirementInfo>,
    /// Services that have it.
    pub services: u64,
    /// How the image stands to it.
    pub standing: Standing,
    /// How it stands to it by itself.
    pub alone: Standing,
    /// Why it stands so by itself, in words without a full stop.
    pub reason: String,
    /// What its build sibling says; null where it has none, or none is needed or of use.
    pub sibling_reason: Option<String>,
}

/// The smallest and the largest share of services, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Share {
    /// At least so many, 0 to 100.
    pub least: f64,
    /// At most so many, 0 to 100.
    pub most: f64,
}

/// What an image has to offer to a team's services.
#[derive(Debug, Clone, PartialEq)]
pub struct Serving {
    /// Each requirement, those of most services first.
    pub needs: Vec<Need>,
    /// Share of services it can serve; null where no service is counted.
    pub share: Option<Share>,
}

/// Joins what an image says with what its build sibling says. `services` is the number of all, where
/// it is known.
pub fn serve(own: &[Answer], sibling: Sibling<'_>, services: Option<u64>) -> Serving {
    let needs: Vec<Need> = own.iter().map(|answer| need(answer, sibling)).collect();
    let share = share(&needs, services);
    Serving { needs, share }
}

fn need(own: &Answer, sibling: Sibling<'_>) -> Need {
    let alone = match own.meets {
        Meets::Yes => Standing::Met,
        Meets::No => Standing::Unmet,
        Meets::Unknown => Standing::Unknown,
    };
    let helps = own.requirement.build_sibling && alone != Standing::Met;
    let beside = match sibling {
        Sibling::Answers(answers) if helps => {
            let same = |answer: &&Answer| answer.requirement.name == own.requirement.name;
            answers.iter().find(same)
        }
        _ => None,
    };
    let standing = match (sibling, beside.map(|answer| answer.meets)) {
        (_, Some(Meets::Yes)) => Standing::MetWithSibling,
        (_, Some(Meets::No)) | (Sibling::None, None) => alone,
        _ if helps => Standing::Unknown,
        _ => alone,
    };
    Need {
        requirement: Arc::clone(&own.requirement),
        services: own.services,
        standing,
        alone,
        reason: own.reason.clone(),
        sibling_reason: beside.map(|answer| answer.reason.clone()),
    }
}

/// The bounds derived at the top of this file.
fn share(needs: &[Need], services: Option<u64>) -> Option<Share> {
    let is_met = |need: &&Need| matches!(need.standing, Standing::Met | Standing::MetWithSibling);
    let is_unmet = |need: &&Need| need.standing == Standing::Unmet;
    let surely_met = Counts::of(needs.iter().filter(is_met));
    let perhaps_met = Counts::of(needs.iter().filter(|need| !is_unmet(need)));
    let surely_unmet = Counts::of(needs.iter().filter(is_unmet));
    let perhaps_unmet = Counts::of(needs.iter().filter(|need| !is_met(need)));
    let (least, most) = match services {
        Some(total) => (
            (total.saturating_sub(perhaps_unmet.sum), total),
            (total.saturating_sub(surely_unmet.most), total),
        ),
        None => {
            let all = surely_unmet.most.saturating_add(perhaps_met.sum);
            let rest = surely_met.most.saturating_sub(perhaps_unmet.sum);
            ((rest, surely_met.most.max(1)), (perhaps_met.sum, all))
        }
    };
    Some(Share {
        least: percent(least, u128::div_euclid)?,
        most: percent(most, u128::div_ceil)?,
    })
}

/// The largest of some counts, and their sum.
struct Counts {
    most: u64,
    sum: u64,
}

impl Counts {
    fn of<'a>(needs: impl Iterator<Item = &'a Need>) -> Self {
        let none = Self { most: 0, sum: 0 };
        needs.fold(none, |counts, need| Self {
            most: counts.most.max(need.services),
            sum: counts.sum.saturating_add(need.services),
        })
    }
}

/// A part of a whole in percent, with two decimals; `divide` rounds. None of nothing.
fn percent((part, whole): (u64, u64), divide: fn(u128, u128) -> u128) -> Option<f64> {
    let hundredths = u128::from(part).saturating_mul(10_000);
    let hundredths = (whole > 0).then(|| divide(hundredths, whole.into()))?;
    Some(f64::from(u32::try_from(hundredths).ok()?) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(name: &str, services: u64, meets: Meets, build_sibling: bool) -> Answer {
        Answer {
            requirement: Arc::new(RequirementInfo {
                name: name.to_owned(),
                title: name.to_owned(),
                description: String::new(),
                needs: Vec::new(),
                build_sibling,
                stability: "stable".to_owned(),
                related: Vec::new(),
            }),
            services,
            meets,
            reason: format!("{name} says so"),
        }
    }

    fn standing(meets: Meets, build_sibling: bool, sibling: Sibling<'_>) -> Standing {
        serve(&[answer("a", 1, meets, build_sibling)], sibling, None).needs[0].standing
    }

    #[test]
    fn a_build_sibling_helps_only_with_what_holds_at_build_time() {
        let yes = [answer("a", 1, Meets::Yes, true)];
        let given = Sibling::Answers(&yes);
        assert_eq!(standing(Meets::No, true, given), Standing::MetWithSibling);
        assert_eq!(standing(Meets::No, false, given), Standing::Unmet);
        assert_eq!(standing(Meets::Yes, true, given), Standing::Met);
        let unsure = [answer("a", 1, Meets::Unknown, true)];
        let given = Sibling::Answers(&unsure);
        assert_eq!(standing(Meets::No, true, given), Standing::Unknown);
        let no = [answer("a", 1, Meets::No, true)];
        let given = Sibling::Answers(&no);
        assert_eq!(standing(Meets::No, true, given), Standing::Unmet);
        assert_eq!(standing(Meets::Unknown, true, given), Standing::Unknown);
        assert_eq!(
            standing(Meets::No, true, Sibling::Answers(&[])),
            Standing::Unknown
        );
    }

    #[test]
    fn a_sibling_that_nobody_named_may_exist() {
        for unseen in [Sibling::NotGiven, Sibling::NotRead] {
            assert_eq!(standing(Meets::No, true, unseen), Standing::Unknown);
            assert_eq!(standing(Meets::No, false, unseen), Standing::Unmet);
            assert_eq!(standing(Meets::Yes, true, unseen), Standing::Met);
        }
        assert_eq!(standing(Meets::No, true, Sibling::None), Standing::Unmet);
    }

    #[test]
    fn no_service_counted_gives_no_share() {
        assert_eq!(serve(&[], Sibling::NotGiven, None).share, None);
        assert_eq!(serve(&[], Sibling::NotGiven, Some(0)).share, None);
        let all = Share {
            least: 100.0,
            most: 100.0,
        };
        assert_eq!(serve(&[], Sibling::NotGiven, Some(3)).share, Some(all));
    }

    /// Least and most over every way to give `total` services the requirements: each service is a
    /// set of them, written as bits.
    fn by_trying(counts: &[u64], unmet: usize, total: Option<usize>) -> Option<(f64, f64)> {
        let mut ends: Option<(f64, f64)> = None;
        let sum: u64 = counts.iter().sum();
        let totals = match total {
            Some(total) => total..=total,
            None => 1..=usize::try_from(sum).unwrap(),
        };
        for all in totals {
            let least_set = usize::from(total.is_none());
            try_sets(counts, least_set, all, &mut Vec::new(), &mut |sets| {
                let served = sets.iter().filter(|set| *set & unmet == 0).count();
                let share = served as f64 / all as f64;
                let (low, high) = ends.unwrap_or((share, share));
                ends = Some((low.min(share), high.max(share)));
            });
        }
        ends
    }

    /// Calls `found` with every multiset of `left` sets that uses the counts up.
    fn try_sets(
        counts: &[u64],
        least_set: usize,
        left: usize,
        sets: &mut Vec<usize>,
        found: &mut dyn FnMut(&[usize]),
    ) {
        if left == 0 {
            if counts.iter().all(|count| *count == 0) {
                found(sets);
            }
            return;
        }
        for set in least_set..1 << counts.len() {
            let mut rest = counts.to_vec();
            let takes = (0..counts.len()).filter(|bit| set & (1 << bit) != 0);
            let fits = takes.fold(true, |fits, bit| {
                let has = rest[bit] > 0;
                rest[bit] = rest[bit].saturating_sub(1);
                fits && has
            });
            if fits {
                sets.push(set);
                try_sets(&rest, set, left.saturating_sub(1), sets, found);
                sets.pop();
            }
        }
    }

    /// The share of counts of which those in `unmet` are not met and those in `unknown` not known.
    fn computed(counts: &[u64], unmet: usize, unknown: usize, total: Option<usize>) -> Share {
        let answers: Vec<Answer> = counts
            .iter()
            .enumerate()
            .map(|(at, services)| {
                let meets = match 1_usize << at {
                    bit if unmet & bit != 0 => Meets::No,
                    bit if unknown & bit != 0 => Meets::Unknown,
                    _ => Meets::Yes,
                };
                answer(&format!("r{at}"), *services, meets, false)
            })
            .collect();
        let total = total.map(|total| total as u64);
        serve(&answers, Sibling::None, total).share.unwrap()
    }

    #[test]
    fn the_bounds_are_those_of_every_way_to_hand_out_requirements() {
        for seed in 1..=27_u64 {
            let counts = [seed % 3 + 1, seed / 3 % 3 + 1, seed / 9 % 3 + 1];
            let largest = usize::try_from(*counts.iter().max().unwrap()).unwrap();
            for total in [None, Some(largest), Some(largest + 2)] {
                for unmet in 0..8_usize {
                    let Some((low, high)) = by_trying(&counts, unmet, total) else {
                        continue;
                    };
                    let share = computed(&counts, unmet, 0, total);
                    let context = format!("{counts:?} unmet {unmet:b} of {total:?}: {share:?}");
                    assert!((share.least / 100.0 - low).abs() < 1e-3, "{context} {low}");
                    assert!((share.most / 100.0 - high).abs() < 1e-3, "{context} {high}");
                }
            }
        }
    }

    #[test]
    fn unknown_is_unmet_at_the_low_end_and_met_at_the_high_end() {
        let counts = [3, 2, 2];
        for total in [None, Some(3), Some(6)] {
            for unmet in 0..8_usize {
                for unknown in (0..8_usize).filter(|unknown| unknown & unmet == 0) {
                    let share = computed(&counts, unmet, unknown, total);
                    let low = computed(&counts, unmet | unknown, 0, total).least;
                    let high = computed(&counts, unmet, 0, total).most;
                    assert_eq!((share.least, share.most), (low, high), "{unmet} {unknown}");
                    assert!(share.least <= share.most);
                    assert!((0.0..=100.0).contains(&share.least) && share.most <= 100.0);
                }
            }
        }
    }

    #[test]
    fn the_arithmetic_of_the_manual_is_right() {
        // 240 services, 180 need what is not met, 60 what is not known.
        let answers = [
            answer("custom_ca", 180, Meets::No, false),
            answer("glibc", 140, Meets::Yes, false),
            answer("arm64", 30, Meets::Unknown, false),
        ];
        let share = serve(&answers, Sibling::None, Some(240)).share.unwrap();
        assert_eq!((share.least, share.most), (12.5, 25.0));
    }
}
