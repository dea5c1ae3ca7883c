//! How far a scan is from its floor.
//!
//! The floor is what nobody can avoid: every layer inflated once, its stored and its tar bytes
//! hashed with SHA-256, its tar entries walked; layers in parallel, nothing kept. The scan is the
//! program itself, started fresh each time, writing its JSON report.
//!
//! `cargo bench --bench scan` takes the image from `FREEHOLD_BENCH_IMAGE` (an OCI layout, with a
//! tag after a colon if it has several), else a real one left by `tests/real`, else an example,
//! which is too small to say more than that it works.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "a measurement for this repository: it may stop on a fault, and it reads the clock"
)]

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

const RUNS: usize = 7;

fn main() {
    let reference = image();
    let layers = layers(&reference);
    let (floor, tar_bytes) = median(|| read_layers(&layers));
    let (scan, _) = median(|| scan(&reference));
    let stored: u64 = layers
        .iter()
        .filter_map(|path| path.metadata().ok())
        .map(|m| m.len())
        .sum();
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    println!("image  {reference}");
    println!(
        "       {} layers, {:.1} MB stored, {:.1} MB of tar",
        layers.len(),
        megabytes(stored),
        megabytes(tar_bytes)
    );
    for (name, time) in [("floor", floor), ("scan", scan)] {
        let rate = megabytes(tar_bytes) / time.as_secs_f64();
        println!(
            "{name:<6} {:8.1} ms  {rate:7.0} MB/s of tar",
            time.as_secs_f64() * 1e3
        );
    }
    println!(
        "scan / floor  {:.2}   (median of {RUNS})",
        scan.as_secs_f64() / floor.as_secs_f64()
    );
}

fn image() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let chosen = std::env::var("FREEHOLD_BENCH_IMAGE").ok();
    let real = root.join("tests/real/out/debian12");
    chosen.unwrap_or_else(|| match real.exists() {
        true => format!("{}:untouched", real.display()),
        false => root
            .join("examples/images/mainstream")
            .display()
            .to_string(),
    })
}

/// Layer files of the image with the reference's tag, or of the first image of the layout.
fn layers(reference: &str) -> Vec<PathBuf> {
    let whole = Path::new(reference).join("index.json").exists();
    let (folder, tag) = match reference.rsplit_once(':') {
        Some((folder, tag)) if !whole => (folder, Some(tag)),
        _ => (reference, None),
    };
    let json = |path: PathBuf| -> Value {
        let file = File::open(&path).expect("a readable OCI layout");
        serde_json::from_reader(BufReader::new(file)).expect("JSON")
    };
    let blob = |descriptor: &Value| {
        let digest = descriptor["digest"]
            .as_str()
            .expect("a digest")
            .replace(':', "/");
        Path::new(folder).join("blobs").join(digest)
    };
    let index = json(Path::new(folder).join("index.json"));
    let manifests = index["manifests"].as_array().expect("manifests");
    let name = "org.opencontainers.image.ref.name";
    let entry = manifests
        .iter()
        .find(|entry| tag.is_none() || entry["annotations"][name].as_str() == tag)
        .expect("an image with that tag");
    let manifest = json(blob(entry));
    manifest["layers"]
        .as_array()
        .expect("layers")
        .iter()
        .map(blob)
        .collect()
}

/// Inflates, hashes and walks every layer, a thread for each; returns the bytes of tar.
fn read_layers(layers: &[PathBuf]) -> u64 {
    std::thread::scope(|scope| {
        let threads: Vec<_> = layers
            .iter()
            .map(|path| scope.spawn(|| read_layer(path)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a layer read"))
            .sum()
    })
}

fn read_layer(path: &Path) -> u64 {
    let mut magic = [0; 4];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut magic))
        .expect("a layer");
    let stored = Hashed::new(File::open(path).expect("a layer"));
    let stored = BufReader::with_capacity(1 << 16, stored);
    let tar: Box<dyn Read> = match magic {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(stored)),
        [0x28, 0xb5, 0x2f, 0xfd] => {
            Box::new(zstd::Decoder::with_buffer(stored).expect("a zstd stream"))
        }
        _ => Box::new(stored),
    };
    let mut archive = tar::Archive::new(Hashed::new(tar));
    let entries = archive.entries().expect("a tar");
    let walked = entries
        .map(|entry| entry.expect("an entry").path_bytes().len())
        .max();
    std::hint::black_box(walked);
    let mut tar = archive.into_inner();
    std::io::copy(&mut tar, &mut std::io::sink()).expect("the end of the layer");
    std::hint::black_box(tar.digest.finalize());
    tar.bytes
}

/// Hashes what is read through it.
struct Hashed<R> {
    inner: R,
    digest: Sha256,
    bytes: u64,
}

impl<R> Hashed<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            digest: Sha256::new(),
            bytes: 0,
        }
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.digest.update(&buffer[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

fn scan(reference: &str) {
    let status = Command::new(env!("CARGO_BIN_EXE_freehold"))
        .args(["scan", "--format", "json"])
        .arg(format!("oci-dir:{reference}"))
        .stdout(Stdio::null())
        .status()
        .expect("the program started");
    assert!(status.success(), "the scan failed: {status}");
}

fn median<T>(mut work: impl FnMut() -> T) -> (Duration, T) {
    let mut last = work();
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            last = work();
            start.elapsed()
        })
        .collect();
    times.sort();
    (times[RUNS / 2], last)
}
