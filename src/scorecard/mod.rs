//! Verdicts in, numbers out: categories, axes, grades. Pure arithmetic, no I/O, no clock.

use schemars::JsonSchema;
use serde::Serialize;

/// A score as a range: what is known, and what it could be at most.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Score {
    /// Credit over weight, unknown counted as 0; 0 to 100, one decimal.
    pub score: f64,
    /// The same with unknown counted as 1.
    pub score_max: f64,
    /// Known share of the weight, 0 to 100, one decimal.
    pub coverage: f64,
    /// Grade; `Ungraded` under 75 % coverage.
    pub grade: Grade,
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
