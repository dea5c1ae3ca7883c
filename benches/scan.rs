//! How far a scan is from its floor.
//!
//! The floor is what nobody can avoid: every layer inflated once, its stored and its tar bytes
//! hashed with SHA-256, its tar entries walked; on two processors even where one layer has most of
//! the bytes, with the program's own decoders and nothing kept. The scan is the program itself,
//! started fresh each time, writing its JSON report. `--floor` reads the layers once and ends, for
//! those who time from outside (`benches/table.py`).
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
use std::io::{BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

const RUNS: usize = 7;

/// Bytes handed from stage to stage, and how many of them a stage may be behind.
const CHUNK: u64 = 128 << 10;
const CHUNKS: usize = 8;

fn main() {
    let reference = image();
    let layers = layers(&reference);
    if std::env::args().any(|argument| argument == "--floor") {
        std::hint::black_box(read_layers(&layers));
        return;
    }
    // In turn, so that both meet the same machine.
    let (mut floors, mut scans) = (Vec::new(), Vec::new());
    let mut tar_bytes = 0;
    for _ in 0..=RUNS {
        floors.push(timed(|| tar_bytes = read_layers(&layers)));
        scans.push(timed(|| scan(&reference)));
    }
    let (floor, scan) = (middle(floors), middle(scans));
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

/// Inflates, hashes and walks every layer, two at a time, each in three stages, so that one large
/// layer keeps both processors busy as well; returns the bytes of tar.
fn read_layers(layers: &[PathBuf]) -> u64 {
    let queue = Mutex::new(layers.iter());
    let next = || queue.lock().expect("a queue").next();
    let worker = || {
        std::iter::from_fn(next)
            .map(|path| read_layer(path))
            .sum::<u64>()
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(worker);
        worker() + other.join().expect("layers read")
    })
}

/// One layer: stored bytes are hashed and inflated, the tar is hashed, its headers are walked, each
/// on a thread of its own.
fn read_layer(path: &Path) -> u64 {
    let (to_hash, hashed) = sync_channel(CHUNKS);
    let (to_walk, walked) = sync_channel(CHUNKS);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut tar = decoder(path);
            loop {
                let mut chunk = Vec::with_capacity(CHUNK as usize);
                let count = tar.by_ref().take(CHUNK).read_to_end(&mut chunk);
                if count.expect("a layer") == 0 {
                    return;
                }
                let chunk = Arc::new(chunk);
                to_hash.send(Arc::clone(&chunk)).expect("the hash");
                to_walk.send(chunk).expect("the walk");
            }
        });
        scope.spawn(move || {
            let mut digest = Sha256::new();
            hashed
                .iter()
                .for_each(|chunk: Arc<Vec<u8>>| digest.update(&*chunk));
            std::hint::black_box(digest.finalize());
        });
        let mut stream = Chunks {
            inner: walked,
            chunk: Cursor::default(),
            bytes: 0,
        };
        let mut archive = tar::Archive::new(&mut stream);
        let entries = archive.entries().expect("a tar");
        let longest = entries
            .map(|entry| entry.expect("an entry").path_bytes().len())
            .max();
        std::hint::black_box(longest);
        std::io::copy(&mut stream, &mut std::io::sink()).expect("the end of the layer");
        stream.bytes
    })
}

/// The program's own decoders.
fn decoder(path: &Path) -> Box<dyn Read> {
    let mut magic = [0; 4];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut magic))
        .expect("a layer");
    let stored = Hashed {
        inner: File::open(path).expect("a layer"),
        digest: Sha256::new(),
    };
    let stored = BufReader::with_capacity(CHUNK as usize, stored);
    match magic {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(stored)),
        [0x28, 0xb5, 0x2f, 0xfd] => {
            Box::new(zstd::Decoder::with_buffer(stored).expect("a zstd stream"))
        }
        _ => Box::new(stored),
    }
}

/// Hashes what is read through it.
struct Hashed {
    inner: File,
    digest: Sha256,
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.digest.update(&buffer[..count]);
        if count == 0 {
            std::hint::black_box(self.digest.clone().finalize());
        }
        Ok(count)
    }
}

/// Chunks as one stream.
struct Chunks {
    inner: Receiver<Arc<Vec<u8>>>,
    chunk: Cursor<Arc<Vec<u8>>>,
    bytes: u64,
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let at = self.chunk.position() as usize;
            let count = (&self.chunk.get_ref()[at..]).read(buffer)?;
            self.chunk.set_position((at + count) as u64);
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            match self.inner.recv() {
                Ok(chunk) => {
                    self.bytes += chunk.len() as u64;
                    self.chunk = Cursor::new(chunk);
                }
                Err(_) => return Ok(0),
            }
        }
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

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// The median, the first run left out.
fn middle(times: Vec<Duration>) -> Duration {
    let mut times = times[1..].to_vec();
    times.sort();
    times[times.len() / 2]
}
