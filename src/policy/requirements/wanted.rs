//! The key `requirements` of a profile: what a team's services need, and how many of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::policy::error::{ProblemKind, closest};
use crate::policy::pack::Pack;

/// The key for the number of all services; no requirement has this name.
pub(super) const SERVICES: &str = "services";

/// What a team's services need.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Number of all services; one may have several requirements, or none. Not given: every service
    /// has one at least.
    pub services: Option<u64>,
    /// Services that have a requirement, by its name.
    pub counts: BTreeMap<String, u64>,
}

/// Something wrong with the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::policy) struct Complaint {
    /// The entry it is about.
    pub(in crate::policy) word: String,
    /// What kind of mistake.
    pub(in crate::policy) kind: ProblemKind,
    /// What is wrong, in one sentence.
    pub(in crate::policy) message: String,
    /// What to do about it.
    pub(in crate::policy) help: String,
}

impl Wanted {
    /// Requirements, those of most services first, then by name.
    pub fn by_demand(&self) -> Vec<(&str, u64)> {
        let counts = self.counts.iter();
        let mut counts: Vec<(&str, u64)> = counts.map(|(name, n)| (name.as_str(), *n)).collect();
        counts.sort_by_key(|(_, services)| std::cmp::Reverse(*services));
        counts
    }

    /// Lays what a profile file states over what it extends, and says what is wrong with it. A count
    /// of 0 takes a requirement of the extended profile away.
    pub(in crate::policy) fn lay_over(
        &mut self,
        given: BTreeMap<String, u64>,
        pack: &Pack,
    ) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        let is_stated = !given.is_empty();
        for (name, number) in given {
            let mut known = pack.requirements().iter().map(|one| one.info.name.as_str());
            if name == SERVICES {
                self.services = Some(number);
            } else if !known.any(|known| known == name) {
                complaints.push(unknown(name, pack));
            } else if number == 0 {
                self.counts.remove(&name);
            } else {
                self.counts.insert(name, number);
            }
        }
        if is_stated && complaints.is_empty() {
            complaints.extend(self.too_few());
        }
        complaints
    }

    /// More services have a requirement than there are.
    fn too_few(&self) -> Option<Complaint> {
        let services = self.services?;
        let (name, most) = self.by_demand().into_iter().next()?;
        (services < most).then(|| Complaint {
            word: SERVICES.to_owned(),
            kind: ProblemKind::InvalidValue,
            message: format!("{most} services need `{name}`, and there are {services} in all"),
            help: "`services` counts all services, each once; leave it out if you do not know it"
                .to_owned(),
        })
    }

    /// How this differs from `other`, one sentence each.
    pub(in crate::policy) fn differences(&self, other: &Self) -> Vec<String> {
        let names = self.counts.keys().chain(other.counts.keys());
        let names: BTreeSet<&String> = names.collect();
        let changed = |name: &&String| self.counts.get(*name) != other.counts.get(*name);
        let mut found: Vec<String> = names
            .into_iter()
            .filter(changed)
            .map(|name| {
                let services = self.counts.get(name).copied().unwrap_or(0);
                format!("{services} services need {name}")
            })
            .collect();
        if self.services != other.services {
            let services = self.services.map(|services| services.to_string());
            let services = services.unwrap_or_else(|| "unknown".to_owned());
            found.push(format!("the number of services is {services}"));
        }
        found
    }
}

fn unknown(name: String, pack: &Pack) -> Complaint {
    let known = || pack.requirements().iter().map(|one| one.info.name.as_str());
    let help = match closest(&name, known().chain([SERVICES])) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("there are {}", known().collect::<Vec<_>>().join(", ")),
    };
    Complaint {
        kind: ProblemKind::UnknownRequirement,
        message: format!("there is no requirement `{name}`"),
        help,
        word: name,
    }
}
