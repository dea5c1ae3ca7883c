//! What each probe, extractor and derivation costs in one scan.
//!
//! `cargo bench --bench cost -- IMAGE` prints a table: how often each part ran, and its time over
//! all threads, the middle of several scans. Reading the layers is the rest.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "a measurement for this repository: it may stop on a fault, and it reads the clock"
)]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use freehold::facts::{BaseChoice, Registered, registered};
use freehold::image::{Limits, Progress};
use freehold::scan::{ScanOptions, read_facts};
use freehold::source::{Network, Reference};

const RUNS: usize = 5;

/// Where the images that `tests/real` makes are left.
const REAL: &str = "tests/real/out/debian12/base";
const EXAMPLE: &str = "examples/images/mainstream";

#[derive(Default)]
struct Clock(Mutex<BTreeMap<&'static str, Vec<Duration>>>);

thread_local!(static BEGAN: Cell<Option<Instant>> = const { Cell::new(None) });

impl Progress for Clock {
    fn expect(&self, _layers: usize, _bytes: u64) {}
    fn advance(&self, _bytes: u64) {}
    fn again(&self, _layers: usize, _bytes: u64) {}

    fn begin(&self, _part: &'static str) {
        BEGAN.set(Some(Instant::now()));
    }

    fn end(&self, part: &'static str) {
        let took = BEGAN.take().expect("a part that ends has begun").elapsed();
        let mut parts = self.0.lock().expect("no thread dies here");
        parts.entry(part).or_default().push(took);
    }
}

fn main() {
    let given = std::env::args()
        .skip(1)
        .find(|word| !word.starts_with("--"));
    let fallback = || {
        if std::path::Path::new(REAL).exists() {
            REAL
        } else {
            EXAMPLE
        }
    };
    let image = given.unwrap_or_else(|| fallback().to_owned());
    let reference = Reference::parse(&image).expect("a reference");
    let mut runs: BTreeMap<&'static str, Vec<(usize, Duration)>> = BTreeMap::new();
    let mut totals = Vec::new();
    for _ in 0..RUNS {
        let clock = Clock::default();
        let began = Instant::now();
        read_facts(&reference, &options(), &clock).expect("the image is sound");
        totals.push(began.elapsed());
        for (part, took) in clock.0.into_inner().expect("no thread died") {
            let sum = took.iter().sum();
            runs.entry(part).or_default().push((took.len(), sum));
        }
    }
    totals.sort();
    println!("{image}: {:.0} ms\n", totals[RUNS / 2].as_secs_f64() * 1e3);
    let Registered {
        probes,
        extractors,
        derivations,
    } = registered();
    for (kind, names) in [
        ("probe", probes),
        ("extractor", extractors),
        ("derivation", derivations),
    ] {
        for name in names {
            let mut of_part = runs.remove(name).unwrap_or_default();
            of_part.sort_by_key(|(_, took)| *took);
            let (calls, took) = of_part.get(of_part.len() / 2).copied().unwrap_or_default();
            println!(
                "{kind:<10} {name:<22} {calls:>7} x {:>9.2} ms",
                took.as_secs_f64() * 1e3
            );
        }
    }
}

fn options() -> ScanOptions {
    ScanOptions {
        platform: None,
        role: None,
        base: BaseChoice::Unknown,
        beside: Vec::new(),
        threads: 2,
        limits: Limits::default(),
        network: Network::default(),
        cache: None,
        evidence: freehold::facts::EvidenceOptions::default(),
    }
}
