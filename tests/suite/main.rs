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
mod command_line;
mod corpus;
mod daemons;
#[path = "../fuzz/doors.rs"]
mod doors;
mod evidence;
mod examples;
mod facts;
mod hostile;
mod image;
mod judgements;
mod judging;
mod layer_cache;
mod layer_ends;
mod limits;
mod policies;
mod registries;
mod reports;
mod rule_tests;
mod sample_report;
mod sbom_output;
mod scores;
mod sources;
mod support;
