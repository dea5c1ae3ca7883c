//! The one test binary: behaviour seen from outside the library.

mod judging;
mod policies;
mod scores;
