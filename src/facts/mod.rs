//! What is in the image; no opinions.

pub mod model;
