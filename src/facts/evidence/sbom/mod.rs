//! SBOMs of any format, read into one document.

pub mod document;
