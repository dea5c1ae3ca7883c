//! Is it acceptable: packs, METADATA, profiles, Rego.

pub mod metadata;
pub mod verdict;
