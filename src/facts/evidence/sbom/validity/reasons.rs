//! Why a document is not valid.

use std::fmt::Display;

use crate::facts::model::{Capped, SbomValidity};

/// Reasons that are kept.
const MAX_KEPT: usize = 20;
/// Reasons that are counted.
const MAX_COUNTED: u64 = 1_000;
/// Characters of one reason.
const MAX_CHARACTERS: usize = 300;

/// Reasons, the first of them kept.
#[derive(Debug, Default)]
pub(super) struct Reasons {
    kept: Vec<String>,
    total: u64,
}

impl Reasons {
    /// Adds a reason, unless there are enough, at a place in the document, which may be empty for
    /// all of it. The text is only made when it is kept.
    pub(super) fn push(&mut self, at: &str, why: impl Display) {
        if self.is_full() {
            return;
        }
        self.total = self.total.saturating_add(1);
        if self.kept.len() < MAX_KEPT {
            let text = why.to_string();
            let text = text.trim_end_matches('.');
            self.kept.push(match at {
                "" => printable(text),
                at => printable(&format!("{at}: {text}")),
            });
        }
    }

    /// Whether as many were found as are counted.
    pub(super) fn is_full(&self) -> bool {
        self.total >= MAX_COUNTED
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// The list, as the facts have it.
    pub(super) fn listed(self) -> Capped<String> {
        Capped::of_total(self.kept, self.total)
    }

    /// What came of a check with the named schema.
    pub(super) fn verdict(self, checked_with: &str) -> SbomValidity {
        SbomValidity {
            valid: Some(self.is_empty()),
            checked_with: Some(checked_with.to_owned()),
            errors: self.listed(),
            ..SbomValidity::default()
        }
    }
}

/// A text cut to the length of a reason, control characters escaped.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars().take(MAX_CHARACTERS) {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    if text.chars().nth(MAX_CHARACTERS).is_some() {
        shown.push('…');
    }
    shown
}
