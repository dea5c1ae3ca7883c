//! SBOMs of any format, read into one document.

mod document;
mod elements;
mod expressions;
mod validity;
