//! Scores, gate and comparison.
