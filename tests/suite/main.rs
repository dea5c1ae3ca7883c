//! The behaviour tests, as one binary.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "a test may panic, and the builders serve several kinds of test"
)]

mod architecture;
mod authoring;
mod builders;
mod ci_examples;
mod ci_formats;
mod command_line;
mod configuration;
mod corpus;
mod daemons;
#[path = "../fuzz/doors.rs"]
mod doors;
mod evidence;
mod examples;
mod facts;
mod foreign_rules;
mod gate;
mod hostile;
mod image;
mod judgements;
mod judging;
mod layer_cache;
mod layer_ends;
mod limits;
mod packs;
mod policies;
mod policy_engine;
mod profiles;
mod registries;
mod reports;
mod requirements;
mod rule_mistakes;
mod rule_tests;
mod sample_report;
mod sbom_output;
mod scores;
mod sources;
mod support;
