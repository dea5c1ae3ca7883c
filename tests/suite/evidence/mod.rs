//! Evidence from end to end: signed images, trust, SBOMs beside the image and inside it.

mod accuracy;
mod signed;
mod trust;
