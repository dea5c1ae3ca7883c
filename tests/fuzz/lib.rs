//! The doors of the fuzz targets, with the builders of the behaviour tests.

#![allow(dead_code, reason = "the builders serve the behaviour tests as well")]

pub mod doors;
#[path = "../suite/support/mod.rs"]
mod support;
