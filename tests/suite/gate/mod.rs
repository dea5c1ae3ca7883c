//! The gate as a pipeline meets it: what passes, what blocks, and what is waived or known.

mod baseline;
mod broken_rules;
mod fair;
mod faults;
mod waivers;
mod words;

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

pub use crate::registries::{ends_with, run, said};
use crate::support::databases::{Installed, debian};
use crate::support::image_builder::ImageBuilder;
use crate::support::layer::Layer;

/// The judging time of these tests.
pub const TIME: &str = "--effective-time=2026-11-21";

/// Files of one test.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Where a file of this name is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file; its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Writes an image with these layers; its reference.
    pub fn image(&self, name: &str, layers: impl IntoIterator<Item = Layer>) -> String {
        let path = self.path(name);
        let add = |image: ImageBuilder, layer: Layer| image.layer(layer.with_parents());
        let image = layers.into_iter().fold(ImageBuilder::new(), add);
        image.write_oci_dir(&path);
        reference(&path)
    }

    /// The report of `check` on these images, as a file.
    pub fn report(&self, name: &str, images: &[&str], flags: &[&str]) -> String {
        let path = self.path(name).display().to_string();
        let last = ["-f", "json", "-o", &path, TIME];
        let output = run(&[&["check"], images, flags, &last[..]].concat());
        assert!(output.status.code().unwrap() < 2, "{}", said(&output));
        path
    }
}

fn reference(path: &Path) -> String {
    format!("oci-dir:{}", path.display())
}

/// The first image of the report of `check`.
pub fn judged(image: &str, flags: &[&str]) -> Value {
    document(image, flags)["images"][0].take()
}

/// The report of `check`.
pub fn document(image: &str, flags: &[&str]) -> Value {
    let output = run(&[&["check", image, TIME, "-f", "json"], flags].concat());
    assert!(output.status.code().unwrap() < 2, "{}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Rule and subject of each finding of a list of the gate.
pub fn named(image: &Value, list: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = image["gate"][list].as_array().unwrap();
    findings
        .iter()
        .map(|found| (text(&found["rule"]), text(&found["finding"]["subject"])))
        .collect()
}

/// A small Debian: one package with one program.
pub fn system() -> Layer {
    debian(&[Installed::new("coreutils", "9.7").file("usr/bin/true", "true")])
}

/// A layer with a setuid program of nobody.
pub fn setuid(path: &str) -> Layer {
    Layer::new().setuid(path, "#!/bin/sh\n")
}
