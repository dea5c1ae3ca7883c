//! The same result in each reader's language: one module per format. Decides nothing.

pub mod assemble;
pub mod decision;
pub mod document;
pub mod json;
pub mod sbom;
pub mod table;
pub mod text;
