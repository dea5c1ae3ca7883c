//! Images made to hurt, given to the program as a user would: each ends with status 2 or a named
//! gap, within a memory cap the kernel enforces and before a time-out kills it.

mod damage;
mod printing;
mod work;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::support::image_builder::ImageBuilder;
use super::support::layer::Layer;

/// Data a run may allocate, in KiB: what any image may cost (`ulimit -d`, setrlimit(2)).
const MEMORY_KIB: u32 = 512 << 10;

/// Seconds after which a run counts as hanging; far above what the slowest takes on a slow machine.
const SECONDS: u32 = 180;

/// Runs the program under the caps.
fn run(arguments: &[&str]) -> Output {
    let script = format!("ulimit -d {MEMORY_KIB} && exec timeout {SECONDS} \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command
        .args(["-c", &script])
        .arg(assert_cmd::cargo::cargo_bin!("freehold"))
        .args(arguments);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FREEHOLD_")) {
        command.env_remove(name);
    }
    command.env("FREEHOLD_NO_CACHE", "1");
    command.output().unwrap()
}

/// The document `freehold facts` prints, or what it says when it ends with status 2.
fn facts(folder: &Path, flags: &[&str]) -> Result<Value, String> {
    let reference = format!("oci-dir:{}", folder.display());
    let output = run(&[&["facts", reference.as_str()], flags].concat());
    let told = String::from_utf8(output.stderr).unwrap();
    match output.status.code() {
        Some(0) => Ok(serde_json::from_slice(&output.stdout).unwrap()),
        Some(2) => Err(told.split_whitespace().collect::<Vec<_>>().join(" ")),
        other => panic!("it ended with {other:?}: {told}"),
    }
}

fn facts_of(layer: Layer, flags: &[&str]) -> Result<Value, String> {
    let folder = tempfile::tempdir().unwrap();
    ImageBuilder::new()
        .layer(layer)
        .write_oci_dir(folder.path());
    facts(folder.path(), flags)
}

/// The image is refused in words that name what was too much.
fn is_refused(layer: Layer, flags: &[&str], words: &str) {
    let told = facts_of(layer, flags).expect_err("it was read");
    assert!(told.contains(words), "{words}: {told}");
}

/// The image is read, and a gap of this kind names the path.
fn has_gap(layer: Layer, kind: &str, path: &str) -> Value {
    let facts = facts_of(layer, &[]).expect("it is read");
    let gaps = facts["gaps"].as_array().unwrap();
    let found = gaps
        .iter()
        .any(|gap| gap["kind"] == kind && gap["path"] == path);
    assert!(found, "{kind} {path}: {gaps:?}");
    facts
}
