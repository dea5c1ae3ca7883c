//! Is it acceptable: packs, METADATA, profiles, Rego.

mod artifact;
mod bundle;
mod checks;
mod digest;
mod documents;
mod engine;
pub mod error;
mod evaluate;
pub mod files;
pub mod metadata;
mod nesting;
pub mod origin;
pub mod pack;
pub mod profile;
mod results;
pub mod rule_tests;
pub mod rules;
pub mod sandbox;
mod schema;
pub mod severity;
pub mod signers;
mod syntax;
mod together;
mod unpack;
pub mod verdict;

pub use engine::LineCoverage;
pub use evaluate::evaluate;
pub use schema::FACTS_SCHEMA;
