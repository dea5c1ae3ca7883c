//! The same result in each reader's language: one module per format. Decides nothing.

pub mod assemble;
pub mod decision;
pub mod document;
pub mod github;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;
pub mod sbom;
mod standing;
pub mod table;
pub mod text;
