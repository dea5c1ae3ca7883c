//! SBOMs of any format, read into one document.

mod document;
mod expressions;
mod validity;
