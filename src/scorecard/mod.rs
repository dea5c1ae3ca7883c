//! Verdicts in, numbers out: categories, axes, grades. Pure arithmetic, no I/O, no clock.

pub mod baseline;
pub mod comparison;
pub mod explanation;
pub mod gate;
pub mod marks;
pub mod order;
mod scoring;
pub mod serving;

use schemars::JsonSchema;
use serde::Serialize;

pub use scoring::score;

use crate::policy::verdict::Verdict;

/// A score as a range: what is known, and what it could be at most.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Score {
    /// Credit over weight, unknown counted as 0; 0 to 100, one decimal.
    pub score: f64,
    /// The same with unknown counted as 1.
    pub score_max: f64,
    /// Known share of the weight, 0 to 100, one decimal.
    pub coverage: f64,
    /// Grade; `?` under 75 % coverage, or while an unknown critical rule could cap it.
    pub grade: Grade,
}

impl Score {
    /// Whether two scores cannot be told apart: their ranges share a value.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.score <= other.score_max && other.score <= self.score_max
    }
}

/// Grade of a score: A from 90, B 75, C 60, D 40, else F.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub enum Grade {
    /// 90 and more.
    A,
    /// 75 and more.
    B,
    /// 60 and more.
    C,
    /// 40 and more, or capped by a failed critical rule.
    D,
    /// Under 40.
    F,
    /// Too little is known.
    #[serde(rename = "?")]
    Ungraded,
}

impl Grade {
    /// The letter, or `?`.
    pub fn letter(self) -> char {
        match self {
            Self::A => 'A',
            Self::B => 'B',
            Self::C => 'C',
            Self::D => 'D',
            Self::F => 'F',
            Self::Ungraded => '?',
        }
    }
}

/// The four axes, in the order they are always shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// Can we leave?
    Portability,
    /// Can we live with it?
    Operability,
    /// Can we check it?
    Evidence,
    /// How small and how safe is it?
    Hardening,
}

impl Axis {
    /// Every axis, in the order they are shown.
    pub const ALL: [Self; 4] = [
        Self::Portability,
        Self::Operability,
        Self::Evidence,
        Self::Hardening,
    ];

    /// The name used in documents, profiles and flags.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portability => "portability",
            Self::Operability => "operability",
            Self::Evidence => "evidence",
            Self::Hardening => "hardening",
        }
    }

    /// The axis of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|axis| axis.name() == name)
    }

    /// The question the axis answers.
    pub fn question(self) -> &'static str {
        match self {
            Self::Portability => "can we leave?",
            Self::Operability => "can we live with it?",
            Self::Evidence => "can we check it?",
            Self::Hardening => "how small and how safe?",
        }
    }

    /// Categories of this axis, in the order they are shown.
    pub fn categories(self) -> &'static [&'static str] {
        match self {
            Self::Portability => &["distro", "fhs", "proprietary", "exit"],
            Self::Operability => &["customization"],
            Self::Evidence => &["provenance"],
            Self::Hardening => &["hardening"],
        }
    }

    /// The axis a category counts in. `vendor`, and categories of a user's own, count in none:
    /// they are judged and listed, never scored.
    pub fn of_category(category: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|axis| axis.categories().contains(&category))
    }
}

/// Verdicts of one image with the scores they add up to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scorecard {
    /// The four axes, in order.
    pub axes: Vec<AxisScore>,
    /// The verdicts, by category and id.
    pub verdicts: Vec<Verdict>,
}

impl Scorecard {
    /// Score of one axis; none where no rule applies.
    pub fn axis(&self, axis: Axis) -> Option<&Score> {
        let found = self.axes.iter().find(|scored| scored.axis == axis)?;
        found.score.as_ref()
    }
}

/// Score of one axis.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AxisScore {
    /// The axis.
    pub axis: Axis,
    /// Weighted mean of its categories; null where no rule applies.
    pub score: Option<Score>,
    /// Its categories that have rules in the profile, in order.
    pub categories: Vec<CategoryScore>,
}

/// Score of one category.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CategoryScore {
    /// Name.
    pub category: String,
    /// Its weight in the axis.
    pub weight: f64,
    /// Credit over weight of its rules; null where no rule applies.
    pub score: Option<Score>,
}
