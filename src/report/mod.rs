//! The same result in each reader's language: one module per format. Decides nothing.

pub mod assemble;
pub mod document;
pub mod json;
pub mod rule_tests_junit;
pub mod sbom;
pub mod table;
pub mod text;
