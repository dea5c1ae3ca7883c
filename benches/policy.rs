//! What the rules cost: loading them, making them ready, and judging one image.
//!
//! `cargo bench --bench policy` judges the facts in `FREEHOLD_BENCH_FACTS` (`freehold facts IMAGE`),
//! else those of an example image, which is too small to say more than that it works. `load` is the
//! shipped pack; `load user` the same with one rule of a user's, for which everything is checked.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "a measurement for this repository: it may stop on a fault, and it reads the clock"
)]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use freehold::facts::model::Facts;
use freehold::policy::evaluate;
use freehold::policy::pack::Pack;
use freehold::policy::profile::Profile;

const RUNS: usize = 15;
const NOW: &str = "2026-11-21T00:00:00Z";

fn main() {
    let facts: Facts = serde_json::from_str(&facts()).expect("a facts document");
    let directory = tempfile::tempdir().expect("a temporary directory");
    let rule = "package main\n\ndeny contains \"x\" if input.image.config.user == \"nobody\"\n";
    std::fs::write(directory.path().join("main.rego"), rule).expect("a written rule");
    let extra = [directory.path().to_path_buf()];

    let pack = Pack::embedded().expect("the shipped pack");
    let profile = Profile::load("balanced", &pack).expect("the default profile");
    let judge = || drop(evaluate(&pack, &profile, &facts, NOW).expect("verdicts"));
    let fresh = || {
        let pack = Pack::embedded().expect("the shipped pack");
        let start = Instant::now();
        pack.prepare(&profile, NOW).expect("a prepared pack");
        start.elapsed()
    };
    print("load", timed(|| drop(Pack::embedded())));
    print("load user", timed(|| drop(Pack::load(&extra))));
    print("prepare", middle((0..RUNS).map(|_| fresh()).collect()));
    judge();
    print("judge", timed(judge));
}

/// A facts document as text.
fn facts() -> String {
    if let Ok(path) = std::env::var("FREEHOLD_BENCH_FACTS") {
        return std::fs::read_to_string(path).expect("a readable facts document");
    }
    let image = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/images/mainstream");
    let output = Command::new(env!("CARGO_BIN_EXE_freehold"))
        .arg("facts")
        .arg(image)
        .output()
        .expect("the program");
    String::from_utf8(output.stdout).expect("text")
}

fn timed(mut work: impl FnMut()) -> Duration {
    let once = |_| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    middle((0..RUNS).map(once).collect())
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn print(what: &str, time: Duration) {
    println!("{what:<10} {:8.2} ms", time.as_secs_f64() * 1e3);
}
