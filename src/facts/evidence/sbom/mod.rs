//! SBOMs of any format, read into one document.

mod document;
