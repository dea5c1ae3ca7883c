//! Freehold reads container images and says, with evidence, whether adopting them leaves a team
//! owners or tenants.
//!
//! ```text
//! source ──▶ image ──▶ facts ──▶ policy ──▶ scorecard ──▶ report
//!    └────────── scan.rs calls each in turn ──────────┘       ▲
//!                         cli ── asks for a scan, hands it to ┘
//! ```
//!
//! Nouns flow right, verbs stay home: a room may use the types of the rooms to its left; only
//! [`scan`] and [`cli`] start a room's work; nothing points left.
//!
//! | room | its one job |
//! |---|---|
//! | [`source`] | reference → manifests, configuration, blobs; never looks inside a layer |
//! | [`image`] | layers → one file tree with the layer each entry came from; knows no package format |
//! | [`facts`] | what is in the image; never says good or bad |
//! | [`policy`] | packs, METADATA, profiles, Rego; never touches an image |
//! | [`scorecard`] | verdicts → categories, axes, grades, comparison; pure arithmetic |
//! | [`report`] | one module per format; decides nothing |
//! | [`scan`] | the order of things |
//! | [`cli`] | flags, environment, progress, exit codes |

pub mod cli;
pub mod facts;
pub mod image;
pub mod policy;
pub mod report;
pub mod scan;
pub mod scorecard;
pub mod source;
