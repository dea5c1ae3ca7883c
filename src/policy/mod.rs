//! Is it acceptable: packs, METADATA, profiles, Rego.

mod checks;
mod digest;
mod documents;
mod engine;
pub mod error;
mod evaluate;
pub mod explain;
pub mod files;
pub mod metadata;
mod nesting;
pub mod pack;
pub mod profile;
pub mod query;
pub mod reference;
pub mod rule_tests;
pub mod rules;
pub mod scaffold;
mod schema;
pub mod severity;
pub mod signers;
pub mod style;
mod syntax;
pub mod trace;
pub mod verdict;

pub use engine::LineCoverage;
pub use evaluate::evaluate;
pub use schema::FACTS_SCHEMA;
