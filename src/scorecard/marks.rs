//! What is known of findings beside what they say: who excused them, and whether they are new.

use std::sync::Arc;

use super::baseline::EarlierImage;
use crate::policy::verdict::Verdict;
use crate::policy::waivers::{ImageWaivers, Waiver, best};

/// What one image is held against.
#[derive(Debug, Clone, Default)]
pub struct Marks<'a> {
    /// The waivers that are for it.
    pub waivers: ImageWaivers,
    /// The image of the baseline it is compared with.
    pub baseline: Option<&'a EarlierImage>,
}

/// What is known of one finding.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mark {
    /// The waiver that is for it, also a lapsed one.
    pub waiver: Option<Arc<Waiver>>,
    /// Whether the baseline has it; none without a baseline.
    pub known: Option<bool>,
}

impl Mark {
    /// The waiver that excuses the finding.
    pub fn excuse(&self) -> Option<&Arc<Waiver>> {
        self.waiver.as_ref().filter(|waiver| waiver.excuses())
    }

    /// The waiver that excused it once.
    pub fn lapsed(&self) -> Option<&Arc<Waiver>> {
        self.waiver.as_ref().filter(|waiver| !waiver.excuses())
    }
}

impl Marks<'_> {
    /// The marks of the findings of a verdict, in their order.
    pub fn of(&self, verdict: &Verdict) -> Vec<Mark> {
        let known = self.baseline.map(|earlier| earlier.knows(verdict));
        let mut known = known.into_iter().flatten();
        let mark = |finding| Mark {
            waiver: best(self.waivers.for_finding(&verdict.rule, finding)).cloned(),
            known: self.baseline.and_then(|_| known.next()),
        };
        verdict.findings.iter().map(mark).collect()
    }

    /// The waiver that is for a rule without an answer, also a lapsed one.
    pub fn of_unknown(&self, verdict: &Verdict) -> Option<Arc<Waiver>> {
        best(self.waivers.for_unknown(&verdict.rule)).cloned()
    }
}
