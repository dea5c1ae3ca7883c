//! Evidence from end to end: signed images, trust, SBOMs beside the image and inside it.

mod accuracy;
pub mod signed;
mod trust;
