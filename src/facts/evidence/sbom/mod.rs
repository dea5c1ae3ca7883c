//! SBOMs of any format, read into one document.

mod document;

pub use document::{ComponentKind, SbomComponent, SbomDocument, SbomFile};
