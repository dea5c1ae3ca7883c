//! Writes the example images: `cargo run --example generate-images -- examples/images`.
//!
//! What they hold is in `images/`; the builder that writes layers and ELF files is the one of the
//! tests. The same bytes on every run: a test compares them with the committed ones.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "a generator for this repository: its inputs are part of it, and it may stop on a fault"
)]

mod images;
#[path = "../../tests/suite/support/mod.rs"]
mod support;

use std::path::Path;

fn main() {
    let folder = std::env::args_os()
        .nth(1)
        .expect("usage: generate-images FOLDER");
    for (name, image) in images::all() {
        let path = Path::new(&folder).join(name);
        if path.exists() {
            std::fs::remove_dir_all(&path).expect("the old image removed");
        }
        image.write_oci_dir(&path);
    }
}
