//! The one test binary: behaviour seen from outside the library.

mod judgements;
#[cfg(test)]
mod judging;
mod policies;
#[cfg(test)]
mod scores;
