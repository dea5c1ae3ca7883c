//! Reading images from a registry, sound or not.

mod credentials;
mod documents;
mod downloads;
pub mod evidence;
mod evidence_faults;
mod packs;
mod requests;
pub mod server;

use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::image_builder::ImageBuilder;
use crate::support::layer::Layer;

/// The program, with nothing of this machine's credentials.
pub fn program() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("freehold"));
    for (name, _) in std::env::vars() {
        let ours = name.starts_with("FREEHOLD_") || name.starts_with("XDG_");
        if ours || name.contains("DOCKER") || name.ends_with("_AUTH_FILE") || name.contains("PROXY")
        {
            command.env_remove(name);
        }
    }
    command
        .env("FREEHOLD_NO_CACHE", "1")
        .env("HOME", "/nonexistent")
        .stdin(Stdio::null());
    command
}

pub fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

/// Everything the program said.
pub fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    // Errors are folded to the width of a page.
    let both = text(&output.stdout) + &text(&output.stderr);
    both.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub fn ends_with(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}", said(output));
}

/// The facts of a reference, without what names its source.
pub fn facts(reference: &str, more: &[&str]) -> Value {
    let output = run(&[&["facts", reference], more].concat());
    ends_with(&output, 0);
    without_source(&output)
}

pub fn without_source(output: &Output) -> Value {
    let mut facts: Value = serde_json::from_slice(&output.stdout).unwrap();
    for key in ["reference", "source", "annotations"] {
        facts["image"].as_object_mut().unwrap().remove(key);
    }
    facts.as_object_mut().unwrap().remove("attached_evidence");
    facts["topics"]
        .as_object_mut()
        .unwrap()
        .remove("attached_evidence");
    facts
}

/// An image of a few layers that do not compress well.
pub fn image(layers: usize) -> ImageBuilder {
    let noise = |seed: usize| -> Vec<u8> {
        let mut state = seed as u32 + 1;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..100_000).map(|_| next()).collect()
    };
    let first = Layer::new().file("etc/os-release", "ID=debian\nVERSION_ID=\"13\"\n");
    let mut image = ImageBuilder::new().layer(first);
    for number in 1..layers {
        let path = format!("usr/share/noise/{number}");
        image = image.layer(Layer::new().file(&path, noise(number)));
    }
    image
}

/// The image as a layout, for a registry to serve and to compare with.
pub fn layout(image: &ImageBuilder) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    image.write_oci_dir(folder.path());
    let reference = format!("oci-dir:{}", folder.path().display());
    (folder, reference)
}
