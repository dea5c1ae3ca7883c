//! What a derivation that follows many links may spend, so that it never uses up what the whole
//! image is allowed: beyond that limit a scan ends.

use super::Draft;
use crate::facts::model::{Gap, GapKind, Topic};

/// Half of the steps through links that are left.
pub(super) struct LinkBudget {
    reserve: u64,
    used_up: bool,
}

impl LinkBudget {
    /// Half of what is left now.
    pub(super) fn new(draft: &Draft<'_>) -> Self {
        Self {
            reserve: draft.tree.link_steps_left() / 2,
            used_up: false,
        }
    }

    /// Whether one more link may be followed.
    pub(super) fn allows(&mut self, draft: &Draft<'_>) -> bool {
        self.used_up |= draft.tree.link_steps_left() < self.reserve;
        !self.used_up
    }

    /// What is missing of `topic` if the budget was used up.
    pub(super) fn gap(&self, topic: Topic) -> Option<Gap> {
        self.used_up.then(|| Gap {
            topic,
            path: None,
            layer: None,
            kind: GapKind::Limit,
            detail: "not every symbolic link was followed: they take too many of --max-link-steps"
                .to_owned(),
        })
    }
}
